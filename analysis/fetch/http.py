"""A patient HTTP client, and folders that are written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import requests
from tqdm import tqdm
from urllib3.util.retry import Retry

BUSY = (429, 500, 502, 503, 504)
CHUNK = 1 << 16
DAY_SECONDS = 86_400
Body = TypeVar("Body")


class FetchError(RuntimeError):
    """A source that did not answer, or not to what was asked; nothing was kept of it."""


class _SpoiledError(Exception):
    """A body that arrived broken, and may arrive whole the next time."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a source, in seconds, how often to ask it again, how much to take.

    `read` is the longest silence between two bytes, `body` the longest time for
    one body, `most` its largest size in bytes. The wait before a retry doubles
    from `back_off`; a Retry-After of the source goes before it, and `longest`
    bounds both.
    """

    connect: float = 10
    read: float = 90
    body: float = 1800
    retries: int = 5
    back_off: float = 1
    longest: float = 120
    most: int = 1 << 30


class Client:
    """A session that asks again where asking again helps, and says clearly where it does not.

    Asked again: after silence, the codes 429, 500, 502, 503 and 504, a body cut
    short, and a body that is not what it should be, such as a maintenance page
    in place of JSON. No connection at all is tried twice more: who is offline
    should learn it in seconds.

    requests brings redirects, proxies and certificates. Its adapter would retry
    up to the headers only, and pooch fetches files but no answers of an API.
    """

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"torkham/{version('torkham')}"

    def get(self, address: str, query: Mapping[str, str] | None = None, md5: str = "") -> bytes:
        """Body of an answer, whole; with `md5`, the published checksum, refused if it differs.

        Raises
        ------
        FetchError
            If the source cannot be reached, refuses, keeps cutting the body
            short, or sends too much or something else; names the address,
            what came and what was expected.
        """

        def checked(body: bytes, kind: str) -> bytes:
            found = hashlib.md5(body, usedforsecurity=False).hexdigest()
            if md5 and found != md5.lower():
                raise _SpoiledError(f"the checksum is {found}; expected {md5}, as published")
            return body

        return self._ask(address, query, checked)

    def json(self, address: str, query: Mapping[str, str] | None = None) -> Any:
        """Decoded JSON answer to a question.

        Raises
        ------
        FetchError
        As `get` does, and if the answer is no JSON.
        """

        def decoded(body: bytes, kind: str) -> Any:
            if "json" not in kind.lower():
                raise _SpoiledError(f"answered with {kind or 'no content type'}; expected JSON")
            try:
                return json.loads(body, parse_constant=_refuse_constant)
            except ValueError as error:
                raise _SpoiledError(f"the JSON is cut or malformed ({error})") from None

        return self._ask(address, query, decoded)

    def _ask(
        self, address: str, query: Mapping[str, str] | None, read: Callable[[bytes, str], Body]
    ) -> Body:
        patience, limits = self._patience, (self._patience.connect, self._patience.read)
        tries = 0
        while True:
            wait, most = patience.back_off * 2**tries, patience.retries
            try:
                with self._session.get(address, params=query, stream=True, timeout=limits) as got:
                    if got.status_code == 200:
                        return read(self._body(got), got.headers.get("Content-Type", ""))
                    why = f"answered {got.status_code} ({got.reason}); expected 200"
                    if got.status_code not in BUSY:
                        raise FetchError(f"{got.url}: {why}. The service may have changed.")
                    wait = Retry().get_retry_after(got.raw) or wait
            except ValueError as error:  # requests calls an address that is none so
                raise FetchError(f"{address!r} is no address: {error}") from None
            except (requests.RequestException, _SpoiledError) as error:
                why = _plainly(error)
                most = min(2, most) if why == "no connection" else most
            if tries == most:
                raise FetchError(f"{address}: {why}, also when asked again. Try again later.")
            time.sleep(min(wait, patience.longest))
            tries += 1

    def _body(self, response: requests.Response) -> bytes:
        """Body of an answer, given up as soon as it is too large or takes too long."""
        body, begun = bytearray(), time.monotonic()
        length = int(response.headers.get("Content-Length") or 0) or None
        with tqdm(total=length, unit="B", unit_scale=True, delay=2, disable=None) as bar:
            for chunk in response.iter_content(CHUNK):
                body += chunk
                bar.update(len(chunk))
                if len(body) > self._patience.most:
                    raise FetchError(f"{response.url}: more than {self._patience.most:,} bytes")
                if time.monotonic() - begun > self._patience.body:
                    raise _SpoiledError(f"not complete after {self._patience.body:g} seconds")
        return bytes(body)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Folder to write into, which is named `target` when the block ends or is not there at all.

    It is a hidden sibling until then, so that no reader meets a part of it,
    whatever stops the writer; what a killed one left is swept a day later. The
    target must not stand yet: what was fetched before is never touched.

    Raises
    ------
    FetchError
        If it cannot be written; names the path and the reason.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in target.parent.glob(".building-*"):
            if time.time() - leftover.stat().st_mtime > DAY_SECONDS:
                shutil.rmtree(leftover, ignore_errors=True)
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=target.parent))
        try:
            yield building
            for path in building.rglob("*"):
                _sync(path)
            building.chmod(0o755)
            building.rename(target)
            _sync(target.parent)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    except OSError as error:
        raise FetchError(
            f"{error.filename or target}: cannot be written ({error.strerror or error}). "
            "Make room, or check the folder's permissions, and fetch again."
        ) from None


def _sync(path: Path) -> None:
    """Force a file, or the names in a folder, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _plainly(error: Exception) -> str:
    """What went wrong on the way, without the names of Python objects."""
    text = str(error)
    if isinstance(error, requests.Timeout) or "timed out" in text:
        return "silence for longer than allowed"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the answer was cut short"
    return "no connection" if isinstance(error, requests.ConnectionError) else text


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
