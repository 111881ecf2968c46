"""Read files up to a size, write them atomically, and lock them against other writers.

A kill at any instant, a full disk or a second writer leaves the old file or the new one, never a
part of either: the new one is written beside it, flushed to disk, and takes its name in one step.
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
"""The most bytes of a file that a person writes."""
MOST_OF_A_LOG = 8_000_000
_PART = ".part"
_LOCK = ".lock"
_ABANDONED_AFTER = 60.0
_LONGEST_NAME = 200
"""A file with a longer name [bytes] has its temporary file and lock named by a hash instead."""
_KEPT_ATTRIBUTES = ("user.", "system.posix_acl_access")
_PAUSE = 0.002
_DEVICE = re.compile(r"(CON|PRN|AUX|NUL|COM\d|LPT\d) *(\..*)?", re.IGNORECASE)
"""Names of devices on Windows, in every folder and with any ending."""
_MOST_TRIES = 10_000
_MOST_DENIED = 100


def read(path: Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a file; if there are more than `most`, one more, to tell that it is too large.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as stream:
        return stream.read(most + 1)


class Busy(OSError):
    """Another writer has locked the file and does not release it."""


class Linked(OSError):
    """The file has a second hard link, which would keep the old content."""


class Changed(OSError):
    """The file is no longer the one that was read."""


def replace(path: Path, chunks: Iterable[bytes]) -> None:
    """Replace a file, or create it.

    Links are followed; permissions are kept, and owner and group where that is allowed. A pipe or
    a device is written into, because it cannot be replaced.

    Raises:
        OSError: the file is unchanged.
    """
    with replacing(path) as stream:
        stream.writelines(chunks)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream whose bytes replace a file, as with `replace`, once all are written.

    Raises:
        OSError: the file is unchanged.
    """
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            yield stream
        return
    path = _resolved(path)
    with _temporary_file(path) as (temporary, stream):
        yield stream
        _finish(path, stream)
        _rename(temporary, path)
    _flush_folder(path.parent)


def probe(path: Path) -> None:
    """Try whether a file can be replaced, without changing it; raise `OSError` if it cannot."""
    if path.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    if path.is_file() or not path.exists():
        with _temporary_file(_resolved(path)):
            pass


def temporary_files(folder: Path) -> list[str]:
    """The names of the temporary files in a folder that writers are using, or have left there.

    Raises:
        OSError: it is not a folder, or cannot be read.
    """
    with os.scandir(folder) as entries:
        return [entry.name for entry in entries if entry.name.endswith(_PART)]


Listing = Callable[[Path], Sequence[str]]


def create(path: Path, chunks: Iterable[bytes], scraps: Listing = temporary_files) -> None:
    """Create a file that does not exist yet; of two simultaneous writers exactly one succeeds.

    Args:
        scraps: lists the temporary files of a folder; cached, for thousands of files in one folder.

    Raises:
        FileExistsError: the file exists, or another writer was faster.
        OSError: no file was created.
    """
    if _DEVICE.fullmatch(path.name):  # a file must be readable wherever it is taken
        raise OSError(EINVAL, "its name is that of a device on Windows")
    path = _resolved(path)
    _refuse_existing(path)
    with _temporary_file(path, scraps=scraps) as (temporary, stream):
        stream.writelines(chunks)
        _finish(path, stream)
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            raise
        except OSError:  # some file systems have no hard links
            with _locked(path):
                _refuse_existing(path)
                _rename(temporary, path)
    _flush_folder(path.parent)


