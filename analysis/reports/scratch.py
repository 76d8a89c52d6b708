"""Short folders for kernels' sockets, and the end of every process that was started below one."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder for kernels' sockets, whose paths may have some 100 characters."""
    usual = tempfile.gettempdir()
    parent = usual if len(usual) < 50 else "/tmp"
    prefix = "torkham-"
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=parent, ignore_cleanup_errors=True
    ) as folder:
        try:
            yield Path(folder)
        finally:
            end_kernels(Path(folder))


def remove_scratch(folder: Path) -> None:
    """Do what `scratch_folder` does at its end, for an owner that was killed before it could."""
    end_kernels(folder)
    shutil.rmtree(folder, ignore_errors=True)


def end_kernels(folder: Path) -> None:
    """Kill every kernel that was started below the folder, with all its child processes.

    The engine calls it after each run, and again for a worker that was killed
    and could not. A kernel leads a process group, so a child that outlives its
    kernel is reached as well; one that has left the group still has the
    kernel's environment, which Linux shows. One that is only just starting
    shows its parent's: the warm parent ends it with the batch.
    """
    for record in folder.rglob("kernel.pid"):
        with suppress(ProcessLookupError, PermissionError, ValueError):
            os.killpg(int(record.read_text()), signal.SIGKILL)
        record.unlink(missing_ok=True)
    mark = f"IPYTHONDIR={folder}/".encode()
    for environment in Path("/proc").glob("[0-9]*/environ"):
        # It has ended, or is another user's.
        with suppress(OSError):
            if any(word.startswith(mark) for word in environment.read_bytes().split(b"\0")):
                os.kill(int(environment.parent.name), signal.SIGKILL)
