"""Files written whole or not at all, and protected from other writers."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import pytest

from commandline import environment, needs_posix
from il2calc.text import safefile

pytestmark = needs_posix("modes, links and pipes of POSIX")

OLD = b"what stood here before\n"
NEW = b"what stands here now\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with something in it."""
    path = tmp_path / "log.yaml"
    path.write_bytes(OLD)
    return path


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long."""
    monkeypatch.setattr(safefile, "_PAUSE", 0)
    monkeypatch.setattr(safefile, "_MOST_TRIES", 3)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def lock_of(file: Path) -> Path:
    return file.with_name(f".{file.name}.lock")


def cut_short() -> Iterator[bytes]:
    """A content that a bug ends in the middle."""
    yield NEW
    raise ZeroDivisionError


def failing(number: int, words: str) -> object:
    """A function of the system that fails."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, words)

    return fail


# In the place of another


def test_a_file_takes_the_place_of_another(file: Path) -> None:
    """And leaves no scraps."""
    safefile.replace(file, [NEW, NEW])
    assert file.read_bytes() == NEW + NEW
    assert names(file.parent) == ["log.yaml"]


def test_a_file_may_be_new(tmp_path: Path) -> None:
    """With the permissions that any new file has."""
    before = os.umask(0o027)
    try:
        safefile.replace(tmp_path / "new", [NEW])
    finally:
        os.umask(before)
    assert (tmp_path / "new").read_bytes() == NEW
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_a_file_keeps_its_permissions_and_owner(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that only its owner may read may name a patient; a ward shares one by its group."""
    owners: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda _, user, group: owners.append((user, group)))
    file.chmod(0o660)
    safefile.replace(file, [NEW])
    assert stat.S_IMODE(file.stat().st_mode) == 0o660
    assert owners == [(-1, os.getgid()), (os.getuid(), -1)]


def test_a_file_whose_owner_may_not_be_kept_is_written_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only an administrator gives files away, and some systems know no owners."""
    monkeypatch.setattr(os, "chown", failing(1, "Operation not permitted"))
    safefile.replace(file, [NEW])
    monkeypatch.delattr(os, "chown")
    safefile.replace(file, [NEW + OLD])
    assert file.read_bytes() == NEW + OLD


def test_a_link_is_followed_and_stays_a_link(file: Path, tmp_path: Path) -> None:
    """Who reads the file it points to must not go on reading the old one."""
    link = tmp_path / "link"
    link.symlink_to(file)
    safefile.replace(link, [NEW])
    with safefile.locked_file(link) as held_file:
        assert held_file.path == file
        held_file.replace(NEW + NEW)
    assert link.is_symlink()
    assert file.read_bytes() == NEW + NEW


def test_a_content_that_is_cut_short_changes_nothing(file: Path) -> None:
    """Half a file that looks whole is worse than none."""
    with pytest.raises(ZeroDivisionError):
        safefile.replace(file, cut_short())
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["log.yaml"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fails_changes_nothing(
    step: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it is full or breaks: the old file stays, and no scraps."""
    owner: object = os if step == "fsync" else Path
    monkeypatch.setattr(owner, step, failing(28, "No space left on device"))
    with pytest.raises(OSError, match="No space left"):
        safefile.replace(file, [NEW])
    with safefile.locked_file(file) as held_file, pytest.raises(OSError, match="No space left"):
        held_file.replace(NEW)
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["log.yaml"]


def test_a_folder_that_cannot_be_brought_to_disk_is_no_failure(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file is in its place: to say that nothing was written would be wrong."""
    fsync = os.fsync

    def only_files(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(22, "Invalid argument")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", only_files)
    safefile.replace(file, [NEW])
    assert file.read_bytes() == NEW


def test_file_and_folder_are_brought_to_disk(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes before the name: the other way round a power cut leaves an empty file."""
    brought_to_disk: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        brought_to_disk.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def noted_rename(path: Path, target: Path) -> Path:
        brought_to_disk.append("name")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_rename)
    safefile.replace(file, [NEW])
    with safefile.locked_file(file) as held_file:
        held_file.replace(OLD)
    assert brought_to_disk == ["file", "name", "folder"] * 2


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Nor is it replaced by one."""
    with pytest.raises(IsADirectoryError):
        safefile.replace(tmp_path, [NEW])


def test_a_trial_shows_whether_a_file_can_be_replaced_and_changes_nothing(file: Path) -> None:
    """A folder, and a file in no folder, cannot; a file there or to come, and a device, can."""
    before = file.read_bytes()
    safefile.probe(file)
    safefile.probe(file.with_name("new"))
    safefile.probe(Path(os.devnull))
    assert names(file.parent) == [file.name]
    assert file.read_bytes() == before
    for path in (file.parent, file.parent / "no" / "new"):
        with pytest.raises(OSError, match=r"folder|No such"):
            safefile.probe(path)


def test_what_is_no_regular_file_is_written_into(tmp_path: Path) -> None:
    """A pipe, or /dev/null: a file put in its place breaks whatever else uses it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        safefile.replace(pipe, [NEW])
        assert os.read(reader, 100) == NEW
        assert stat.S_ISFIFO(pipe.stat().st_mode)
    finally:
        os.close(reader)


def test_a_pipe_without_a_name_is_written_into() -> None:
    """`-o /dev/stdout` of a pipeline: the link leads to no path, and was no folder that exists."""
    reader, writer = os.pipe()
    try:
        safefile.replace(Path(f"/dev/fd/{writer}"), [NEW])
        assert os.read(reader, 100) == NEW
    finally:
        os.close(reader)
        os.close(writer)


# A new one


def test_a_new_file_is_made_once(tmp_path: Path) -> None:
    """Whoever comes second gets an error, and changes nothing."""
    path = tmp_path / "log.yaml"
    safefile.create(path, [OLD])
    with pytest.raises(FileExistsError):
        safefile.create(path, [NEW])
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["log.yaml"]


def test_of_two_writers_at_once_exactly_one_makes_it(tmp_path: Path) -> None:
    """Another writer is faster by the time it takes to write the content."""
    path = tmp_path / "log.yaml"

    def slowly() -> Iterator[bytes]:
        safefile.create(path, [OLD])
        yield NEW

    with pytest.raises(FileExistsError):
        safefile.create(path, slowly())
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["log.yaml"]


def test_a_disk_without_second_names_makes_new_files_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory stick: then the folder is held while the name is given, and still one wins."""
    path = tmp_path / "log.yaml"
    monkeypatch.setattr(Path, "hardlink_to", failing(1, "Operation not permitted"))

    def slowly() -> Iterator[bytes]:
        safefile.create(path, [OLD])
        yield NEW

    with pytest.raises(FileExistsError):
        safefile.create(path, slowly())
    assert path.read_bytes() == OLD
    assert names(tmp_path) == ["log.yaml"]


@pytest.mark.parametrize("name", ["con", "NUL.yaml", "com1.part.yaml", "LPT9 .yaml"])
def test_no_new_file_has_the_name_of_a_device(name: str, tmp_path: Path) -> None:
    """On Windows what is written there is gone, and a file from elsewhere cannot be opened."""
    with pytest.raises(OSError, match="name is that of a device"):
        safefile.create(tmp_path / name, [NEW])
    safefile.create(tmp_path / "console.yaml", [NEW])
    assert names(tmp_path) == ["console.yaml"]


def test_a_new_file_needs_a_folder(tmp_path: Path) -> None:
    """A slip in a path must not become a folder."""
    with pytest.raises(FileNotFoundError):
        safefile.create(tmp_path / "no" / "log.yaml", [NEW])
    assert names(tmp_path) == []


# Held


def test_a_held_file_is_read_when_it_is_held(file: Path) -> None:
    """And replaced whole."""
    with safefile.locked_file(file) as held_file:
        assert held_file.content == OLD
        held_file.replace(held_file.content + NEW)
    assert file.read_bytes() == OLD + NEW
    assert names(file.parent) == ["log.yaml"]


@pytest.mark.usefixtures("hasty")
def test_a_held_file_is_not_given_to_a_second_writer(file: Path) -> None:
    """It waits a while, then says so; once the first lets go, it may."""
    with safefile.locked_file(file), pytest.raises(safefile.Busy), safefile.locked_file(file):
        pytest.fail("it was given away")
    with safefile.locked_file(file) as held_file:
        assert held_file.content == OLD


@pytest.mark.usefixtures("hasty")
def test_a_file_that_was_replaced_while_it_was_waited_for_is_taken_anew(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lock that nobody sees any more keeps nobody out."""
    lock = filelock.lock_descriptor
    others = iter([NEW])

    def slow(handle: int, *, blocking: bool) -> bool:
        for content in others:
            file.write_bytes(content)
            lock_of(file).unlink()
        return lock(handle, blocking=blocking)

    monkeypatch.setattr(filelock, "lock_descriptor", slow)
    with safefile.locked_file(file) as held_file:
        assert held_file.content == NEW
        assert lock_of(file).exists()
    assert names(file.parent) == ["log.yaml"]


@pytest.mark.usefixtures("hasty")
def test_a_file_that_is_replaced_again_and_again_is_given_up(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is an end to waiting."""

    def replaced(*_: object, **__: object) -> bool:
        lock_of(file).unlink()
        return True

    monkeypatch.setattr(filelock, "lock_descriptor", replaced)
    with pytest.raises(safefile.Busy), safefile.locked_file(file):
        pytest.fail("it was given away")


@pytest.mark.usefixtures("hasty")
def test_a_lock_that_was_let_go_before_it_could_be_opened_is_made_anew(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there when it is looked for, and gone when it is opened."""
    system = os.open
    going = iter([True])

    def gone(path: Path, flags: int, mode: int = 0o777) -> int:
        if path == lock_of(file) and next(going, False):
            raise FileExistsError if flags & os.O_EXCL else FileNotFoundError
        if path == lock_of(file) and not flags & os.O_EXCL:
            raise FileNotFoundError
        return system(path, flags, mode)

    monkeypatch.setattr(os, "open", gone)
    with safefile.locked_file(file) as held_file:
        assert held_file.content == OLD


def test_a_lock_dies_with_its_process(file: Path) -> None:
    """A kill leaves no lock behind that somebody would have to find and remove."""
    program = (
        "import sys, time; from pathlib import Path; from il2calc.text import safefile\n"
        "with safefile.locked_file(Path(sys.argv[1])):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(file)], env=environment(), stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        handle = os.open(lock_of(file), os.O_RDWR)
        assert not filelock.lock_descriptor(handle, blocking=False)
        os.close(handle)
        other.kill()
        other.wait(60)
    assert names(file.parent) == [lock_of(file).name, "log.yaml"]
    with safefile.locked_file(file) as held_file:
        assert held_file.content == OLD
    assert names(file.parent) == ["log.yaml"]


def test_whoever_may_write_a_file_may_take_its_lock(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Danger: of two who keep one log, one who shuts new files to others would shut it out.

    So the lock has the permissions, owner and group of the file, whatever the mask is.
    """
    owners: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda _, user, group: owners.append((user, group)))
    file.chmod(0o660)
    before = os.umask(0o077)
    try:
        with safefile.locked_file(file):
            assert stat.S_IMODE(lock_of(file).stat().st_mode) == 0o660
    finally:
        os.umask(before)
    assert owners == [(-1, os.getgid()), (os.getuid(), -1)]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("times", "given"), [(1, True), (1000, False)])
def test_what_is_denied_for_a_moment_is_asked_for_again(
    times: int, given: bool, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock has its permissions only after it was made; what stays denied is an error."""
    system, denied = os.open, iter(range(times))

    def opened(path: Path, flags: int, mode: int = 0o777) -> int:
        if path == lock_of(file) and next(denied, None) is not None:
            raise PermissionError(13, "Permission denied")
        return system(path, flags, mode)

    monkeypatch.setattr(os, "open", opened)
    if given:
        with safefile.locked_file(file) as held_file:
            assert held_file.content == OLD
    else:
        with pytest.raises(PermissionError), safefile.locked_file(file):
            pytest.fail("it was given away")


@pytest.mark.usefixtures("hasty")
def test_a_lock_that_stays_shut_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose writer was killed before it had its permissions: somebody has to remove it."""
    lock_of(file).touch()
    system = os.open

    def shut(path: Path, flags: int, mode: int = 0o777) -> int:
        if path == lock_of(file) and not flags & os.O_EXCL:
            raise PermissionError(13, "Permission denied")
        return system(path, flags, mode)

    monkeypatch.setattr(os, "open", shut)
    with pytest.raises(OSError, match=r"its lock \.log\.yaml\.lock: Permission denied"):
        safefile.locked_file(file).__enter__()


def test_a_lock_is_no_link(file: Path, tmp_path: Path) -> None:
    """Danger: in a folder of many, a link in its place would open a file of somebody's own."""
    lock_of(file).symlink_to(tmp_path / "another")
    with pytest.raises(OSError, match="symbolic links"), safefile.locked_file(file):
        pytest.fail("it was given away")
    assert not (tmp_path / "another").exists()


def test_the_lock_of_a_file_with_a_long_name_fits(tmp_path: Path) -> None:
    """240 letters leave no room for more."""
    long = tmp_path / f"{'a' * 240}.yaml"
    long.write_bytes(OLD)
    with safefile.locked_file(long) as held_file:
        assert sorted(map(len, names(tmp_path))) == [len(".") + 32 + len(".lock"), 245]
        held_file.replace(NEW)
    assert names(tmp_path) == [long.name]


def test_a_lock_may_be_taken_away_once_it_is_closed(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows only then, and only if nobody else has it open."""
    monkeypatch.setattr(safefile, "WINDOWS", True)
    unlink, closed = Path.unlink, [False]
    close = os.close

    def noted(handle: int) -> None:
        closed[0] = True
        close(handle)

    def only_closed(path: Path, missing_ok: bool = False) -> None:
        assert closed[0]
        unlink(path, missing_ok)

    with safefile.locked_file(file):
        monkeypatch.setattr(os, "close", noted)
        monkeypatch.setattr(Path, "unlink", only_closed)
    assert names(file.parent) == ["log.yaml"]


def test_a_file_that_an_editor_saved_meanwhile_is_not_overwritten(file: Path) -> None:
    """An editor asks for no lock."""
    with safefile.locked_file(file) as held_file:
        file.write_bytes(NEW)
        with pytest.raises(safefile.Changed):
            held_file.replace(OLD)
    assert file.read_bytes() == NEW
    assert names(file.parent) == ["log.yaml"]


def test_what_killed_writers_left_is_cleared_by_the_next(file: Path) -> None:
    """And nothing else, such as what a writer of a file with a longer name works on."""
    kept_files = [
        ".log.yaml.bak.a1b2c3d4.part",
        ".log.yaml.part",
        "log.yaml.a1b2c3d4.part",
        "xlog.yaml",
    ]
    for name in (".log.yaml.a1b2c3d4.part", ".log.yaml.________.part", *kept_files):
        (file.parent / name).write_bytes(NEW)
    with safefile.locked_file(file) as held_file:
        held_file.replace(NEW)
    assert names(file.parent) == sorted([*kept_files, "log.yaml"])


def test_a_folder_that_cannot_be_looked_into_can_be_written_to(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scraps of others then stay."""
    monkeypatch.setattr(os, "scandir", failing(13, "Permission denied"))
    with safefile.locked_file(file) as held_file:
        held_file.replace(NEW)
    assert file.read_bytes() == NEW


def test_what_is_no_file_cannot_be_held(tmp_path: Path) -> None:
    """Nor what is not there."""
    with pytest.raises(OSError, match="it is not a file"), safefile.locked_file(tmp_path):
        pytest.fail("it was given away")
    with pytest.raises(FileNotFoundError), safefile.locked_file(tmp_path / "none"):
        pytest.fail("it was given away")


def test_a_system_without_locks_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two writers there could lose an entry, so that nothing is written at all."""
    monkeypatch.setattr(filelock, "lock_descriptor", failing(38, "Function not implemented"))
    with pytest.raises(OSError, match="no file locks"), safefile.locked_file(file):
        pytest.fail("it was given away")
    assert names(file.parent) == ["log.yaml"]
    monkeypatch.setattr(filelock, "lock_descriptor", failing(5, "Input/output error"))
    with pytest.raises(OSError, match="Input/output error"), safefile.locked_file(file):
        pytest.fail("it was given away")
    assert file.read_bytes() == OLD
    assert names(file.parent) == [lock_of(file).name, "log.yaml"]  # for another may have it


def test_scraps_on_a_disk_without_locks_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing shows whether their writer lives; an output is written all the same."""
    scrap = tmp_path / ".sheet.a1b2c3d4.part"
    scrap.write_bytes(OLD)
    os.utime(scrap, (0, 0))
    monkeypatch.setattr(filelock, "lock_descriptor", failing(95, "Operation not supported"))
    safefile.replace(tmp_path / "sheet", [NEW])
    assert names(tmp_path) == [scrap.name, "sheet"]


# What a file has besides its text


def test_a_second_name_of_a_file_is_not_left_behind_with_the_old_text(file: Path) -> None:
    """Danger: two people would keep two logs of one patient, each sure of the other's."""
    (file.parent / "other").hardlink_to(file)
    with pytest.raises(OSError, match="second name"):
        safefile.replace(file, [NEW])
    with safefile.locked_file(file) as held_file, pytest.raises(OSError, match="second name"):
        held_file.replace(NEW)
    assert (file.parent / "other").read_bytes() == file.read_bytes() == OLD
    assert names(file.parent) == ["log.yaml", "other"]


@pytest.fixture
def attributes(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], bytes]:
    """The attributes of files on a disk that knows them: by file name and attribute."""
    by_file_and_name: dict[tuple[str, str], bytes] = {}

    def put(_: int, name: str, value: bytes) -> None:
        by_file_and_name["new", name] = value

    def listed(path: Path) -> list[str]:
        return [name for of, name in by_file_and_name if of == path.name]

    monkeypatch.setattr(os, "listxattr", listed, raising=False)
    monkeypatch.setattr(
        os, "getxattr", lambda path, name: by_file_and_name[path.name, name], raising=False
    )
    monkeypatch.setattr(os, "setxattr", put, raising=False)
    return by_file_and_name


def test_access_lists_and_attributes_are_kept(
    file: Path, attributes: dict[tuple[str, str], bytes]
) -> None:
    """Without its access list a log is shut to one nurse and open to a whole group."""
    given = {"user.study": b"S-07", "system.posix_acl_access": b"list", "security.label": b"x"}
    attributes.update({("log.yaml", name): value for name, value in given.items()})
    safefile.replace(file, [NEW])
    kept = {name: value for (of, name), value in attributes.items() if of == "new"}
    assert kept == {"user.study": b"S-07", "system.posix_acl_access": b"list"}


def test_an_access_list_that_cannot_be_kept_stops_the_write(
    file: Path, attributes: dict[tuple[str, str], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is then as it was."""
    attributes["log.yaml", "system.posix_acl_access"] = b"list"
    monkeypatch.setattr(os, "setxattr", failing(95, "Operation not supported"))
    with pytest.raises(OSError, match=r"posix_acl_access cannot be kept: Operation not supported"):
        safefile.replace(file, [NEW])
    with pytest.raises(OSError, match="cannot be kept"), safefile.locked_file(file):
        pytest.fail("others could not take its lock")
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["log.yaml"]


def test_a_system_or_a_disk_without_attributes_is_written_to(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is nothing to keep."""
    monkeypatch.setattr(os, "listxattr", failing(95, "Operation not supported"), raising=False)
    safefile.replace(file, [NEW])
    monkeypatch.delattr(os, "listxattr")
    safefile.replace(file, [NEW + NEW])
    assert file.read_bytes() == NEW + NEW


def test_a_disk_that_knows_no_permissions_is_written_to(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory stick refuses every change of a mode."""
    monkeypatch.setattr(os, "fchmod", failing(1, "Operation not permitted"))
    safefile.replace(file, [NEW])
    assert file.read_bytes() == NEW
    monkeypatch.delattr(os, "fchmod")  # as on Windows
    safefile.replace(file, [OLD])
    assert file.read_bytes() == OLD


def test_a_new_file_is_shut_to_others(tmp_path: Path) -> None:
    """A log names a patient's weight and dates; the group is the folder's."""
    before = os.umask(0o022)
    try:
        safefile.create(tmp_path / "log", [NEW])
        os.umask(0o002)
        safefile.replace(tmp_path / "sheet", [NEW])
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("log", "sheet")]
    assert modes == [0o640, 0o660]


# Names that get in the way


def test_a_name_may_be_as_long_as_a_disk_takes(tmp_path: Path) -> None:
    """240 letters leave no room for the name of the new file beside it."""
    long = tmp_path / f"{'a' * 240}.txt"
    safefile.replace(long, [NEW])
    assert long.read_bytes() == NEW
    assert names(tmp_path) == [long.name]


ACTS: dict[str, Callable[[Path], object]] = {
    "replace": lambda path: safefile.replace(path, [NEW]),
    "create": lambda path: safefile.create(path, [NEW]),
    "held": lambda path: safefile.locked_file(path).__enter__(),
}


@pytest.mark.parametrize("act", ACTS)
def test_links_that_lead_in_a_circle_are_no_file(act: str, tmp_path: Path) -> None:
    """Neither is one of them replaced."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.symlink_to(other)
    other.symlink_to(one)
    with pytest.raises(OSError, match="form a circle"):
        ACTS[act](one)
    assert one.is_symlink()


@pytest.mark.parametrize(("age", "left"), [(61, []), (30, [".sheet.a1b2c3d4.part"])])
def test_what_a_killed_writer_left_is_cleared_once_it_has_settled(
    age: float, left: list[str], tmp_path: Path
) -> None:
    """A new one may be of a writer that is about to lock it."""
    scrap = tmp_path / ".sheet.a1b2c3d4.part"
    scrap.write_bytes(OLD)
    os.utime(scrap, (scrap.stat().st_mtime - age,) * 2)
    safefile.replace(tmp_path / "sheet", [NEW])
    assert names(tmp_path) == [*left, "sheet"]


def test_what_a_living_writer_works_on_is_never_cleared(tmp_path: Path) -> None:
    """However long its disk takes."""
    scrap = tmp_path / ".sheet.a1b2c3d4.part"
    scrap.write_bytes(OLD)
    os.utime(scrap, (0, 0))
    with scrap.open("rb") as writer:
        assert filelock.lock_descriptor(writer.fileno(), blocking=False)
        safefile.replace(tmp_path / "sheet", [NEW])
    assert names(tmp_path) == [".sheet.a1b2c3d4.part", "sheet"]


def test_a_circle_of_links_that_a_newer_python_follows_silently_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 3.13 on, resolving one gives a link of the circle itself."""
    link = tmp_path / "one"
    link.symlink_to(tmp_path / "other")
    monkeypatch.setattr(Path, "resolve", lambda self: self)
    with pytest.raises(OSError, match="form a circle"):
        safefile.replace(link, [NEW])