class LockedFile:
    """A file that no other writer changes while it is locked.

    Args:
        path: the file itself, all links followed.
        content: its bytes when it was locked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._state = _state(path.stat())
        with path.open("r+b") as stream:  # fails if it is read-only
            self.content = stream.read()

    def replace(self, content: bytes) -> None:
        """Replace its content, once.

        Raises:
            Changed: somebody wrote it without the lock, as an editor does.
            OSError: the file is unchanged.
        """
        with _temporary_file(self.path, abandoned_after=0) as (temporary, stream):
            stream.write(content)
            _finish(self.path, stream)
            if _state(self.path.stat()) != self._state:
                raise Changed(0, "it was changed in the meantime")
            _rename(temporary, self.path)
        _flush_folder(self.path.parent)


@contextmanager
def locked_file(path: Path) -> Iterator[LockedFile]:
    """Lock a file against every other writer that uses locks, and read it once it is locked.

    Raises:
        Busy: another writer kept it locked for too long.
        OSError: there is no such file, or it is not writable.
    """
    path = _resolved(path)
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is not a file")
    with _locked(path):
        yield LockedFile(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file: an empty lock file beside it, deleted when it is released.

    The file itself cannot be the lock, because Windows replaces no open file. The system releases
    the lock with the process; the lock file of a killed process is reused, and deleted, by the
    next. It is deleted while it is still locked, so that nobody deletes another's; Windows deletes
    it only once it is closed, and only if nobody else has it open.

    Raises:
        Busy: another writer kept it locked for too long.
        OSError: it cannot be created beside the file.
    """
    lock = path.with_name(f".{_short_enough(path.name)}{_LOCK}")
    for _ in range(_MOST_TRIES):
        handle = _with_retries(lambda: _locked_handle(lock, path))
        if handle is not None:
            break
        sleep(_PAUSE)
    else:
        raise Busy(0, "another program is writing it")
    try:
        yield
    finally:
        if not WINDOWS:
            _delete(lock)
        os.close(handle)
        if WINDOWS:
            _delete(lock)


def _locked_handle(lock: Path, path: Path) -> int | None:
    """A handle of a lock that is now ours; None if another has it, or has just released it."""
    from filelock import lock_descriptor

    try:
        handle = _open_lock(lock, path)
    except FileNotFoundError:
        return None
    try:
        ours = lock_descriptor(handle, blocking=False) and _still_exists(lock, handle)
    except OSError as error:
        os.close(handle)
        if error.errno == ENOSYS:
            _delete(lock)  # nobody can have locked it; after other errors another may have
            raise OSError(0, "this system has no file locks that il2calc knows") from None
        raise
    if ours:
        return handle
    os.close(handle)
    return None


def _open_lock(lock: Path, path: Path) -> int:
    """Open the lock file of a file, or create it, with the permissions of that file."""
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(lock, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        try:
            return os.open(lock, flags)
        except PermissionError as error:  # its creator may have been killed before allowing others
            raise PermissionError(error.errno, f"its lock {lock.name}: {error.strerror}") from None
    try:
        _copy_permissions(path, handle)
    except OSError:
        os.close(handle)
        _delete(lock)
        raise
    return handle


def _still_exists(lock: Path, handle: int) -> bool:
    """Whether a lock file still exists under its name: whoever releases it deletes it.

    Windows deletes no open file.
    """
    try:
        return WINDOWS or os.path.samestat(os.fstat(handle), lock.stat())
    except FileNotFoundError:
        return False


def _with_retries(act: Callable[[], T]) -> T:
    """Retry what may be denied for a moment.

    A lock file that was just created has no permissions for others yet, and Windows denies access
    to a file that is being deleted, and the replacement of one that somebody reads.
    """
    for _ in range(_MOST_DENIED):
        with suppress(PermissionError):
            return act()
        sleep(_PAUSE)
    return act()


def _rename(temporary: Path, path: Path) -> None:
    _with_retries(lambda: temporary.replace(path))


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise FileExistsError(17, "it already exists")


def _resolved(path: Path) -> Path:
    """The path with all links followed.

    Raises:
        OSError: the links form a circle.
    """
    with suppress(RuntimeError):  # raised for a circle by older releases of Python
        target = path.resolve()
        if not target.is_symlink():
            return target
    raise OSError(ELOOP, "its links form a circle")


@contextmanager
def _temporary_file(
    path: Path, abandoned_after: float = _ABANDONED_AFTER, scraps: Listing = temporary_files
) -> Iterator[tuple[Path, BinaryIO]]:
    """A temporary file beside a file, and its stream; deleted at the end if it still exists.

    It is locked as long as its writer lives, so that those of killed writers can be recognized.

    Args:
        abandoned_after: the age from which an unlocked one is taken for a killed writer's [s].

    Raises:
        Linked: the file has a second hard link, which would silently keep the old text.
    """
    import tempfile

    name = _short_enough(path.name)
    _delete_abandoned(path.parent, name, abandoned_after, scraps)
    if path.exists() and path.stat().st_nlink > 1:
        raise Linked(EMLINK, "it has a second name, a hard link, which would keep the old text")
    handle, file = tempfile.mkstemp(dir=path.parent, prefix=f".{name}.", suffix=_PART)
    temporary = Path(file)
    try:
        with os.fdopen(handle, "wb") as stream:
            _try_lock(handle)
            yield temporary, stream
    finally:
        _delete(temporary)


def _finish(path: Path, stream: BinaryIO) -> None:
    """Flush a new file to disk, with the permissions of the file that it replaces, and close it.

    It has to be closed, because Windows renames no open file.
    """
    stream.flush()
    _copy_permissions(path, stream.fileno())
    os.fsync(stream.fileno())
    stream.close()


def _short_enough(name: str) -> str:
    """A name that leaves room for affixes: itself, or a hash of it if it is too long."""
    if len(os.fsencode(name)) <= _LONGEST_NAME:
        return name
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32]


