"""The verbs about regimen files: `list`, `show`, `check`, `schema`, `sign`, `diff`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from il2calc import language
from il2calc.cli import options, output
from il2calc.cli.options import (
    TEXT_OR_JSON,
    Body,
    Choices,
    Dating,
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
from il2calc.language import DrugNames, shelf
from il2calc.model.evidence import Review
from il2calc.model.regimen import Regimen
from il2calc.plan.needs import arm_of
from il2calc.report.plain_data import document_head
from il2calc.text import safefile, values

if TYPE_CHECKING:
    from il2calc.report.comparison import Comparison

SHOW_FORMATS = (*TEXT_OR_JSON, "timeline", "fhir", "yaml")


def list_(
    match: Annotated[Text, option("--match WORD", "Text in id, title, disease or drug.")] = None,
    drug: Annotated[Text, option("--drug", "Any name of the drug, or part of one.")] = None,
    disease: Annotated[Text, option("--for WORD", "Text in the disease.")] = None,
    format_: TextOrJson = "text",
    no_pager: options.NoPager = False,
    folder: Folder = None,
) -> None:
    """List the available regimens, by disease."""
    from il2calc.report import regimen_text

    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    names = DrugNames(folder)
    files = shelf.regimen_files(folder)
    everything = [
        regimen_text.ListEntry(name, files[name].file, *_listed(content, names))
        for name, content in shelf.opened(files)
    ]
    drug_name = None if drug is None else names.look_up(drug)
    drugs = None if drug_name is None else regimen_text.drugs_named(everything, drug_name)
    entries = [entry for entry in everything if regimen_text.matches(entry, match, disease, drugs)]
    if not entries:
        given = {"--match": match, "--drug": drug, "--for": disease}
        typed = " ".join(f"{option} {text!r}" for option, text in given.items() if text is not None)
        raise Refused(f"no regimen matches {typed}; to see all of them: il2calc list")
    if drugs and drug_name and not drug_name.has_monograph and drugs != [drug_name.written]:
        output.tell(f"--drug {drug!r} takes: {', '.join(drugs)}")
    if format_ == "json":
        output.write_json(regimen_text.list_document(entries))
    else:
        output.write(regimen_text.lines(entries, output.width()), pager=not no_pager)
    if drug_name is not None and (question := drug_name.question()) is not None:
        output.tell(f"caution: {question}")


def show(
    regimen: Annotated[str, typer.Argument(help="Id, path or -.")],
    set_: options.Settings = None,
    arm: Annotated[Text, option("--arm", "Arm to draw as a timeline, or to name in yaml.")] = None,
    format_: Annotated[
        Text,
        option(
            f"--format {'|'.join(SHOW_FORMATS)}",
            "Output format; yaml is the file after --set. Default: by --output, else text.",
        ),
    ] = None,
    output_: options.Output = None,
    ascii_: options.Ascii = False,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    folder: Folder = None,
) -> None:
    """Print a regimen in words, draw its timeline, or write it with changed values."""
    format_ = options.chosen_format(format_, output_, SHOW_FORMATS)
    supporting = {"--arm": (arm, ("timeline", "yaml")), "--ascii": (ascii_, ("timeline",))}
    options.refuse_unsupported(format_, supporting)
    settings, file = options.settings(set_ or ()), shelf.find(regimen, folder)
    loaded = language.read(file, folder=folder, settings=settings)
    if arm is not None:
        arm_of(loaded, arm)
    if format_ == "timeline":
        from il2calc.picture import timeline

        unicode = not ascii_ and options.draws_unicode(output_)
        lines = timeline.regimen_lines(loaded, arm, output.width(output_), unicode=unicode)
        output.write_styled(lines, output_)
    elif format_ == "yaml":
        own_name = _write_changed(file, settings, arm, output_, folder)
        if own_name is not None and not quiet:
            command = f"il2calc show {as_typed(str(output_))}"
            output.tell(f"written: {output_}, as regimen {own_name}; to look at it: {command}")
    elif format_ == "fhir":
        from il2calc.format import fhir, fhir_definition

        drugs = dict.fromkeys(dose.drug for dose in loaded.doses())
        monographs = language.monographs(drugs, folder)
        output.write(fhir_definition.lines(loaded, fhir.codings_of(monographs)), output_)
    else:
        from il2calc.report import regimen_text

        if format_ == "json":
            output.write_json(regimen_text.document(loaded), output_)
        else:
            output.write_sheet(regimen_text.paragraphs(loaded), output_, pager=not no_pager)
    if format_ != "yaml":
        output.tell_written(output_, format_, quiet=quiet)
    if text := loaded.origin.hiding(loaded.id):
        output.tell(f"caution: {text}")
    if format_ == "text" and not quiet and regimen in shelf.drug_files(folder):
        output.tell(f"{regimen} is a drug too: il2calc drug {as_typed(regimen)}")


def _write_changed(
    file: shelf.FileContent,
    settings: list[tuple[str, str]],
    arm: str | None,
    target: Path | None,
    folder: Path | None,
) -> str | None:
    """Write a regimen file with the changed values in it.

    Returns:
        the id of the new regimen, if its file can be found by one.
    """
    from il2calc.language import regimen_yaml

    own_name = target.stem if target is not None and target.suffix in shelf.SUFFIXES else None
    if own_name is not None:
        options.read("--output", values.name, own_name)
    names = DrugNames(folder)
    output.write_data(
        regimen_yaml.lines_with_settings(file, settings, arm, name=own_name, names=names), target
    )
    return own_name


def check(
    files: Annotated[Texts, typer.Argument(help="Files or ids. Default: all.")] = None,
    strict: Annotated[bool, option("--strict", "Exit 3 if there is something to confirm.")] = False,
    format_: TextOrJson = "text",
    folder: Folder = None,
) -> None:
    """Report every fault of every file."""
    format_ = options.choice("--format", format_, TEXT_OR_JSON)
    given = output.with_progress(files or (), "files")
    results = [(name, _examined_file(name, folder)) for name in given]
    if not files:
        names = DrugNames(folder)
        on_shelf = output.with_progress([*shelf.opened(shelf.regimen_files(folder))], "files")
        results = [(name, _examined(content, names)) for name, content in on_shelf]
        for name, content in shelf.opened(shelf.drug_files(folder)):
            results.append((f"drugs/{name}", _examined_drug(content)))
        if folder is not None and (reviews := folder / shelf.LIBRARY_REVIEWS).exists():
            results.append((reviews.name, _examined_file(str(reviews), folder)))
    faults = [fault for _, result in results for fault in result.faults]
    remarks = [remark for _, result in results for remark in result.remarks]
    if format_ == "json":
        document = {
            **document_head("il2calc.check/1"),
            "files": [{"file": name, **_result_data(result)} for name, result in results],
        }
        output.write_json(document)
    else:
        output.write_words(_verdict_lines(results))
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
    output.write_json(shapes.json_schema(shape))


def sign(
    regimen: Annotated[str, typer.Argument(help="Id or path.")],
    name: Annotated[str, option("--name NAME", "Who reviewed it, such as 'A. Doe'.")],
    role: Annotated[str, option("--role ROLE", "Their role, such as pharmacist.")],
    on: Annotated[Text, option("--on DATE", "The day of the review. Default: today.")] = None,
    folder: Folder = None,
) -> None:
    """Record a review of a regimen; it holds until the content of the file changes."""
    from il2calc.language import provenance

    today = date.today()  # noqa: DTZ011 - the local date
    review_day = options.day("--on", on) or today
    if review_day > today:
        raise OptionError("--on", f"{review_day} is in the future; give the day of the review")
    reviewer, role_ = (
        options.read(option, values.label, " ".join(text.split()))
        for option, text in (("--name", name), ("--role", role))
    )
    file = shelf.find(regimen, folder)
    if (kind := _file_kind(file)) != "regimen":
        problem = f"{shown(file.origin.file)} is not a regimen: it begins with {kind!r}"
        raise Refused(f"{problem}; regimens are signed")
    signed = language.read(file, folder=folder)
    reviews_file = provenance.sign(signed, file, folder, Review(reviewer, role_, review_day))
    review = f"{signed.id}, version {signed.version}, by {reviewer} ({role_}) on {review_day}"
    output.tell(f"signed: {review}; written to {shown(str(reviews_file))}")


def _listed(file: shelf.FileContent | RegimenError, names: DrugNames) -> tuple[Regimen | None, int]:
    """A regimen on a shelf, prebuilt or else read from its file, and its number of faults."""
    if not isinstance(file, RegimenError):
        ready = language.shelf.regimen_of(file, names.folder)
        if ready is not None:
            return ready, 0
    result = _examined(file, names)
    return result.regimen, len(result.faults)


def _examined(file: shelf.FileContent | RegimenError, names: DrugNames) -> language.Examination:
    """The examination of a regimen on a shelf, whose id must be the name of its file."""
    if isinstance(file, RegimenError):
        return language.Examination(None, (file,), ())
    result = _examined_regimen(file, names)
    if result.regimen and (misnamed := language.misnamed_fault(result.regimen)):
        return language.Examination(None, (misnamed,), result.remarks)
    return result


def _examined_file(name: str, folder: Path | None) -> language.Examination:
    """The examination of a file by path or id: a regimen, a drug, a course log or reviews."""
    try:
        file = shelf.find(name, folder)
    except RegimenError as error:
        return language.Examination(None, (error,), ())
    except UnknownName as error:
        return language.Examination(None, (RegimenError(name, None, "", str(error)),), ())
    kind = _file_kind(file)
    empty_drug = not file.content.strip() and Path(file.origin.file).parent.name == "drugs"
    if kind == "drug" or empty_drug:
        return _examined_drug(file)
    if kind == "reviews":
        from il2calc.language import provenance

        _, unread = provenance.read_reviews(file)
        return language.Examination(None, unread.faults if unread else (), ())
    if kind == "log":
        from il2calc.language import log_file

        _, faults = log_file.examine(file.content, file.origin.file)
        return language.Examination(None, faults, ())
    return _examined_regimen(file, DrugNames(folder))


def _file_kind(file: shelf.FileContent) -> str:
    """What a file is, by its keys: reviews, drug, log, else regimen."""
    from il2calc.text import yaml

    data = yaml.read(file.content, safefile.MOST_OF_A_LOG).data
    keys = data if isinstance(data, dict) else {}
    if "reviews" in keys and "regimen" not in keys:
        return "reviews"
    return next((key for key in ("drug", "log") if key in keys), "regimen")


def _examined_regimen(file: shelf.FileContent, names: DrugNames) -> language.Examination:
    """The examination of a regimen with its monographs; one that cannot be read is a fault."""
    from il2calc.review import departures

    try:
        result = language.examine(file, (), names)
        if result.regimen is None:
            return result
        remarks = departures.file_remarks(
            file.content, result.regimen, result.remarks, names.monograph
        )
        return result._replace(remarks=remarks)
    except FaultyFile as error:
        return language.Examination(None, error.faults, ())
    except RegimenError as error:
        return language.Examination(None, (error,), ())
    except Refused as error:
        fault = RegimenError(file.origin.file, None, "", str(error))
        return language.Examination(None, (fault,), ())


def _examined_drug(file: shelf.FileContent | RegimenError) -> language.Examination:
    if isinstance(file, RegimenError):
        return language.Examination(None, (file,), ())
    monograph, faults = language.examine_drug(file)
    if monograph is not None and (misnamed := language.misnamed_fault(monograph)):
        faults = (misnamed,) if file.origin.file != "<stdin>" else ()
    return language.Examination(None, faults, ())


def _verdict_lines(results: list[tuple[str, language.Examination]]) -> Iterator[str]:
    for name, result in results:
        count = len(result.faults)
        yield f"{shown(name)}: {how_many(count, 'fault') if count else 'no faults'}"


def _result_data(result: language.Examination) -> dict[str, object]:
    return {
        "faults": [_fault_data(fault) for fault in result.faults],
        "cautions": [_fault_data(remark) for remark in result.remarks],
    }


def _fault_data(fault: RegimenError) -> dict[str, object]:
    return {"file": fault.file, "line": fault.line, "path": fault.path, "problem": fault.problem}


def diff(
    regimen: Annotated[str, typer.Argument(help="Id or path.")],
    other: Annotated[str, typer.Argument(help="The other one.")],
    body: Body,
    dating: Dating,
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
    """Compare two regimens, and their schedules if both can be made."""
    from il2calc.report import comparison

    format_ = options.chosen_format(format_, output_, TEXT_OR_JSON)
    if "-" in (regimen, other):
        raise OptionError("-", "diff reads two files; give an id or a path for each")
    compared = _comparison((regimen, other), (body, dating, choices), rounding, folder)
    if format_ == "json":
        output.write_json(comparison.document(compared), output_)
    else:
        output.write_sheet(comparison.paragraphs(compared), output_, pager=not no_pager)
    sides = (compared.a, compared.b)
    cautions = {caution.text: caution for side in sides for caution in side.cautions}
    output.tell_cautions(tuple(cautions.values()))
    output.tell_written(output_, format_, quiet=quiet)
    if strict and (compared.differs or cautions):
        raise typer.Exit(3)


def _comparison(
    names: tuple[str, str],
    options_given: tuple[Body, Dating, Choices],
    rounding: Rounding,
    folder: Path | None,
) -> Comparison:
    """The comparison; no schedules if one needs options and none but --set or --round is given.

    Raises:
        MissingInput: options were given, and one of the schedules needs more.
        FaultyFile: with the faults of both files.
    """
    from il2calc.cli import request
    from il2calc.report.comparison import Side, compare
    from il2calc.review import of_schedule

    body, dating, choices = options_given
    dates = request.dates(dating)

    def side(name: str, chosen: Choices) -> Side:
        selection = request.Selection(name, chosen, rounding, folder)
        schedule = request.make_schedule(body, selection, dates)
        monographs = language.monographs(schedule.regimen.drugs(schedule.arm), folder)
        return Side(schedule.regimen, schedule, of_schedule.review(schedule, monographs))

    try:
        a, b = map(side, names, _choices_by_side(names, choices, folder))
    except MissingInput as error:
        if (body, dating, choices._replace(set=None)) != (Body(), Dating(), Choices()):
            raise
        settings = options.settings(choices.set or ())
        a, b = (Side(language.load(name, folder=folder, settings=settings)) for name in names)
        return compare(a, b, f"not compared, because {error}.")
    except (FaultyFile, RegimenError):
        if faults := [fault for name in names for fault in _faults(name, folder)]:
            raise FaultyFile(faults) from None
        raise
    return compare(a, b)


def _faults(name: str, folder: Path | None) -> tuple[RegimenError, ...]:
    """Why a regimen cannot be read; empty if it can."""
    try:
        language.load(name, folder=folder)
    except FaultyFile as error:
        return error.faults
    except RegimenError as error:
        return (error,)
    return ()


def _choices_by_side(
    names: tuple[str, str], choices: Choices, folder: Path | None
) -> tuple[Choices, Choices]:
    """The choices for each regimen: if only one has arms, `--arm` is left out for the other."""
    if choices.arm is not None:
        has_a, has_b = (bool(language.load(name, folder=folder).arms) for name in names)
        without_arm = choices._replace(arm=None)
        if has_a is not has_b:
            return (choices, without_arm) if has_a else (without_arm, choices)
    return choices, choices
