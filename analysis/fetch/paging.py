"""Paging through UNHCR's API, each page held against the ones before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from requests import Request
from tqdm import tqdm

from analysis.fetch.http import Client, FetchError

# Fifteen thousand rows a page worked as well; ten keep a page below six megabytes.
LIMIT = 10_000


def link(address: str, path: str, query: Mapping[str, str]) -> str:
    """Address of a question as it is sent, without the page.

    >>> link("https://api.unhcr.org/population/v1", "years", {"cf_type": "ISO"})
    'https://api.unhcr.org/population/v1/years/?cf_type=ISO'
    """
    return str(Request("GET", f"{address}/{path}/", params=query).prepare().url)


def pages(
    client: Client, address: str, path: str, query: Mapping[str, str]
) -> Iterator[list[dict[str, Any]]]:
    """Rows of an answer, page by page, each page held against the ones before it.

    Every page but the last is full, and the API echoes the page and repeats
    the number of pages and the totals: so a page that is missing, cut, served
    twice or from another release of the table is noticed.

    Raises
    ------
    FetchError
        If a page is not the page asked for.
    """
    asked = f"{address}/{path}/"
    page, last, totals, sums = 1, 1, None, dict[str, float]()
    with tqdm(desc=path, unit="page", disable=None, leave=False) as bar:
        while page <= last:
            sent = {**query, "limit": str(LIMIT), "page": str(page)}
            answer = client.json(asked, sent)
            where = link(address, path, sent)
            rows = _rows(answer, where)
            if page == 1:
                last, totals = _number(answer, "maxPages", where), answer.get("total")
                bar.total = last
            _expect(where, "page", _number(answer, "page", where), page)
            _expect(where, "maxPages", _number(answer, "maxPages", where), last)
            _expect(where, "total", answer.get("total"), totals)
            if page < last:
                _expect(where, "rows on a page before the last", len(rows), LIMIT)
            elif not (1 if last else 0) <= len(rows) <= (LIMIT if last else 0):
                raise FetchError(
                    f"{where}: {len(rows)} rows on page {page} of {last}; "
                    f"expected {f'1 to {LIMIT}' if last else 'none'}. Nothing was written."
                )
            if isinstance(totals, dict):
                for name in totals:
                    sums[name] = sums.get(name, 0) + sum(_worth(row.get(name)) for row in rows)
            bar.update()
            yield rows
            page += 1
    if isinstance(totals, dict):
        for name, stated in totals.items():
            _expect(asked, f"sum of {name}", sums.get(name, 0), _worth(stated))


def reference(
    client: Client, address: str, path: str, columns: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Rows of a list without years and places, such as `countries`; some columns are promised.

    Raises
    ------
    FetchError
        If the list is empty or a row lacks one of the columns.
    """
    where = link(address, path, {})
    rows = [row for page in pages(client, address, path, {}) for row in page]
    if not rows:
        raise FetchError(f"{where}: an empty list; expected rows. Nothing was written.")
    for number, row in enumerate(rows, 1):
        missing = [name for name in columns if name not in row]
        if missing:
            raise FetchError(
                f"{where}: row {number} lacks {', '.join(missing)}; it has {', '.join(row)}. "
                "The API may have changed. Nothing was written."
            )
    return rows


def _rows(answer: Any, where: str) -> list[dict[str, Any]]:
    rows = answer.get("items") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FetchError(
            f"{where}: the answer has no list `items` of rows. The API may have changed. "
            "Nothing was written."
        )
    return rows


def _number(answer: Mapping[str, Any], name: str, where: str) -> int:
    try:
        return int(answer[name])
    except (KeyError, TypeError, ValueError):
        raise FetchError(
            f"{where}: {name} is {answer.get(name)!r}; expected a number. Nothing was written."
        ) from None


def _worth(cell: Any) -> float:
    """What a cell adds to a sum: nothing, where it is no number."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return 0


def _expect(where: str, what: str, found: object, expected: object) -> None:
    if found != expected:
        raise FetchError(
            f"{where}: {what} is {found!r}; expected {expected!r}. The answer is not the one "
            "asked for, or changed while it was read. Nothing was written; fetch again."
        )