def _copy_permissions(path: Path, handle: int) -> None:
    """Give a new file the permissions and attributes of the old one; without one, none to others.

    Raises:
        OSError: the old file has an access list or attributes that cannot be kept.
    """
    try:
        old = path.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        _chmod(handle, 0o660 & ~mask)
        return
    for owner in ((-1, old.st_gid), (old.st_uid, -1)):
        with suppress(OSError, AttributeError):  # not everybody may, and not every system can
            os.chown(handle, *owner)
    _chmod(handle, stat.S_IMODE(old.st_mode) & 0o777)
    for name, value in _attributes(path).items():
        try:
            os.setxattr(handle, name, value)
        except OSError as error:
            problem = f"its attribute {name} cannot be kept: {error.strerror}"
            raise OSError(error.errno, problem) from None


def _chmod(handle: int, mode: int) -> None:
    """Set the permissions, if the disk and the system have any."""
    with suppress(OSError, AttributeError):
        os.fchmod(handle, mode)


def _attributes(path: Path) -> dict[str, bytes]:
    """The access list and the user's attributes of a file, if the system has any."""
    if not hasattr(os, "listxattr"):
        return {}
    try:
        names = [name for name in os.listxattr(path) if name.startswith(_KEPT_ATTRIBUTES)]
    except OSError:
        return {}
    return {name: os.getxattr(path, name) for name in names}


def _delete(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _delete_abandoned(folder: Path, name: str, abandoned_after: float, scraps: Listing) -> None:
    """Delete the old temporary files of a file that nobody locks: their writers were killed."""
    pattern = re.compile(rf"\.{re.escape(name)}\.[^.]{{8}}{re.escape(_PART)}")
    with suppress(OSError):
        for file in (folder / left for left in scraps(folder) if pattern.fullmatch(left)):
            if time() - file.stat().st_mtime >= abandoned_after:
                with file.open("rb") as stream:
                    abandoned = _try_lock(stream.fileno())
                if abandoned:
                    _delete(file)


def _try_lock(handle: int) -> bool:
    """Lock an open file; False if another has locked it, or its disk has no locks."""
    from filelock import lock_descriptor

    try:
        return lock_descriptor(handle, blocking=False)
    except OSError:
        return False


def _flush_folder(folder: Path) -> None:
    """Flush a folder, so that a new name lasts; not every disk can, but the file is in place."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _state(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_dev, status.st_size, status.st_mtime_ns
