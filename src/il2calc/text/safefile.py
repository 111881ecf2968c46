"""Files written whole or not at all, and held against other writers.

A kill at any instant, a full disk or a second writer leaves the old file or the new one, never a
part of either: the new one is written beside it, brought to the disk, and takes its name at once.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep

_SCRAP = ".part"
_PAUSE = 0.002
_MOST_TRIES = 10_000


class Busy(OSError):
    """Another writer holds the file and does not let go of it."""


class Changed(OSError):
    """The file is no longer the one that was read."""


def replace(path: Path, chunks: Iterable[bytes]) -> None:
    """Put a file in the place of another, or where there was none.

    Links are followed; permissions are kept, and owner and group where that is allowed. What is
    no regular file (a pipe, a device) is written into, for nothing may take its place.

    Raises:
        OSError: the file is as it was.
    """
    path = path.resolve()
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            stream.writelines(chunks)
        return
    scrap = _written(path, chunks)
    with _cleared(scrap):
        scrap.replace(path)
    _bring_to_disk(path.parent)


def create(path: Path, chunks: Iterable[bytes]) -> None:
    """Make a file that is not there yet; of two writers at once exactly one does.

    Raises:
        FileExistsError: there is a file, or another writer was faster.
        OSError: there is no file.
    """
    path = path.resolve()
    _refuse_existing(path)
    scrap = _written(path, chunks)
    with _cleared(scrap):
        try:
            path.hardlink_to(scrap)
        except FileExistsError:
            raise
        except OSError:  # some disks know no second name of a file
            with _locked(path.parent, os.O_RDONLY):
                _refuse_existing(path)
                scrap.replace(path)
    _clear(scrap)
    _bring_to_disk(path.parent)


class Held:
    """A file that no other writer changes while it is held.

    Args:
        path: the file itself, all links followed.
        content: its bytes when it was taken.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self.path = path
        self._state = _state(os.fstat(handle))
        with os.fdopen(handle, "rb", closefd=False) as stream:
            self.content = stream.read()

    def replace(self, content: bytes) -> None:
        """Put new bytes in its place, once.

        Raises:
            Changed: somebody wrote it without holding it, as an editor does.
            OSError: the file is as it was.
        """
        _sweep(self.path)
        scrap = _written(self.path, [content])
        with _cleared(scrap):
            if _state(self.path.stat()) != self._state:
                raise Changed(0, "it was changed meanwhile")
            scrap.replace(self.path)
        _bring_to_disk(self.path.parent)


@contextmanager
def held(path: Path) -> Iterator[Held]:
    """Hold a file against every other writer that asks, reading it anew once it is held.

    The lock is on the file itself, so that none is ever left behind; the kernel gives it up with
    the process. Whoever gets the lock of a file that was replaced meanwhile begins again.

    Raises:
        Busy: another writer held it for too long.
        OSError: there is no such file, or it may not be written.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        raise OSError(0, "it is no file")
    for _ in range(_MOST_TRIES):
        with _locked(path, os.O_RDWR) as handle:
            if os.path.samestat(os.fstat(handle), path.stat()):
                yield Held(path, handle)
                return
    raise Busy(0, "others keep replacing it")


@contextmanager
def _locked(path: Path, flags: int) -> Iterator[int]:
    try:
        import fcntl
    except ImportError:
        raise OSError(0, "this system has no file locks that il2calc knows") from None
    handle = os.open(path, flags)
    try:
        for _ in range(_MOST_TRIES):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                sleep(_PAUSE)
        else:
            raise Busy(0, "another program is writing it")
        yield handle
    finally:
        os.close(handle)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise FileExistsError(17, "it is there already")


def _written(path: Path, chunks: Iterable[bytes]) -> Path:
    """A new file beside another, on the disk, with the permissions that the other has."""
    import tempfile

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_SCRAP)
    scrap = Path(name)
    with _cleared(scrap), os.fdopen(handle, "wb") as stream:
        stream.writelines(chunks)
        stream.flush()
        _take_over(path, scrap)
        os.fsync(stream.fileno())
    return scrap


def _take_over(path: Path, scrap: Path) -> None:
    """Give a new file the permissions of the old one, else those of any new file."""
    try:
        old = path.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        scrap.chmod(0o666 & ~mask)
        return
    for owner in ((-1, old.st_gid), (old.st_uid, -1)):
        with suppress(OSError, AttributeError):  # not allowed to everybody, nor known everywhere
            os.chown(scrap, *owner)
    scrap.chmod(stat.S_IMODE(old.st_mode) & 0o777)


@contextmanager
def _cleared(scrap: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _clear(scrap)
        raise


def _clear(scrap: Path) -> None:
    with suppress(OSError):
        scrap.unlink()


def _sweep(path: Path) -> None:
    """Clear what killed writers of a file left: whoever holds it knows that they are gone."""
    left = re.compile(rf"\.{re.escape(path.name)}\.[^.]{{8}}{re.escape(_SCRAP)}")
    with suppress(OSError):
        for file in list(path.parent.iterdir()):
            if left.fullmatch(file.name):
                _clear(file)


def _bring_to_disk(folder: Path) -> None:
    """Make a new name last; not every disk can, and the file is in its place all the same."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _state(found: os.stat_result) -> tuple[int, ...]:
    return found.st_ino, found.st_dev, found.st_size, found.st_mtime_ns
