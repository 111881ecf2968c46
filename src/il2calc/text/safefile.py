"""Files written whole or not at all, and held against other writers.

A kill at any instant, a full disk or a second writer leaves the old file or the new one, never a
part of either: the new one is written beside it, brought to the disk, and takes its name at once.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from errno import EINVAL, ELOOP, EMLINK, ENOSYS
from pathlib import Path
from time import sleep, time
from typing import BinaryIO, TypeVar

from il2calc.errors import WINDOWS

T = TypeVar("T")

MOST_BYTES = 1_000_000
"""Of a file that a person writes."""
MOST_OF_A_LOG = 8_000_000
_SCRAP = ".part"
_LOCK = ".lock"
_SETTLED = 60.0
_LONGEST_NAME = 200
"""Of a file whose name is longer [bytes] the new one beside it bears a name of its own."""
_KEPT_ATTRIBUTES = ("user.", "system.posix_acl_access")
_PAUSE = 0.002
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|COM\d|LPT\d) *(\..*)?", re.IGNORECASE)
"""Names that are devices on Windows, in every folder and with any ending."""
_MOST_TRIES = 10_000
_MOST_DENIED = 100


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
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    path = _followed(path)
    with _beside(path) as (scrap, stream):
        yield stream
        _settle(path, stream)
        _rename(scrap, path)
    _bring_to_disk(path.parent)


def scraps_in(folder: Path) -> list[str]:
    """The names of the new files that writers have beside others, or have left there.

    Raises:
        OSError: it is no folder that can be read.
    """
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.name.endswith(_SCRAP)]


Scraps = Callable[[Path], Sequence[str]]


def create(path: Path, chunks: Iterable[bytes], scraps: Scraps = scraps_in) -> None:
    """Make a file that is not there yet; of two writers at once exactly one does.

    Args:
        scraps: of a folder; who makes thousands of files in one need look through it only once.

    Raises:
        FileExistsError: there is a file, or another writer was faster.
        OSError: there is no file.
    """
    if WINDOWS and _DEVICE.fullmatch(path.name):
        raise OSError(EINVAL, "its name is that of a device")
    path = _followed(path)
    _refuse_existing(path)
    with _beside(path, scraps=scraps) as (scrap, stream):
        stream.writelines(chunks)
        _settle(path, stream)
        try:
            path.hardlink_to(scrap)
        except FileExistsError:
            raise
        except OSError:  # some disks know no second name of a file
            with _locked(path):
                _refuse_existing(path)
                _rename(scrap, path)
    _bring_to_disk(path.parent)


class Held:
    """A file that no other writer changes while it is held.

    Args:
        path: the file itself, all links followed.
        content: its bytes when it was taken.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state = _state(path.stat())
        with path.open("r+b") as stream:  # what may be read only is not held
            self.content = stream.read()

    def replace(self, content: bytes) -> None:
        """Put new bytes in its place, once.

        Raises:
            Changed: somebody wrote it without holding it, as an editor does.
            OSError: the file is as it was.
        """
        with _beside(self.path, settled=0) as (scrap, stream):
            stream.write(content)
            _settle(self.path, stream)
            if _state(self.path.stat()) != self._state:
                raise Changed(0, "it was changed in the meantime")
            _rename(scrap, self.path)
        _bring_to_disk(self.path.parent)


