"""Reviews that are bound to what a file says: written down, checked, and asked for."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
import yaml

from commandline import IMATINIB, document, run
from filetext import a_dose
from il2calc.errors import FaultyFile, Refused
from il2calc.language import load, provenance, shelf
from il2calc.language.provenance import sign
from il2calc.model.evidence import Review
from il2calc.text import safefile

DOE = ("--name", "A. Doe", "--role", "pharmacist", "--on", "2026-11-20")
SIGNED = "Reviewed by A. Doe (pharmacist) on 2026-11-20."
EARLIER = "Reviewed in an earlier state by A. Doe (pharmacist) on 2026-11-20."
NONE = "Not clinically reviewed."
SHA = "0" * 64


def own(folder: Path, text: str = "") -> Path:
    path = folder / "examplumab.yaml"
    path.write_bytes((text or a_dose()).encode())
    return path


def signed(path: Path, *args: str) -> None:
    result = run("sign", str(path), *(args or DOE))
    assert (result.code, result.out) == (0, ""), result.err


def review(path: Path | str, *args: str) -> str:
    """The line of the head of a schedule about the review."""
    result = run("schedule", str(path), *args, "--notes", "full")
    assert result.code == 0, result.err
    (line,) = (line for line in result.out.splitlines() if line.startswith("review "))
    return line.removeprefix("review ").strip()


# What is signed


def test_the_hash_is_that_of_the_canonical_form() -> None:
    """Form 1, worked out by hand: sorted keys, no white space, everything but the reviews."""
    content = b"version: 1 # one\nregimen:   x\nreviewed_by: Y\ndays: [1,  'a   b']\n"
    canonical = '{"file":{"days":["1","a b"],"regimen":"x","version":"1"},"form":"1"}'
    assert provenance.content_hash(content) == hashlib.sha256(canonical.encode()).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        ("version: 1", "version: 1 # the first"),
        ("title: Examplumab every three weeks", "title:   'Examplumab every three weeks'"),
        ("regimen: examplumab\n", "# A comment.\n\nregimen: examplumab\nreviewed_by: B. Roe\n"),
        ("version: 1\nread_on: 2026-11-22\n", "read_on: 2026-11-22\nversion: 1\n"),
        ("\n", "\r\n"),
    ],
)
def test_a_review_holds_when_only_the_writing_changes(
    change: tuple[str, str], tmp_path: Path
) -> None:
    """Comments, quotes, white space, line ends, order of keys: the file states the same."""
    path = own(tmp_path)
    signed(path)
    own(tmp_path, path.read_bytes().decode().replace(*change))
    assert f"r{SIGNED[1:]}" in review(path).replace("R", "r", 1)
    assert run("schedule", str(path), "--require-reviewed").code == 0


@pytest.mark.hazard(43)
@pytest.mark.parametrize(
    "change",
    [
        ("amount: 5 mg", "amount: 50 mg"),
        ("day: 1", "day: 2"),
        ("version: 1", "version: 2"),
        ("a disease", "another disease"),
        ("text: Nothing was found.", "text: Something was found."),
    ],
)
def test_a_review_ends_when_the_file_says_something_else(
    change: tuple[str, str], tmp_path: Path
) -> None:
    """A number that is changed after the review no longer has the reviewer's name."""
    path = own(tmp_path, a_dose().replace("an invented disease", "a disease"))
    signed(path)
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    own(tmp_path, text.replace(*change))
    assert review(path) == EARLIER
    result = run("schedule", str(path), "--require-reviewed")
    assert (result.code, result.out) == (1, "")
    assert "reviewed in an earlier state" in result.err
    assert f"il2calc sign {path} --name NAME --role ROLE" in result.err


def test_a_review_says_nothing_of_what_is_set_otherwise(tmp_path: Path) -> None:
    """5 mg was reviewed; 50 mg by `--set` was not, and the head says so."""
    path = own(tmp_path)
    signed(path)
    other = ("--set", "examplumab.amount=50 mg")
    assert review(path, *other) == f"{SIGNED[:-1]}; not reviewed as changed here."
    result = run("schedule", str(path), *other, "--require-reviewed")
    assert (result.code, "leave --set out" in result.err) == (1, True)


def test_a_rest_that_the_file_leaves_open_is_closed_under_its_review(tmp_path: Path) -> None:
    """`rest: open` was signed as a question; the answer is no other reading of the file."""
    path = own(
        tmp_path,
        a_dose(without="doses").split("doses:")[0]
        + "blocks:\n  - block: cycle\n    repeat: {times: 2, rest: open}\n"
        + "    doses: [{drug: examplumab, amount: 5 mg, route: IV, day: 1}]\n",
    )
    signed(path)
    rest = ("--rest", "cycle=6 weeks")
    assert review(path, *rest) == SIGNED
    assert run("schedule", str(path), *rest, "--require-reviewed").code == 0


