"""The verbs about regimen files: `list`, `show`, `check`, `schema`, `sign`, `diff`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2calc import language
from il2calc.cli import formats, options, output
from il2calc.cli.options import (
    TEXT_OR_JSON,
    Begun,
    Body,
    Choices,
    Folder,
    Rounding,
    Text,
    TextOrJson,
    Texts,
    option,
)
from il2calc.errors import (
    FaultyFile,
    MissingInput,
    OptionError,
    Refused,
    RegimenError,
    UnknownName,
    as_typed,
    how_many,
    shown,
)
from il2calc.format import json
from il2calc.language import shelf
from il2calc.model.evidence import Review
from il2calc.model.regimen import Regimen
from il2calc.plan.needs import arm_of
from il2calc.report.plain_data import headed
from il2calc.text import safefile, values

if TYPE_CHECKING:
    from il2calc.report.comparison import Comparison

SHOW_FORMATS = (*TEXT_OR_JSON, "timeline", "fhir", "yaml")
CHECK_FORMAT = "il2calc.check/1"


def list_(
    match: Annotated[Text, option("--match WORD", "Text in id, title, disease or drug.")] = None,
    drug: Annotated[Text, option("--drug", "Any name of the drug, or part of one.")] = None,
    disease: Annotated[Text, option("--for WORD", "Text in the disease.")] = None,
    format_: TextOrJson = "text",
    no_pager: options.NoPager = False,
    folder: Folder = None,
) -> None:
    """List what is on the shelf, by disease."""
    from il2calc.report import regimen_text

    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    names = language.DrugNames(folder)
    everything = [
        regimen_text.Entry(file.name, str(file.path), *_entry(file.found, names))
        for file in shelf.everything(folder)
    ]
    meant = None if drug is None else names.of(drug)
    taken = None if meant is None else regimen_text.drugs_named(everything, meant)
    entries = [each for each in everything if regimen_text.holds(each, match, disease, taken)]
    if not entries:
        asked = {"--match": match, "--drug": drug, "--for": disease}
        typed = " ".join(f"{option} {text!r}" for option, text in asked.items() if text is not None)
        raise Refused(f"no regimen matches {typed}; to see all of them: il2calc list")
    if meant is not None and taken and not meant.described and taken != [meant.written]:
        output.tell(f"--drug {drug!r} takes: {', '.join(taken)}")
    if format_ == "json":
        output.write_data(json.dumped(regimen_text.list_document(entries)))
    else:
        output.write(regimen_text.lines(entries, output.width()), pager=not no_pager)
    if meant is not None and (question := meant.question()) is not None:
        output.tell(f"caution: {question}")


def show(
    regimen: Annotated[str, typer.Argument(help="Id, path or -.")],
    set_: options.Settings = None,
    arm: Annotated[Text, option("--arm", "Arm to draw as a timeline, or to name in yaml.")] = None,
    format_: Annotated[
        Text,
        option(
            f"--format {'|'.join(SHOW_FORMATS)}",
            "Output format; yaml is the file after --set. Default: text.",
        ),
    ] = None,
    output_: options.Output = None,
    ascii_: formats.Ascii = False,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    folder: Folder = None,
) -> None:
    """Say in words what a regimen file holds, draw its shape in time, or keep another reading."""
    format_ = formats.meant(format_, output_, SHOW_FORMATS)
    drawn = ("timeline",)
    formats.only_with(format_, {"--arm": (arm, (*drawn, "yaml")), "--ascii": (ascii_, drawn)})
    wanted, found = options.settings(set_ or ()), shelf.find(regimen, folder)
    made = language.read(found, folder=folder, settings=wanted)
    if arm is not None:
        arm_of(made, arm)
    if format_ == "timeline":
        from il2calc.picture import timeline

        unicode = not ascii_ and formats.draws_unicode(output_)
        told = timeline.shape(made, arm, output.width(output_), unicode=unicode)
        output.write_styled(told, output_)
    elif format_ == "yaml":
        own = _keep(found, wanted, arm, output_, folder)
        if own is not None and not quiet:
            show = f"il2calc show {as_typed(str(output_))}"
            output.tell(f"written: {output_}, as regimen {own}; to look at it: {show}")
    elif format_ == "fhir":
        from il2calc.format import fhir, fhir_definition

        monographs = language.monographs(dict.fromkeys(dose.drug for dose in made.doses()), folder)
        output.write(fhir_definition.lines(made, fhir.codings_of(monographs)), output_)
    else:
        from il2calc.report import regimen_text

        if format_ == "json":
            output.write_data(json.dumped(regimen_text.document(made)), output_)
        else:
            output.write_sheet(regimen_text.paragraphs(made), output_, pager=not no_pager)
    if format_ != "yaml":
        output.written(output_, format_, quiet=quiet)
    if text := made.origin.hiding(made.id):
        output.tell(f"caution: {text}")
    if format_ == "text" and not quiet and regimen in shelf.drugs(folder):
        output.tell(f"{regimen} is a drug too: il2calc drug {as_typed(regimen)}")


def _keep(
    found: shelf.Found,
    wanted: list[tuple[str, str]],
    arm: str | None,
    target: Path | None,
    folder: Path | None,
) -> str | None:
    """Write a file with other readings.

    Returns:
        the name by which a file of its own is then found.
    """
    from il2calc.language import regimen_yaml

    own = target.stem if target is not None and target.suffix in shelf.SUFFIXES else None
    if own is not None:
        options.read("--output", values.name, own)
    names = language.DrugNames(folder)
    output.write_data(regimen_yaml.kept(found, wanted, arm, name=own, names=names), target)
    return own


def check(
    files: Annotated[Texts, typer.Argument(help="Files or ids. Default: all.")] = None,
    strict: Annotated[bool, option("--strict", "Exit 3 if there is something to confirm.")] = False,
    format_: TextOrJson = "text",
    folder: Folder = None,
) -> None:
    """Tell every fault of every file."""
    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    named = output.counted(files or (), "files")
    results = [(name, _examined_file(name, folder)) for name in named]
    if not files:
        names = language.DrugNames(folder)
        there = output.counted(list(shelf.everything(folder)), "files")
        results = [(file.name, _examined(file.found, names)) for file in there]
        for file in shelf.every_drug(folder):
            results.append((f"drugs/{file.name}", _examined_drug(file.found)))
    faults = [fault for _, result in results for fault in result.faults]
    remarks = [remark for _, result in results for remark in result.remarks]
    if format_ == "json":
        document = {
            **headed(CHECK_FORMAT),
            "files": [{"file": name, **_told(result)} for name, result in results],
        }
        output.write_data(json.dumped(document))
    else:
        output.write_words(_verdicts(results))
        for fault in faults:
            output.tell(str(fault))
        for remark in remarks:
            output.tell(f"caution: {remark}")
    if faults:
        raise typer.Exit(1)
    if strict and remarks:
        raise typer.Exit(3)


def schema(
    of_drug: Annotated[bool, option("--drug", "The schema of a drug file instead.")] = False,
    of_log: Annotated[bool, option("--log", "The schema of a course log instead.")] = False,
) -> None:
    """Print the JSON Schema for editors."""
    from il2calc.language import drug_keys, log_keys, regimen_keys
    from il2calc.text import shapes

    if of_drug and of_log:
        raise OptionError("--drug", "excludes --log; give one of them")
    shape = drug_keys.DRUG if of_drug else log_keys.log() if of_log else regimen_keys.REGIMEN
    output.write_data(json.dumped(shapes.json_schema(shape)))


def sign(
    regimen: Annotated[str, typer.Argument(help="Id or path.")],
    name: Annotated[str, option("--name NAME", "Who reviewed it, such as 'A. Doe'.")],
    role: Annotated[str, option("--role ROLE", "Their role, such as pharmacist.")],
    on: Annotated[Text, option("--on DATE", "The day of the review. Default: today.")] = None,
    folder: Folder = None,
) -> None:
    """Bind a review to what the file says: it holds until the file says something else."""
    from il2calc.language import provenance

    today = date.today()  # noqa: DTZ011 - the day of whoever signs
    reviewed = options.day("--on", on) or today
    if reviewed > today:
        raise OptionError("--on", f"{reviewed} is in the future; give the day of the review")
    who, what = (
        options.read(option, values.label, " ".join(text.split()))
        for option, text in (("--name", name), ("--role", role))
    )
    found = shelf.find(regimen, folder)
    if (kind := _kind(found)) != "regimen":
        problem = f"{shown(found.origin.file)} is not a regimen: it begins with {kind!r}"
        raise Refused(f"{problem}; regimens are signed")
    signed = language.read(found, folder=folder)
    place = provenance.sign(signed, found, folder, Review(who, what, reviewed))
    told = f"{signed.id}, version {signed.version}, by {who} ({what}) on {reviewed}"
    output.tell(f"signed: {told}; written to {shown(str(place))}")


def _entry(
    found: shelf.Found | RegimenError, names: language.DrugNames
) -> tuple[Regimen | None, int]:
    """A regimen on a shelf, read already or now, and how many faults its file has."""
    if not isinstance(found, RegimenError):
        made = language.shelf.regimen_of(found, names.folder)
        if made is not None:
            return made, 0
    result = _examined(found, names)
    return result.regimen, len(result.faults)


def _examined(found: shelf.Found | RegimenError, names: language.DrugNames) -> language.Examination:
    """A regimen on a shelf, which must have the name of its file."""
    if isinstance(found, RegimenError):
        return language.Examination(None, (found,), ())
    result = _examined_regimen(found, names)
    if result.regimen and (misnamed := language.named_otherwise(result.regimen)):
        return language.Examination(None, (misnamed,), result.remarks)
    return result


def _examined_file(name: str, folder: Path | None) -> language.Examination:
    """A file by path or id; what it is, a drug, a course log or a regimen, its own key says."""
    try:
        found = shelf.find(name, folder)
    except RegimenError as error:
        return language.Examination(None, (error,), ())
    except UnknownName as error:
        return language.Examination(None, (RegimenError(name, None, "", str(error)),), ())
    kind = _kind(found)
    if kind == "drug":
        return _examined_drug(found)
    if kind == "reviews":
        return language.Examination(None, language.examine_reviews(found), ())
    if kind == "log":
        from il2calc.language import log_file

        _, faults = log_file.examine(found.content, found.origin.file)
        return language.Examination(None, faults, ())
    return _examined_regimen(found, language.DrugNames(folder))


def _kind(found: shelf.Found) -> str:
    """The key that says what a file is; a regimen where none of the others does."""
    from il2calc.text import yaml

    data = yaml.read(found.content, safefile.MOST_OF_A_LOG).data
    keys = data if isinstance(data, dict) else {}
    if "reviews" in keys and "regimen" not in keys:
        return "reviews"
    return next((key for key in ("drug", "log") if key in keys), "regimen")


def _examined_regimen(found: shelf.Found, names: language.DrugNames) -> language.Examination:
    """A regimen with the drugs at hand; where a monograph cannot be read, that is its fault."""
    from il2calc.review import departures

    try:
        result = language.examine(found, (), names)
        if result.regimen is None:
            return result
        told = departures.of_file(found.content, result.regimen, result.remarks, names.monograph)
        return result._replace(remarks=told)
    except FaultyFile as error:
        return language.Examination(None, error.faults, ())
    except RegimenError as error:
        return language.Examination(None, (error,), ())
    except Refused as error:
        return language.Examination(
            None, (RegimenError(found.origin.file, None, "", str(error)),), ()
        )


def _examined_drug(found: shelf.Found | RegimenError) -> language.Examination:
    if isinstance(found, RegimenError):
        return language.Examination(None, (found,), ())
    monograph, faults = language.examine_drug(found)
    if monograph is not None and (misnamed := language.named_otherwise(monograph)):
        faults = (misnamed,) if found.origin.file != "<stdin>" else ()
    return language.Examination(None, faults, ())


def _verdicts(results: list[tuple[str, language.Examination]]) -> Iterator[str]:
    for name, result in results:
        count = len(result.faults)
        yield f"{shown(name)}: {how_many(count, 'fault') if count else 'no faults'}"


def _told(result: language.Examination) -> dict[str, object]:
    return {
        "faults": [_plain(fault) for fault in result.faults],
        "cautions": [_plain(remark) for remark in result.remarks],
    }


def _plain(fault: RegimenError) -> dict[str, object]:
    return {"file": fault.file, "line": fault.line, "path": fault.path, "problem": fault.problem}


def diff(
    regimen: Annotated[str, typer.Argument(help="Id or path.")],
    other: Annotated[str, typer.Argument(help="The other one.")],
    body: Body,
    begun: Begun,
    choices: Choices,
    rounding: Rounding,
    format_: options.ByOutput = None,
    output_: options.Output = None,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    strict: Annotated[
        bool, option("--strict", "Exit 3 if anything differs, and on any caution.")
    ] = False,
    folder: Folder = None,
) -> None:
    """Hold two regimens against each other, and their schedules where they can be made."""
    from il2calc.report import comparison

    format_ = formats.meant(format_, output_, TEXT_OR_JSON)
    if "-" in (regimen, other):
        raise OptionError("-", "diff reads two files; give an id or a path for each")
    found = _compared((regimen, other), (body, begun, choices), rounding, folder)
    if format_ == "json":
        output.write_data(json.dumped(comparison.document(found)), output_)
    else:
        output.write_sheet(comparison.paragraphs(found), output_, pager=not no_pager)
    told = {caution.text: caution for side in (found.a, found.b) for caution in side.cautions}
    output.caution(tuple(told.values()))
    output.written(output_, format_, quiet=quiet)
    if strict and (found.differs or told):
        raise typer.Exit(3)


def _compared(
    names: tuple[str, str],
    given: tuple[Body, Begun, Choices],
    rounding: Rounding,
    folder: Path | None,
) -> Comparison:
    """Both with their schedules; without them where nothing was given that a schedule needs.

    Raises:
        MissingInput: something was given of a patient, and one of the schedules needs more.
    """
    from il2calc.cli import request
    from il2calc.report.comparison import Side, compare
    from il2calc.review import of_schedule

    body, begun, choices = given
    dates = request.dates(begun)

    def side(name: str, its: Choices) -> Side:
        made = request.made(body, request.Wanted(name, its, rounding, folder), dates)
        monographs = language.monographs(made.regimen.drugs(made.arm), folder)
        return Side(made.regimen, made, of_schedule.review(made, monographs))

    try:
        a, b = map(side, names, _of_each(names, choices, folder))
    except MissingInput as error:
        if (body, begun, choices._replace(set=None)) != (Body(), Begun(), Choices()):
            raise
        read = options.settings(choices.set or ())
        a, b = (Side(language.load(each, folder=folder, settings=read)) for each in names)
        return compare(a, b, f"not compared, because {error}.")
    return compare(a, b)


def _of_each(
    names: tuple[str, str], choices: Choices, folder: Path | None
) -> tuple[Choices, Choices]:
    """What was chosen for each of both: an arm is that of the one that has arms."""
    if choices.arm is not None:
        a, b = (bool(language.load(each, folder=folder).arms) for each in names)
        armless = choices._replace(arm=None)
        if a is not b:
            return (choices, armless) if a else (armless, choices)
    return choices, choices
