"""A pool of forks of a warm parent: a call each, never more at a time than there are workers."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pebble import ProcessExpired

from analysis.reports.warm import Parent


class Pool:
    """At most `workers` forked children at a time, one for each call; like pebble's pool."""

    def __init__(self, workers: int, prepare: Iterable[str], scratch: Path) -> None:
        self._parent = Parent(prepare, scratch)
        self._threads = ThreadPoolExecutor(workers)

    def schedule(
        self, function: Callable[..., Any], args: Sequence[Any], timeout: float
    ) -> Future[Any]:
        """Promise of the function's value; TimeoutError or ProcessExpired where there is none."""
        return self._threads.submit(self._call, function, args, timeout)

    def _call(self, function: Callable[..., Any], args: Sequence[Any], timeout: float) -> Any:
        try:
            child = self._parent.start(_answer, function, args)
        except (OSError, EOFError):
            raise _expired("the warm parent is gone") from None
        try:
            if not child.connection.poll(timeout):
                raise TimeoutError
            answer, fault = child.connection.recv()
        except (EOFError, ConnectionError):
            raise _expired("worker died") from None
        finally:
            child.kill()
        if fault is not None:
            raise fault
        return answer

    def stop(self) -> None:
        """End it, with whatever still runs."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._parent.close()

    def join(self) -> None:
        """Wait until all calls have ended."""
        self._threads.shutdown(wait=True)


def _expired(message: str) -> ProcessExpired:
    # Only a signal ends a child without a word; which one, its parent would have to be asked.
    return ProcessExpired(message, code=-signal.SIGKILL)  # type: ignore[no-untyped-call, unused-ignore]


def _answer(connection: Connection, function: Callable[..., Any], args: Sequence[Any]) -> None:
    try:
        connection.send((function(*args), None))
    except Exception as fault:
        connection.send((None, fault))