# Where it is written


def test_a_file_of_ones_own_keeps_every_byte_and_gains_the_review(tmp_path: Path) -> None:
    """What is there stays as it was written, comments and layout too."""
    path = own(tmp_path, f"# mine\n{a_dose()}# the end")
    before = path.read_bytes()
    digest = provenance.content_hash(before)
    signed(path)
    assert path.read_bytes() == before + (
        b'\nreviews:\n  - name: "A. Doe"\n    role: "pharmacist"\n    on: 2026-11-20\n'
        b"    content_sha256: " + digest.encode() + b"\n"
    )
    signed(path, "--name", "B. Roe: #2", "--role", "MD", "--on", "2026-11-21")
    assert [review_.name for review_ in load(str(path)).reviews] == ["A. Doe", "B. Roe: #2"]
    assert path.read_bytes().startswith(before)
    result = run("check", str(path))
    assert (result.code, result.err) == (0, "")


def test_a_list_in_the_middle_is_added_to_where_it_ends(tmp_path: Path) -> None:
    """The keys after it, a text of several lines and the indentation stay as they are."""
    reviews = (
        f"reviews:\n- name: A. Doe\n  on: 2026-11-20\n  content_sha256: {SHA}\n"
        "  role: a pharmacist\n    of the ward\n# after it"
    )
    path = own(tmp_path, a_dose(head=(reviews,)).replace("\n", "\r\n"))
    before = path.read_bytes()
    signed(path)
    after = path.read_bytes()
    place = before.index(b"# after it")
    assert after.startswith(before[:place])
    assert after.endswith(before[place:])
    roles = [review_.role for review_ in load(str(path)).reviews]
    assert roles == ["a pharmacist of the ward", "pharmacist"]
    assert b"\n" not in after.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(yaml.safe_load(a_dose()), default=str),
        f"{a_dose()}...\n",
        a_dose(head=(f"reviews: [{{name: A, role: B, on: 2026-11-20, content_sha256: {SHA}}}]",)),
    ],
)
def test_a_file_that_has_no_place_for_a_list_is_left_alone(text: str, tmp_path: Path) -> None:
    """The message gives the review to be written by hand."""
    path = own(tmp_path, text)
    before = path.read_bytes()
    result = run("sign", str(path), *DOE)
    assert (result.code, path.read_bytes()) == (1, before)
    assert "has no place for a list of reviews; write it by hand: " in result.err
    assert 'role: "pharmacist"; on: 2026-11-20; content_sha256: ' in result.err


def test_what_ships_is_signed_in_the_users_own_folder(tmp_path: Path) -> None:
    """Nothing in the installation is edited; the review counts where that folder is named."""
    folder = ("--library", str(tmp_path))
    before = shelf.find("npc-bolus").content
    for name in ("npc-bolus", "imatinib"):
        result = run("sign", name, *DOE, *folder)
        assert result.code == 0, result.err
    result = run("sign", "npc-bolus", "--name", "B. Roe", "--role", "MD", *folder)
    assert shelf.find("npc-bolus").content == before
    reviews, faulty = provenance.read_reviews(shelf.open_file(str(tmp_path / "reviews.yaml")))
    assert faulty is None
    assert {
        name: [review_.name for review_ in of_regimen] for name, of_regimen in reviews.items()
    } == {
        "npc-bolus": ["A. Doe", "B. Roe"],
        "imatinib": ["A. Doe"],
    }
    assert review(*IMATINIB[1:], *folder) == SIGNED
    assert review(*IMATINIB[1:]) == NONE
    assert "reviews" not in shelf.regimen_files(tmp_path), "it is no regimen"
    assert run("check", str(tmp_path / "reviews.yaml")).out.endswith("no faults\n")
    assert run("check", *folder).out.endswith("\nreviews.yaml: no faults\n")


def test_a_review_of_what_shipped_ends_with_a_release_that_says_otherwise(tmp_path: Path) -> None:
    """The hash is that of the text that was signed, whichever release prints it."""
    folder = ("--library", str(tmp_path))
    assert run("sign", "imatinib", *DOE, *folder).code == 0
    path = tmp_path / "reviews.yaml"
    text = path.read_text(encoding="utf-8")
    digest = provenance.content_hash(shelf.find("imatinib").content)
    path.write_text(text.replace(digest, SHA), encoding="utf-8")
    assert review(*IMATINIB[1:], *folder) == EARLIER
    assert run(*IMATINIB, *folder, "--require-reviewed").code == 1


