"""A papermill engine whose runs are forks of a server that has imported what notebooks import."""

from __future__ import annotations

from typing import Any

NAME = "torkham"


class ForkEngine:
    """Papermill engine: each run a fork with IPython's own shell in it, no kernel, no sockets.

    papermill imports this module for its entry point, so nothing of papermill is imported here.
    """

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, **options: Any) -> Any:
        """Executed notebook."""
        raise NotImplementedError
