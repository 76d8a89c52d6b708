"""A Dask cluster that someone already has, as the place where reports are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from analysis.reports.store import StoreError


class Cluster:
    """The cluster at an address, with the part of a pool that the batch asks for.

    Which worker makes what, and what becomes of the work of one that dies, is
    Dask's affair.

    Raises
    ------
    StoreError
        When Dask is not installed, or nobody answers at the address.
    """

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise StoreError(
                "--scheduler needs Dask: pip install distributed, here and on the workers"
            ) from None
        try:
            self._client = Client(address, timeout=5)
        except OSError:
            raise StoreError(f"--scheduler {address}: no Dask scheduler answers") from None
        # Not pure: a report that failed and runs again has the same arguments.
        self._executor = self._client.get_executor(pure=False)

    def schedule(
        self, function: Callable[..., Any], args: Sequence[Any], timeout: float
    ) -> Future[Any]:
        """Promise of the function's value; the workers keep the time limit of each cell."""
        future: Future[Any] = self._executor.submit(function, *args)
        return future

    def stop(self) -> None:
        """Take back what has not begun."""
        self._executor.shutdown(wait=False)

    def join(self) -> None:
        """Leave the cluster as it was."""
        self._client.close()