def test_a_file_of_ones_own_that_hides_a_shipped_one_has_its_own_reviews(tmp_path: Path) -> None:
    """A review of what ships says nothing of another file of that name."""
    folder = ("--library", str(tmp_path))
    assert run("sign", "imatinib", *DOE, *folder).code == 0
    (tmp_path / "imatinib.yaml").write_bytes(shelf.find("imatinib").content)
    assert review(*IMATINIB[1:], *folder) == NONE
    assert run("sign", "imatinib", *DOE, *folder).code == 0
    assert (tmp_path / "imatinib.yaml").read_bytes() != shelf.find("imatinib").content
    assert review(*IMATINIB[1:], *folder) == SIGNED


@pytest.mark.parametrize("place", ["none", "its own", "by path"])
def test_the_installation_is_never_written(place: str) -> None:
    """Neither without a folder, nor where the folder is the installation's, nor by path."""
    shipped = shelf.shipped()
    folder = ("--library", str(shipped)) if place == "its own" else ()
    name = str(shipped / "imatinib.yaml") if place == "by path" else "imatinib"
    result = run("sign", name, *DOE, *folder)
    assert result.code == 1
    assert "imatinib ships with il2calc, and the installation is not edited" in result.err
    assert "--library DIR" in result.err
    assert not (shipped / "reviews.yaml").exists()


def test_a_faulty_file_of_reviews_stops_what_it_is_about(tmp_path: Path) -> None:
    """A review that cannot be read is no review; every fault is reported with its line."""
    path = tmp_path / "reviews.yaml"
    path.write_text(
        "reviews:\n  imatinib:\n    - {name: A. Doe, role: MD, on: soon, content_sha256: 12}\n",
        encoding="utf-8",
    )
    place = f"{path}:3: reviews.imatinib[1].on: "
    result = run(*IMATINIB, "--library", str(tmp_path))
    assert (result.code, result.out) == (1, "")
    assert place in result.err
    assert "reviews.imatinib[1].content_sha256: is not 64 hex digits" in result.err
    assert place in run("check", str(path)).err
    result = run("check", "--library", str(tmp_path))  # of every file: "no faults" was an untruth
    assert (result.code, place in result.err) == (1, True)
    assert result.out.endswith("\nreviews.yaml: 2 faults\n")
    path.write_text("", encoding="utf-8")
    with pytest.raises(FaultyFile, match="is empty; a file of reviews begins with 'reviews:'"):
        load("imatinib", folder=tmp_path)
    path.write_text("- a list\n", encoding="utf-8")
    assert "is not a mapping" in run("sign", "imatinib", *DOE, "--library", str(tmp_path)).err


def test_a_faulty_review_is_a_fault_of_its_file(tmp_path: Path) -> None:
    """And hides no other fault."""
    head = ("reviews:\n  - {name: A. Doe, role: MD}\n  - B. Roe",)
    result = run("check", str(own(tmp_path, a_dose("day: 0", head=head))))
    assert result.code == 1
    for problem in ("has no 'on'", "has no 'content_sha256'", "is not a mapping", "examplumab.day"):
        assert problem in result.err


# What is refused


def test_nobody_signs_the_same_content_twice(tmp_path: Path) -> None:
    """A second entry would say nothing; another person's does."""
    path = own(tmp_path)
    signed(path)
    before = path.read_bytes()
    result = run("sign", str(path), *DOE)
    assert (result.code, path.read_bytes()) == (1, before)
    assert (
        "A. Doe (pharmacist) has already signed what examplumab says now, on 2026-11-20"
        in result.err
    )


def test_what_is_faulty_or_has_no_place_is_not_signed(tmp_path: Path) -> None:
    """A file with a fault, and a text on standard input."""
    path = own(tmp_path, a_dose("amount: 5"))
    before = path.read_bytes()
    assert run("sign", str(path), *DOE).code == 1
    assert path.read_bytes() == before
    result = run("sign", "-", *DOE, stdin=a_dose().encode())
    assert (result.code, "a review cannot be added to standard input" in result.err) == (1, True)


