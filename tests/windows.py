"""A process as on Windows, as far as can be had elsewhere: `windows.py ARGUMENTS` of il2calc.

Hidden are the modules, calls and signals that Windows has not; a file that any process has open
takes no other name and is not replaced or removed; text gets CR LF, streams are cp1252. Locks are
those of filelock on the system it runs on.
"""

from __future__ import annotations

import builtins
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")
CALLS = (
    *("chown", "chroot", "fchmod", "fchown", "fork", "getegid", "geteuid", "getgid", "getuid"),
    *("getxattr", "lchown", "listxattr", "mkfifo", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK"),
    *("register_at_fork", "removexattr", "setxattr", "statvfs", "sync", "uname"),
)
SIGNALS = ("SIGALRM", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT", "SIGTSTP", "SIGUSR1", "SIGWINCH")


def become() -> None:
    """Take away from this process what Windows has not."""
    import_module("filelock")
    for module in (shutil, subprocess, tempfile):
        assert module.__name__ in sys.modules, "what takes such calls while it is loaded is there"
    for name in MODULES:
        vars(sys)["modules"][name] = None
    _forbid_open_files()
    for name in CALLS:
        if hasattr(os, name):
            delattr(os, name)
    for name in SIGNALS:
        if hasattr(signal, name):
            delattr(signal, name)
    if hasattr(time, "tzset"):
        delattr(time, "tzset")
    _end_lines()


def _open_somewhere(path: Any) -> bool:
    """Whether any process has a file open: itself, by none of its other names."""
    try:
        target = Path(path).stat()
    except OSError:
        return False
    for handle in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.path.samestat(handle.stat(), target):
                return True
        except OSError:
            continue
    return False


def _forbid_open_files() -> None:
    """Files that are open are neither replaced nor removed, and folders are not opened."""
    system = {name: getattr(os, name) for name in ("replace", "rename", "unlink", "remove", "open")}

    def closed_only(name: str) -> Callable[..., Any]:
        def call(*paths: Any, **kwargs: Any) -> Any:
            if any(_open_somewhere(path) for path in paths):
                raise PermissionError(13, "Permission denied")
            return system[name](*paths, **kwargs)

        return call

    for name in ("replace", "rename", "unlink", "remove"):
        setattr(os, name, closed_only(name))

    def open_file(path: Any, *args: Any, **kwargs: Any) -> int:
        if os.path.isdir(path):  # noqa: PTH112 - a call of the system, as it is made
            raise PermissionError(13, "Permission denied")
        handle: int = system["open"](path, *args, **kwargs)
        return handle

    vars(os)["open"] = open_file


def _end_lines() -> None:
    """Text is written as Windows writes it where nobody says otherwise."""
    system = io.open

    def open_file(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if "b" not in mode and set(mode) & set("wax+") and len(args) < 4:
            kwargs.setdefault("newline", "\r\n")
        return system(file, mode, *args, **kwargs)

    for module in (io, builtins):
        vars(module)["open"] = open_file
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        stream.reconfigure(encoding="cp1252", errors="strict", newline="\r\n")


def main() -> None:
    """Run il2calc in such a process."""
    become()
    from il2calc import errors

    vars(errors)["WINDOWS"] = True
    from il2calc.cli import main as run

    sys.argv[0] = "il2calc"
    run()


if __name__ == "__main__":
    main()
