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

BANDS = ("0_4", "5_11", "12_17", "18_59", "60", "other", "total")
COUNTED = {
    "population": [
        *("refugees", "asylum_seekers", "returned_refugees", "idps", "returned_idps"),
        *("stateless", "ooc", "oip", "hst"),
    ],
    "demographics": [*(f"{sex}_{ages}" for sex in "fm" for ages in BANDS), "total"],
    "solutions": ["returned_refugees", "resettlement", "naturalisation", "returned_idps"],
}
KEYS = {"demographics": ["pop_type"]}
PLACES = [f"{side}{part}" for side in ("coo", "coa") for part in ("", "_iso", "_name")]
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

    def spoil(self, endpoint: str, how: Spoil, page: int = 1, times: int = 10**6) -> None:
        """Make a fault of the first answers to a question for a page of an endpoint's pairs."""
        self._faults.append([endpoint, page, how, times])

    def fault(self, endpoint: str, query: dict[str, str]) -> Spoil | None:
        pairs = query.get("coo_all") == query.get("coa_all") == "true"
        for fault in self._faults:
            here = fault[:2] == [endpoint, int(query.get("page", 1))]
            if here and fault[3] > 0 and (pairs or endpoint in self.lists):
                fault[3] -= 1
                return fault[2]
        return None

    def answer(self, endpoint: str, query: dict[str, str]) -> dict[str, Any] | None:
        if endpoint not in self.lists and endpoint not in self.tables:
            return None
        rows = self.lists.get(endpoint) or self._select(endpoint, query)
        limit, page = int(query.get("limit", 100)), int(query.get("page", 1))
        items = rows[(page - 1) * limit : page * limit]
        return {"page": page, "maxPages": -(-len(rows) // limit), "total": [], "items": items}

    def _select(self, endpoint: str, query: dict[str, str]) -> list[dict[str, Any]]:
        if endpoint in self.lists:
            return []
        rows, counted = self.tables[endpoint], COUNTED[endpoint]
        if "yearFrom" in query and "yearTo" in query:
            rows = rows[rows["year"].between(int(query["yearFrom"]), int(query["yearTo"]))]
        key = ["year", *PLACES, *KEYS.get(endpoint, [])]
        if endpoint == "demographics" and query.get("ptype_show") != "true":
            key.remove("pop_type")
        for side in ("coo", "coa"):
            if query.get(f"{side}_all") != "true":
                rows = rows.assign(**dict.fromkeys((side, f"{side}_iso", f"{side}_name"), "-"))
        rows = rows.groupby(key, as_index=False)[counted].sum(min_count=1)
        return _raw(rows.sort_values("year", kind="stable"), key, counted)


def _raw(rows: pd.DataFrame, key: list[str], counted: list[str]) -> list[dict[str, Any]]:
    """Rows as the API writes them: zeros as text, what is not reported as a dash."""
    columns = {name: rows[name].tolist() for name in key}
    for side in ("coo", "coa"):
        columns[f"{side}_id"] = ["-" if code == "-" else 1000 for code in columns[side]]
    for name in counted:
        columns[name] = ["-" if pd.isna(cell) else int(cell) or "0" for cell in rows[name]]
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
        if answer is None:
            self.reply(HTML, "text/html", 404)
            return
        if fault is not None:
            answer = fault(self, json.loads(json.dumps(answer)))
        if answer is not None:
            self.reply(json.dumps(answer).encode())

    def reply(self, body: bytes, kind: str = "application/json", status: int = 200, **more: str):
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(body))}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        # A body shorter than its length ends with the connection.
        self.close_connection = int(headers["Content-Length"]) != len(body)

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