@pytest.mark.parametrize("kind", ["drug", "log", "reviews"])
def test_only_regimens_are_signed(kind: str, tmp_path: Path) -> None:
    """One line for any other kind of file, and not every fault that it has as a regimen."""
    path = tmp_path / "other.yaml"
    path.write_text(f"{kind}: x\n", encoding="utf-8")
    result = run("sign", str(path), *DOE)
    message = f"error: {path} is not a regimen: it begins with '{kind}'; regimens are signed\n"
    assert (result.code, result.err) == (1, message)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--name", "=A1", "--role", "MD"), "--name: '=A1' is not a label"),
        (("--name", "A", "--role", "a\x1bb"), "--role: "),
        ((*DOE[:4], "--on", "2049-01-01"), "--on: 2049-01-01 is in the future"),
        ((*DOE[:4], "--on", "today"), "--on: "),
        (("--name", "A"), "Missing option '--role'"),
    ],
)
def test_a_signature_needs_a_name_a_role_and_a_day_not_in_the_future(
    args: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    path = own(tmp_path)
    result = run("sign", str(path), *args)
    assert result.code == 2
    assert words in result.err


def test_without_a_day_it_is_today(tmp_path: Path) -> None:
    """And white space in a name is one space, as YAML reads it."""
    path = own(tmp_path)
    signed(path, "--name", "A.   Doe", "--role", "MD")
    (review_,) = load(str(path)).reviews
    assert (review_.name, review_.on) == ("A. Doe", date.today())  # noqa: DTZ011 - the clock of sign


@pytest.mark.parametrize("error", [FileExistsError(17, "there"), OSError(28, "No space left")])
def test_a_folder_that_takes_no_file_is_an_error(
    error: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk, and another program that was faster: nothing was signed."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(safefile, "create", fail)
    by = Review("A. Doe", "MD", date(2026, 11, 20))
    with pytest.raises(Refused, match=r"try again|nothing was signed: give a folder"):
        sign(load("imatinib"), shelf.find("imatinib"), tmp_path, by)
    assert list(tmp_path.iterdir()) == []


# Where it is asked for, and shown


def test_every_verb_that_plans_can_ask_for_a_review(tmp_path: Path) -> None:
    """One definition: schedule, prepare, cohort, log start and replan refuse, then take."""
    path, log = str(own(tmp_path)), str(tmp_path / "S-07.log")
    people = tmp_path / "p.csv"
    people.write_text("ID,WT\n1,70\n", encoding="utf-8")
    begin = ("log", "start", log, "--regimen", path, "--start", "2026-01-05")
    commands = (
        ("schedule", path),
        ("prepare", path),
        ("cohort", path, str(people), "--format", "csv"),
        begin,
        ("replan", log),
    )
    for args in commands[:-1]:
        result = run(*args, "--require-reviewed")
        assert (result.code, "examplumab, version 1, is not signed" in result.err) == (1, True), (
            args
        )
    assert run(*begin).code == 0
    assert run("replan", log, "--require-reviewed").code == 1
    Path(log).unlink()
    signed(Path(path))
    for args in commands:
        result = run(*args, "--require-reviewed")
        assert result.code == 0, (args, result.err)


def test_json_has_every_review_beside_the_older_key(tmp_path: Path) -> None:
    """`reviewed_by` keeps its meaning; `reviews` is new, with whether each holds."""
    path = own(tmp_path, a_dose(head=("reviewed_by: C. Poe",)))
    assert document("schedule", str(path))["regimen"]["reviews"] == []
    signed(path)
    digest = provenance.content_hash(path.read_bytes())
    head = document("schedule", str(path))["regimen"]
    assert head["reviewed_by"] == "C. Poe"
    assert head["reviews"] == [
        {
            "name": "A. Doe",
            "role": "pharmacist",
            "on": "2026-11-20",
            "content_sha256": digest,
            "holds": True,
        }
    ]
    text = path.read_text(encoding="utf-8")
    own(tmp_path, text.replace("5 mg", "6 mg"))
    assert document("show", str(path))["regimen"]["reviews"][0]["holds"] is False
    assert review(path) == f"Reviewed by C. Poe; r{EARLIER[1:]}"


def test_several_reviews_are_one_list_of_those_that_hold_and_one_of_the_others(
    tmp_path: Path,
) -> None:
    path = own(tmp_path)
    signed(path)
    own(tmp_path, path.read_text(encoding="utf-8").replace("5 mg", "6 mg"))
    for name in ("B. Roe", "C. Poe"):
        signed(path, "--name", name, "--role", "MD", "--on", "2026-11-21")
    assert review(path) == (
        f"Reviewed by B. Roe (MD) on 2026-11-21 and C. Poe (MD) on 2026-11-21; r{EARLIER[1:]}"
    )


def test_a_file_of_reviews_is_replaced_by_no_output(tmp_path: Path) -> None:
    """As a regimen, a monograph and a log are not."""
    path = tmp_path / "reviews.yaml"
    path.write_text(f"{provenance.FILE.title}: x\n".replace("a file of ", ""), encoding="utf-8")
    result = run(*IMATINIB, "--format", "csv", "-o", str(path))
    assert (result.code, "is a file of reviews" in result.err) == (1, True)
