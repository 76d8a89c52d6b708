"""One patient HTTP client: time-outs, retries with back-off, errors that name the way out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from math import ceil
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import requests
from requests.adapters import HTTPAdapter
from tqdm import tqdm
from urllib3.exceptions import MaxRetryError, ProtocolError
from urllib3.util.retry import Retry

BUSY = (429, 500, 502, 503, 504)
CHUNK = 1 << 16
Read = TypeVar("Read")


class FetchError(RuntimeError):
    """A source that did not answer, or not to what was asked; nothing was kept of it."""


class _SpoiledError(Exception):
    """A body that arrived broken, and may arrive whole the next time."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a source, in seconds, and how often to ask it again.

    `read` is the longest silence between two bytes. The wait before a retry
    doubles from `back_off`; a Retry-After of the source goes before it, and
    `longest` bounds both.
    """

    connect: float = 10
    read: float = 90
    retries: int = 5
    back_off: float = 1
    longest: float = 120


@dataclass(frozen=True)
class Download:
    """What arrived in a file: bytes and checksums of it, as hexadecimal digits."""

    size: int
    md5: str
    sha256: str


class Client:
    """A session that asks again where asking again helps, and says clearly where it does not.

    Retries (requests with urllib3's Retry): silence, the codes 429, 500, 502,
    503 and 504, a body cut short, and a body that is not what its kind should
    be, such as a maintenance page in place of JSON. No connection at all is
    tried twice more: who is offline should learn it in seconds.
    """

    def __init__(self, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._retry = Retry(
            total=self._patience.retries,
            connect=min(2, self._patience.retries),
            status_forcelist=BUSY,
            allowed_methods={"GET"},
            backoff_factor=self._patience.back_off,
            backoff_max=self._patience.longest,
            retry_after_max=ceil(self._patience.longest),
            raise_on_status=False,
        )
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"torkham/{version('torkham')}"
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=self._retry))

    def json(self, address: str, query: Mapping[str, str | int] | None = None) -> Any:
        """Decoded JSON answer to a question.

        Raises
        ------
        FetchError
            If the source cannot be reached, refuses, or does not answer in
            JSON; names the address, what came and what was expected.
        """

        def read(response: requests.Response) -> Any:
            kind = response.headers.get("Content-Type", "")
            body = response.content
            if "json" not in kind.lower():
                raise _SpoiledError(f"answered with {kind or 'no content type'}; expected JSON")
            try:
                return json.loads(body, parse_constant=_refuse_constant)
            except ValueError as error:
                raise _SpoiledError(f"the JSON is cut or malformed ({error})") from None

        return self._ask(address, query, read)

    def download(
        self, address: str, target: Path, query: Mapping[str, str | int] | None = None
    ) -> Download:
        """Checksums of a file brought to `target`, begun anew whenever it was cut short.

        The file is complete when this returns; what a failure leaves at
        `target` is for the caller to throw away, and so is the comparison
        with a published checksum.

        Raises
        ------
        FetchError
            If the source cannot be reached, refuses, or keeps cutting it short.
        """

        def read(response: requests.Response) -> Download:
            size, md5, sha256 = 0, hashlib.md5(usedforsecurity=False), hashlib.sha256()
            expected = int(response.headers.get("Content-Length") or 0)
            with (
                target.open("wb") as file,
                tqdm(total=expected or None, unit="B", unit_scale=True, disable=None) as bar,
            ):
                for chunk in response.iter_content(CHUNK):
                    size += file.write(chunk)
                    md5.update(chunk)
                    sha256.update(chunk)
                    bar.update(len(chunk))
            return Download(size, md5.hexdigest(), sha256.hexdigest())

        return self._ask(address, query, read)

    def _ask(
        self,
        address: str,
        query: Mapping[str, str | int] | None,
        read: Callable[[requests.Response], Read],
    ) -> Read:
        retry = self._retry
        while True:
            response = self._open(address, query)
            try:
                with response:
                    return read(response)
            except (requests.RequestException, _SpoiledError) as error:
                # The adapter retries up to the headers; what happens to the body is left to us.
                why = str(error) if isinstance(error, _SpoiledError) else _plainly(error)
                try:
                    retry = retry.increment("GET", response.url, error=ProtocolError(why))
                except MaxRetryError:
                    self._give_up(response.url, why)
                retry.sleep()

    def _open(self, address: str, query: Mapping[str, str | int] | None) -> requests.Response:
        try:
            response = self._session.get(
                address,
                params=query,
                stream=True,
                timeout=(self._patience.connect, self._patience.read),
            )
        except requests.RequestException as error:
            self._give_up(address, _plainly(error))
        if response.status_code == 200:
            return response
        response.close()
        if response.status_code in BUSY:
            self._give_up(response.url, f"answered {response.status_code}; expected 200")
        raise FetchError(
            f"{response.url}: answered {response.status_code} ({response.reason}); expected 200. "
            "The address or the service may have changed. Nothing was written."
        )

    def _give_up(self, address: str, why: str) -> NoReturn:
        raise FetchError(
            f"{address}: {why}, also when asked again. "
            "Nothing was written; what was fetched before still stands. Try again later."
        ) from None


def _plainly(error: requests.RequestException) -> str:
    """What went wrong on the way, without the names of Python objects."""
    if isinstance(error, requests.ConnectTimeout):
        return "no connection within the time allowed"
    text = str(error)
    if isinstance(error, requests.Timeout) or "timed out" in text:
        return "silence for longer than allowed"
    if isinstance(error, requests.exceptions.ChunkedEncodingError) or "IncompleteRead" in text:
        return "the answer was cut short"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return text


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