@contextmanager
def held(path: Path) -> Iterator[Held]:
    """Hold a file against every other writer that asks, reading it anew once it is held.

    Raises:
        Busy: another writer held it for too long.
        OSError: there is no such file, or it may not be written.
    """
    path = _followed(path)
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is not a file")
    with _locked(path):
        yield Held(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file: an empty one beside it, gone again when it is let go.

    It is not the file itself, for Windows replaces none that is open. The system gives the lock up
    with the process; what a killed one left is taken, and cleared, by the next. Its name is taken
    away while it is held, so that nobody takes away another's; Windows takes it away only once it
    is closed, and then only if nobody else has it open.

    Raises:
        Busy: another writer held it for too long.
        OSError: it cannot be made beside the file.
    """
    lock = path.with_name(f".{_fitting(path.name)}{_LOCK}")
    for _ in range(_MOST_TRIES):
        handle = _patiently(lambda: _taken(lock, path))
        if handle is not None:
            break
        sleep(_PAUSE)
    else:
        raise Busy(0, "another program is writing it")
    try:
        yield
    finally:
        if not WINDOWS:
            _clear(lock)
        os.close(handle)
        if WINDOWS:
            _clear(lock)


def _taken(lock: Path, path: Path) -> int | None:
    """A handle of a lock that is ours now; None where it is another's, or was let go just now."""
    from filelock import lock_descriptor

    try:
        handle = _opened(lock, path)
    except FileNotFoundError:
        return None
    try:
        ours = lock_descriptor(handle, blocking=False) and _is_named(lock, handle)
    except OSError as error:
        os.close(handle)
        if error.errno == ENOSYS:
            _clear(lock)  # nobody can have it; else it stays, for another may
            raise OSError(0, "this system has no file locks that il2calc knows") from None
        raise
    if ours:
        return handle
    os.close(handle)
    return None


def _opened(lock: Path, path: Path) -> int:
    """Open the lock of a file, made by the first who asks, for all who may write that file."""
    plain = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(lock, plain | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        try:
            return os.open(lock, plain)
        except PermissionError as error:  # of one who was killed as it was made, say
            raise PermissionError(error.errno, f"its lock {lock.name}: {error.strerror}") from None
    try:
        _take_over(path, handle)
    except OSError:
        os.close(handle)
        _clear(lock)
        raise
    return handle


def _is_named(lock: Path, handle: int) -> bool:
    """Whether a lock still has its name: whoever let it go took that away.

    Windows takes no name away from what is open.
    """
    try:
        return WINDOWS or os.path.samestat(os.fstat(handle), lock.stat())
    except FileNotFoundError:
        return False


def _patiently(act: Callable[[], T]) -> T:
    """Do what may be denied for a moment.

    A lock that was made just now has no permissions for others yet, and Windows denies a name that
    is going, and a new file in the place of one that somebody reads.
    """
    for _ in range(_MOST_DENIED):
        with suppress(PermissionError):
            return act()
        sleep(_PAUSE)
    return act()


def _rename(scrap: Path, path: Path) -> None:
    _patiently(lambda: scrap.replace(path))


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise FileExistsError(17, "it already exists")


def _followed(path: Path) -> Path:
    """Where the links of a path lead.

    Raises:
        OSError: they lead round in a circle.
    """
    with suppress(RuntimeError):  # what older releases of Python say of a circle
        found = path.resolve()
        if not found.is_symlink():
            return found
    raise OSError(ELOOP, "its links form a circle")


@contextmanager
def _beside(
    path: Path, settled: float = _SETTLED, scraps: Scraps = scraps_in
) -> Iterator[tuple[Path, BinaryIO]]:
    """A new file beside another and the stream that writes it; cleared if it is still there.

    It is locked as long as its writer lives, so that what a killed one left is known for that.

    Args:
        settled: from what age on a file that nobody locks was left by a killed writer [s].

    Raises:
        Linked: the other has a second name, which would keep the old text, unseen.
    """
    import tempfile

    name = _fitting(path.name)
    _sweep(path.parent, name, settled, scraps)
    if path.exists() and path.stat().st_nlink > 1:
        raise Linked(EMLINK, "it has a second name, a hard link, which would keep the old text")
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{name}.", suffix=_SCRAP)
    scrap = Path(made)
    try:
        with os.fdopen(handle, "wb") as stream:
            _is_free(handle)
            yield scrap, stream
    finally:
        _clear(scrap)


def _settle(path: Path, stream: BinaryIO) -> None:
    """Bring a new file to the disk, with the permissions of the one that it replaces.

    It is closed: Windows gives no other name to what is open.
    """
    stream.flush()
    _take_over(path, stream.fileno())
    os.fsync(stream.fileno())
    stream.close()


def _fitting(name: str) -> str:
    """A name, or one in its place where it leaves no room for more, as good as its own."""
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return name
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32]


def _take_over(path: Path, handle: int) -> None:
    """Give a new file the permissions and attributes of the old one; else nothing to others.

    Raises:
        OSError: the old file has an access list or attributes that cannot be kept.
    """
    try:
        old = path.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        _allow(handle, 0o660 & ~mask)
        return
    for owner in ((-1, old.st_gid), (old.st_uid, -1)):
        with suppress(OSError, AttributeError):  # not allowed to everybody, nor known everywhere
            os.chown(handle, *owner)
    _allow(handle, stat.S_IMODE(old.st_mode) & 0o777)
    for name, value in _attributes(path).items():
        try:
            os.setxattr(handle, name, value)
        except OSError as error:
            problem = f"its attribute {name} cannot be kept: {error.strerror}"
            raise OSError(error.errno, problem) from None


def _allow(handle: int, mode: int) -> None:
    """Set the permissions, on a disk and a system that know any."""
    with suppress(OSError, AttributeError):
        os.fchmod(handle, mode)


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


def _sweep(folder: Path, name: str, settled: float, scraps: Scraps) -> None:
    """Clear what killed writers of a file left: nobody locks it any more."""
    left = re.compile(rf"\.{re.escape(name)}\.[^.]{{8}}{re.escape(_SCRAP)}")
    with suppress(OSError):
        for file in (folder / scrap for scrap in scraps(folder) if left.fullmatch(scrap)):
            if time() - file.stat().st_mtime >= settled:
                with file.open("rb") as stream:
                    free = _is_free(stream.fileno())
                if free:
                    _clear(file)


def _is_free(handle: int) -> bool:
    """Take the lock of an open file; False where another has it, or where its disk knows none."""
    from filelock import lock_descriptor

    try:
        return lock_descriptor(handle, blocking=False)
    except OSError:
        return False


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
