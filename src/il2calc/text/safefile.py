"""Files written whole or not at all, and held against other writers.

A kill at any instant, a full disk or a second writer leaves the old file or the new one, never a
part of either: the new one is written beside it, brought to the disk, and takes its name at once.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from errno import ELOOP, EMLINK
from pathlib import Path
from time import sleep, time
from typing import BinaryIO

_SCRAP = ".part"
_SETTLED = 60.0
_LONGEST_NAME = 200
"""Of a file whose name is longer [bytes] the new one beside it bears a name of its own."""
_KEPT_ATTRIBUTES = ("user.", "system.posix_acl_access")
_PAUSE = 0.002
_MOST_TRIES = 10_000


class Busy(OSError):
    """Another writer holds the file and does not let go of it."""


class Linked(OSError):
    """The file has a second name, which would not follow it."""


class Changed(OSError):
    """The file is no longer the one that was read."""


def replace(path: Path, chunks: Iterable[bytes]) -> None:
    """Put a file in the place of another, or where there was none.

    Links are followed; permissions are kept, and owner and group where that is allowed. What is
    no regular file (a pipe, a device) is written into, for nothing may take its place.

    Raises:
        OSError: the file is as it was.
    """
    with whole(path) as stream:
        stream.writelines(chunks)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes take the place of a file, as `replace` does, once all are written.

    Raises:
        OSError: the file is as it was.
    """
    path = _followed(path)
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    with _beside(path) as (scrap, stream):
        yield stream
        _settle(path, scrap, stream)
        scrap.replace(path)
    _bring_to_disk(path.parent)


def create(path: Path, chunks: Iterable[bytes]) -> None:
    """Make a file that is not there yet; of two writers at once exactly one does.

    Raises:
        FileExistsError: there is a file, or another writer was faster.
        OSError: there is no file.
    """
    path = _followed(path)
    _refuse_existing(path)
    with _written(path, chunks) as scrap:
        try:
            path.hardlink_to(scrap)
        except FileExistsError:
            raise
        except OSError:  # some disks know no second name of a file
            with _locked(path.parent, os.O_RDONLY):
                _refuse_existing(path)
                scrap.replace(path)
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
        with _written(self.path, [content], settled=0) as scrap:
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
    path = _followed(path)
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


def _followed(path: Path) -> Path:
    """Where the links of a path lead.

    Raises:
        OSError: they lead round in a circle.
    """
    with suppress(RuntimeError):  # what older releases of Python say of a circle
        found = path.resolve()
        if not found.is_symlink():
            return found
    raise OSError(ELOOP, "its links lead round in a circle")


@contextmanager
def _beside(path: Path, settled: float = _SETTLED) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file beside another and the stream that writes it; cleared if it is still there.

    It is locked as long as its writer lives, so that what a killed one left is known for that.

    Args:
        settled: from what age on a file that nobody locks was left by a killed writer [s].
    """
    import tempfile

    name = path.name if len(os.fsencode(path.name)) <= _LONGEST_NAME else _short(path.name)
    _sweep(path.parent, name, settled)
    _refuse_second_name(path)
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{name}.", suffix=_SCRAP)
    scrap = Path(made)
    try:
        with os.fdopen(handle, "wb") as stream:
            _is_free(handle)
            yield scrap, stream
    finally:
        _clear(scrap)


@contextmanager
def _written(path: Path, chunks: Iterable[bytes], settled: float = _SETTLED) -> Iterator[Path]:
    """The same with all its bytes on the disk, and the permissions of the other."""
    with _beside(path, settled) as (scrap, stream):
        stream.writelines(chunks)
        _settle(path, scrap, stream)
        yield scrap


def _settle(path: Path, scrap: Path, stream: BinaryIO) -> None:
    """Bring a new file to the disk, with the permissions of the one that it replaces."""
    stream.flush()
    _take_over(path, scrap)
    os.fsync(stream.fileno())


def _short(name: str) -> str:
    """A name in place of one that leaves no room for more, its own as good as certainly."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32]


def _refuse_second_name(path: Path) -> None:
    """Refuse a file that has two names: the other one would keep the old text, unseen.

    Raises:
        Linked: it has.
    """
    if path.exists() and path.stat().st_nlink > 1:
        raise Linked(EMLINK, "it has a second name, a hard link, which would keep the old text")


def _take_over(path: Path, scrap: Path) -> None:
    """Give a new file the permissions and attributes of the old one; else nothing to others.

    Raises:
        OSError: the old file has an access list or attributes that cannot be kept.
    """
    try:
        old = path.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        _allow(scrap, 0o660 & ~mask)
        return
    for owner in ((-1, old.st_gid), (old.st_uid, -1)):
        with suppress(OSError, AttributeError):  # not allowed to everybody, nor known everywhere
            os.chown(scrap, *owner)
    _allow(scrap, stat.S_IMODE(old.st_mode) & 0o777)
    for name, value in _attributes(path).items():
        try:
            os.setxattr(scrap, name, value)
        except OSError as error:
            problem = f"its attribute {name} cannot be kept: {error.strerror}"
            raise OSError(error.errno, problem) from None


def _allow(scrap: Path, mode: int) -> None:
    """Set the permissions, on a disk that knows any."""
    with suppress(OSError):
        scrap.chmod(mode)


def _attributes(path: Path) -> dict[str, bytes]:
    """The access list and the user's own attributes of a file, where the system knows any."""
    if not hasattr(os, "listxattr"):
        return {}
    try:
        named = [name for name in os.listxattr(path) if name.startswith(_KEPT_ATTRIBUTES)]
    except OSError:
        return {}
    return {name: os.getxattr(path, name) for name in named}


def _clear(scrap: Path) -> None:
    with suppress(OSError):
        scrap.unlink()


def _sweep(folder: Path, name: str, settled: float) -> None:
    """Clear what killed writers of a file left: nobody locks it any more."""
    left = re.compile(rf"\.{re.escape(name)}\.[^.]{{8}}{re.escape(_SCRAP)}")
    with suppress(OSError):
        with os.scandir(folder) as entries:  # a folder of thousands is looked through for each file
            names = [entry.name for entry in entries if entry.name.startswith(f".{name}.")]
        for file in (folder / scrap for scrap in names if left.fullmatch(scrap)):
            if time() - file.stat().st_mtime >= settled:
                with file.open("rb") as stream:
                    free = _is_free(stream.fileno())
                if free:
                    _clear(file)


def _is_free(handle: int) -> bool:
    """Take the lock of a file; False where another has it, or where the system knows none."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


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
