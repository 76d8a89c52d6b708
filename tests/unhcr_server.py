"""A local server that answers as UNHCR's API was recorded to answer, silences included.

A misspelt parameter is ignored, a dimension without `*_all` is summed into
`"-"`, one year bound alone does nothing, zeros are text, an empty answer has
no pages, an unknown path is a page of HTML.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pandas as pd

COUNTED = {
    "population": [
        *("refugees", "asylum_seekers", "returned_refugees", "idps", "returned_idps"),
        *("stateless", "ooc", "oip", "hst"),
    ],
    "demographics": [
        *(
            f"{sex}_{ages}"
            for sex in "fm"
            for ages in ("0_4", "5_11", "12_17", "18_59", "60", "other", "total")
        ),
        "total",
    ],
    "solutions": ["returned_refugees", "resettlement", "naturalisation", "returned_idps"],
    "asylum-decisions": [
        *("dec_recognized", "dec_other", "dec_rejected", "dec_closed", "dec_total"),
    ],
}
KEYS = {
    "demographics": ["pop_type"],
    "asylum-decisions": ["procedure_type", "dec_level", "dec_pc"],
}
PLACES = [f"{side}{part}" for side in ("coo", "coa") for part in ("", "_iso", "_name")]
TOTALLED = ("solutions", "asylum-decisions")
PREFIX = "/population/v1/"
HTML = b"<!DOCTYPE html><html><body><h1>Back soon</h1></body></html>"

Spoil = Callable[["Handler", dict[str, Any]], dict[str, Any] | None]


class Api:
    """Tables to serve, what was asked, and faults to make."""

    def __init__(self, tables: dict[str, pd.DataFrame], lists: dict[str, list[dict[str, Any]]]):
        self.tables = tables
        self.lists = lists
        self.asked: list[tuple[str, dict[str, str]]] = []
        self._faults: list[list[Any]] = []
        self._rows: dict[tuple[Any, ...], tuple[list[dict[str, Any]], dict[str, int]]] = {}

    def spoil(self, endpoint: str, how: Spoil, page: int = 1, times: int = 10**6) -> None:
        """Make a fault of the first answers to a question for a page of an endpoint's pairs."""
        self._faults.append([endpoint, page, how, times])

    def fault(self, endpoint: str, query: dict[str, str]) -> Spoil | None:
        whole = query.get("coo_all") == query.get("coa_all") == "true"
        listed = endpoint in self.lists or whole
        for fault in self._faults:
            where = (endpoint, int(query.get("page", 1)))
            if listed and where == tuple(fault[:2]) and fault[3] > 0:
                fault[3] -= 1
                return fault[2]
        return None

    def answer(self, endpoint: str, query: dict[str, str]) -> dict[str, Any] | None:
        if endpoint in self.lists:
            rows, total = self.lists[endpoint], {}
        elif endpoint in self.tables:
            rows, total = self._select(endpoint, query)
        else:
            return None
        limit, page = int(query.get("limit", 100)), int(query.get("page", 1))
        answer = {"page": page, "short-url": "x", "maxPages": -(-len(rows) // limit)}
        answer["total"] = total if endpoint in TOTALLED else []
        if endpoint == "footnotes":
            del answer["short-url"], answer["total"]
        return {**answer, "items": rows[(page - 1) * limit : page * limit]}

    def _select(
        self, endpoint: str, query: dict[str, str]
    ) -> tuple[list[dict[str, Any]], dict[str, int]]:
        used = ("coo_all", "coa_all", "yearFrom", "yearTo", "ptype_show", "cf_type", "coo", "coa")
        asked = (endpoint, *(query.get(name) for name in used))
        if asked not in self._rows:
            self._rows[asked] = self._query(endpoint, query)
        return self._rows[asked]

    def _query(
        self, endpoint: str, query: dict[str, str]
    ) -> tuple[list[dict[str, Any]], dict[str, int]]:
        rows, counted = self.tables[endpoint], COUNTED[endpoint]
        if "yearFrom" in query and "yearTo" in query:
            rows = rows[rows["year"].between(int(query["yearFrom"]), int(query["yearTo"]))]
        summed = False
        for side in ("coo", "coa"):
            code = f"{side}_iso" if query.get("cf_type", "").upper() == "ISO" else side
            if side in query:
                rows = rows[rows[code].isin(query[side].split(","))]
            elif query.get(f"{side}_all") != "true":
                rows = rows.assign(**dict.fromkeys((side, f"{side}_iso", f"{side}_name"), "-"))
                summed = True
        key = ["year", *PLACES, *KEYS.get(endpoint, [])]
        if endpoint == "demographics" and query.get("ptype_show") != "true":
            key.remove("pop_type")
        # Full tables of pairs are one row a pair but for demographics, which come by location.
        if summed or endpoint == "demographics":
            rows = rows.groupby(key, as_index=False)[counted].sum(min_count=1)
        total = {name: int(rows[name].sum()) for name in counted}
        return _raw(rows.sort_values("year", kind="stable"), key, counted), total


def _raw(rows: pd.DataFrame, key: list[str], counted: list[str]) -> list[dict[str, Any]]:
    """Rows as the API writes them: zeros as text, what is not reported as a dash."""
    columns = {name: rows[name].tolist() for name in key}
    columns["year"] = [int(year) for year in columns["year"]]
    for side in ("coo", "coa"):
        columns[f"{side}_id"] = ["-" if code == "-" else 1000 for code in columns[side]]
    for name in counted:
        cells = rows[name].tolist()
        columns[name] = ["-" if cell != cell else int(cell) or "0" for cell in cells]
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


class Handler(BaseHTTPRequestHandler):
    """One request; `protocol_version` keeps the connection open, as the API does."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    api: Api

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        endpoint, query = url.path.removeprefix(PREFIX).strip("/"), dict(parse_qsl(url.query))
        self.api.asked.append((endpoint, query))
        answer = self.api.answer(endpoint, query)
        fault = self.api.fault(endpoint, query)
        if answer is not None and fault is not None:
            answer = fault(self, json.loads(json.dumps(answer)))
            if answer is None:
                return
        if answer is None:
            self.reply(HTML, "text/html", 404)
        else:
            self.reply(json.dumps(answer).encode())

    def reply(self, body: bytes, kind: str = "application/json", status: int = 200, **more: str):
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(body))}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if int(headers["Content-Length"]) != len(body):
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is kept in the list of the API."""


@contextmanager
def serve(api: Api) -> Iterator[str]:
    """Address of the API on this machine, for as long as the block lasts."""
    handler = type("Bound", (Handler,), {"api": api})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PREFIX}".rstrip("/")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
