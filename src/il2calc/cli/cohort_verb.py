"""The verb `cohort`: event tables for many virtual patients."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from il2calc import language
from il2calc.cli import options, output, request
from il2calc.cli.options import Choices, Rounding, Text, Texts, option
from il2calc.cli.request import Selection
from il2calc.errors import Il2calcError, OptionError, Refused, shown
from il2calc.model.measure import MONTHS_A_YEAR, Bands, Measure, within_all
from il2calc.model.patient import DEFAULT_FORMULA, FORMULA_NAMES, Patient
from il2calc.model.regimen import Regimen
from il2calc.pharmacy.preparation import bags_of
from il2calc.plan import schedule
from il2calc.plan.needs import arm_of
from il2calc.plan.schedule import Schedule
from il2calc.review import body, of_schedule
from il2calc.text import safefile
from il2calc.units import EXACT, number

if TYPE_CHECKING:
    from il2calc.cohort.expansion import Plan
    from il2calc.cohort.files import Rejects
    from il2calc.cohort.patients import Patients, Rejected
    from il2calc.cohort.tally import Screen, Tally, Vial
    from il2calc.model.drug import DrugName

_MOST_LISTED = 10
_BODY_CODES = {"body-size", "gfr"}
"""Codes of cautions about the body, which are counted for every patient separately."""


def cohort(
    regimen: options.RegimenName,
    patients: Annotated[
        Path, typer.Argument(help="CSV or Parquet: ID and WT, HT, BSA, GFR, AGE, SEX, ARM.")
    ],
    choices: Choices,
    rounding: Rounding,
    output_: Annotated[
        Text, option("--output -o FILE", "A .parquet, .csv or .arrow file, or FOLDER/.")
    ] = None,
    format_: Annotated[Text, option("--format parquet|csv|arrow", "Default: by --output.")] = None,
    bsa_formula: options.BsaFormula = None,
    bsa_cap: options.BsaCap = None,
    at: options.At = "08:00",
    drug: Annotated[Text, option("--drug", "Only the doses of one drug.")] = None,
    cmt: Annotated[Texts, option("--cmt DRUG=N", "The compartment of a drug. Default: 1.")] = None,
    compact: Annotated[
        bool, option("--compact", "Write equally spaced doses as one row, with ADDL and II.")
    ] = False,
    columns_: Annotated[
        Text, option("--columns A,B,C", "Extra columns from DRUG,BLOCK,TURN,DAY,AT_MOST,ONLY_IF.")
    ] = None,
    map_: Annotated[Texts, option("--map WT=COLUMN", "Use a column with another name.")] = None,
    part_rows: Annotated[
        Text, option("--part-rows N", "Rows per part of FOLDER/. Default: 5_000_000.")
    ] = None,
    summary: Annotated[
        bool, option("--summary", "Print and write doses, totals and vials by drug.")
    ] = False,
    quiet: options.Quiet = False,
    strict: Annotated[
        bool, option("--strict", "Write nothing if a patient is rejected, or on any caution.")
    ] = False,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Write the event table of every patient in a file."""
    try:
        from il2calc.cohort import expansion, files
        from il2calc.cohort.patients import COLUMNS, Patients
        from il2calc.cohort.tally import Tally
    except ImportError:
        problem = "a cohort needs numpy and pyarrow, which are not installed"
        raise Refused(f"{problem}: pip install 'il2calc[cohort]'") from None
    if choices.until is not None:
        raise OptionError("--until", "is a date, and a cohort has none; give --weeks 24 instead")
    name = None if output_ == "-" else output_
    format_name = _chosen_format(format_, name)
    in_parts = name is not None and name.endswith("/")
    if part_rows is not None and not in_parts:
        raise OptionError("--part-rows", "goes with a folder; write it like -o events/")
    part_size = options.read("--part-rows", _row_count, part_rows or "5_000_000")
    columns = _column_names(map_ or (), COLUMNS)
    source = Patients(patients, columns, [name for name in columns if columns[name] != name])
    _refuse_target(name, patients, in_parts=in_parts)
    loaded = request.regimen_of(Selection(regimen, choices, rounding, folder, reviewed))
    drug_names = language.DrugNames(folder)
    arm_by_row = "ARM" in source.columns
    if arm_by_row and choices.arm is not None:
        raise OptionError("--arm", f"{patients} has a column ARM; give one of them")
    if arm_by_row and not loaded.arms:
        raise Refused(f"{loaded.id} has no arms, and {patients} has a column ARM; leave it out")
    default = loaded.default_arm if arm_by_row else arm_of(loaded, choices.arm)
    arms = _arms_present(loaded, source) if arm_by_row else (default,)
    by_drug = partial(request.by_drug, regimen=loaded, names=drug_names)
    plan = expansion.plan(
        loaded,
        expansion.CohortOptions(
            arms=arms,
            times=options.times(choices.cycles, choices.times or ()),
            weeks=request.weeks(choices),
            percents=by_drug("--percent", options.percents(choices.percent or ())),
            bounds=request.rounded_by_drug(
                request.bounds(rounding.round or (), rounding.within, folder), loaded, drug_names
            ),
            at=options.clock("--at", at),
            drug=None if drug is None else drug_names.drug_of(drug, loaded),
            cmts=by_drug("--cmt", options.compartments(cmt or (), "DRUG=2")),
            compact=compact,
            columns=() if columns_ is None else options.columns(columns_, tuple(expansion.TEXTS)),
            covariates=_covariates(source.columns),
        ),
        default=default,
        by_row=arm_by_row,
        body=(
            options.choice("--bsa-formula", bsa_formula or DEFAULT_FORMULA, FORMULA_NAMES),
            options.area("--bsa-cap", bsa_cap),
        ),
    )
    request.tell_unused_horizon(choices, loaded, plan.options.arms)
    cautions = [*source.cautions(arms=bool(loaded.arms)), *expansion.cautions(plan)]
    for line in (*expansion.notes(plan), *(f"caution: {text}" for text in cautions)):
        output.tell(line)
    screen = _screen(plan, folder, drug_names.from_options())
    _check_strict(plan, source, screen if strict else None, cautioned=bool(cautions))
    typed = {
        **choices._asdict(), "round": rounding.round,
        "round_within": rounding.within if rounding.round else None, "bsa_formula": bsa_formula,
        "bsa_cap": bsa_cap, "at": at, "drug": drug, "cmt": cmt, "compact": compact,
    }  # fmt: skip
    metadata = files.metadata(plan, typed)
    tally = Tally(_vials(plan, folder) if summary else None, screen)
    target = (name, format_name, part_size if in_parts else 0)
    if (rejected := _write(plan, source, tally, metadata, target)) is None:
        return
    output.tell_written(output_, format_name, quiet=quiet)
    summary_file = _write_summary(tally, name, in_parts=in_parts, in_full=summary)
    output.tell_written(summary_file, "json", quiet=quiet)
    _refuse_rejected(rejected, patients, tally.patients)


def _refuse_rejected(rejected: Rejects, patients: Path, written: int) -> None:
    """Exit 1 if a patient is rejected; with a file of all, print the first and its path."""
    if rejected.first is None:
        return
    if rejected.path is not None:
        _tell_rejected([rejected.first], patients)
        output.tell(f"{shown(str(rejected.path))}: the reason for each rejected row")
    outcome = "the others were written" if written else "there are no others"
    output.tell(f"{shown(str(patients))}: {_patient_count(rejected.count)} rejected; {outcome}")
    raise typer.Exit(1)


def _check_strict(plan: Plan, source: Patients, screen: Screen | None, *, cautioned: bool) -> None:
    """Refuse to write anything if a patient cannot be scheduled, or if there is a caution.

    Args:
        screen: None = without `--strict`: refuse nothing.
        cautioned: there is a caution about the plan or the file, whoever the patients are.
    """
    if screen is None:
        return
    from il2calc.cohort import files
    from il2calc.cohort.tally import Tally

    tally = Tally(None, screen)
    rejected = files.rejected_rows(plan, source, tally)
    _tell_rejected(rejected, source.path)
    if rejected:
        problem = f"{_patient_count(len(rejected))} rejected, and nothing was written"
        raise Refused(f"{shown(str(source.path))}: {problem}")
    lines = list(tally.caution_lines())
    for line in lines:
        output.tell(line)
    if lines or cautioned:
        problem = "there are cautions, and nothing was written (--strict)"
        raise Refused(f"{shown(str(source.path))}: {problem}")


def _write(
    plan: Plan,
    source: Patients,
    tally: Tally,
    metadata: Mapping[str, Any],
    target: tuple[str | None, str, int],
) -> Rejects | None:
    """Write the rows of every patient who can be scheduled.

    Args:
        target: file or folder (None = standard output), format, rows per part (0 = no parts).

    Returns:
        the patients who cannot be scheduled; None if the reader of standard output left.
    """
    from il2calc.cohort import files

    name, format_name, part_size = target
    complete = False
    if name is None:
        rejects = files.Rejects(None, output.tell, _MOST_LISTED if sys.stderr.isatty() else None)
        errors = output.stdout_errors()
    else:
        rejects = files.Rejects(_sibling(name, "rejected.csv"), output.tell)
        errors = output.file_errors(name)
    with errors, progress_of(source.count) as progress, rejects:
        batch_size = min(part_size or files.ROWS, files.ROWS)
        batches = files.batches(plan, source, rejects.add, tally, progress, batch_size)
        if name is None:
            files.write(batches, plan.schema, metadata, sys.stdout.buffer, format_name)
            sys.stdout.buffer.flush()
        elif part_size:
            files.write_parts(batches, plan.schema, metadata, Path(name), format_name, part_size)
        else:
            with safefile.replacing(Path(name)) as stream:
                files.write(batches, plan.schema, metadata, stream, format_name)
        complete = True
    return rejects if complete else None


@contextmanager
def progress_of(count: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("patients", total=count)
        yield lambda done: bar.advance(task, done)


def _chosen_format(format_: str | None, name: str | None) -> str:
    """The format named, else by the ending; Arrow on standard output, Parquet in a folder."""
    from il2calc.cohort.files import FORMATS

    if format_ is not None:
        return options.choice("--format", format_, [*dict.fromkeys(FORMATS.values())])
    if name is None:
        return "arrow"
    if name.endswith("/"):
        return "parquet"
    if (by_ending := FORMATS.get(Path(name).suffix.lower())) is None:
        raise OptionError("--output", f"{name} names no format; end in {', '.join(FORMATS)} or /")
    return by_ending


def _refuse_target(name: str | None, patients: Path, *, in_parts: bool) -> None:
    if name is None:
        if sys.stdout.isatty():
            raise Refused("rows are not text for a terminal: add --output events.parquet")
        return
    if in_parts and Path(name).exists():
        raise Refused(f"--output {name} already exists; name a new folder")
    for file in (Path(name), _sibling(name, "rejected.csv"), _sibling(name, "summary.json")):
        with output.file_errors(file):
            output.refuse_source_file(file, patients)
    output.refuse_unwritable(name)


def _column_names(texts: list[str] | tuple[()], own_names: tuple[str, ...]) -> dict[str, str]:
    """Column as il2calc names it -> column of the file."""
    columns = {name: name for name in own_names}
    for name, column in options.pairs("--map", texts, "WT=weight_kg").items():
        columns[options.choice("--map", name, own_names)] = column
    for column in columns.values():
        if len(clashing := [name for name in columns if columns[name] == column]) > 1:
            problem = f"{column} cannot be both {' and '.join(clashing)}; map one of them elsewhere"
            raise OptionError("--map", problem)
    return columns


def _arms_present(regimen: Regimen, source: Patients) -> tuple[str, ...]:
    """The arms that some patient is in; all arms if no patient is in any."""
    present = {arm or regimen.default_arm for arm in source.arms()}
    return tuple(arm for arm in regimen.arms if arm in present) or tuple(regimen.arms)


def _covariates(columns: set[str]) -> tuple[str, ...]:
    """The body measures that are written: those that the file has."""
    has_surface = "BSA" in columns or {"WT", "HT"} <= columns
    return (*(["WT"] if "WT" in columns else []), *(["BSA"] if has_surface else []))


def _row_count(text: str) -> int:
    """A number of rows, which may have `_` between thousands."""
    count = number(text)
    if count != int(count) or not count:
        raise ValueError(f"{text!r} is not a number of rows; write it like 5_000_000")
    return int(count)


def _sibling(name: str, suffix: str) -> Path:
    """A further file of a run, such as `events.rejected.csv` beside `events.parquet`."""
    path = Path(name.rstrip("/"))
    return path.with_name(f"{path.stem}.{suffix}")


def _tell_rejected(rejected: list[Rejected], patients: Path) -> None:
    for patient in rejected[:_MOST_LISTED]:
        output.tell(shown(f"{patients}: row {patient.row}, ID {patient.id}: {patient.reason}"))
    if (unlisted := len(rejected) - _MOST_LISTED) > 0:
        output.tell(shown(f"{patients}: and {unlisted:,} more; without --strict all are listed"))


def _patient_count(count: int) -> str:
    return f"{count:,} patient{'s are' if count > 1 else ' is'}"


def _vials(plan: Plan, folder: Path | None) -> dict[str, Vial]:
    """The smallest vial by drug, if some dose takes vials whose content converts to its unit."""
    from il2calc.cohort.tally import Vial
    from il2calc.pharmacy.answers import converted

    recipes = plan.recipes()
    monographs = language.monographs({recipe.dose.drug for recipe in recipes}, folder)
    vials: dict[str, Vial] = {}
    for dose, unit in ((recipe.dose, recipe.unit) for recipe in recipes):
        if (monograph := monographs[dose.drug]) is None or not bags_of(monograph, dose)[0]:
            continue
        of_unit = []
        for product in monograph.products:
            gives = converted(product.gives.value, product.gives.unit, unit, monograph)
            if product.form == "vial" and gives is not None:
                of_unit.append(Vial(product.name, gives, unit, monograph))
        if of_unit:
            vials[dose.drug] = min(of_unit, key=attrgetter("gives"))
    return vials


def _screen(plan: Plan, folder: Path | None, drug_names: tuple[DrugName, ...]) -> Screen:
    """The screen for cautions: of the plan by arm, and of a body outside the limits of adults.

    Args:
        drug_names: names of drugs in options that the regimen does not use.
    """
    from il2calc.cohort.tally import Screen

    arms, drugs = plan.rules.needs, plan.regimen.drugs
    monographs = {arm: language.monographs(drugs(arm), folder) for arm in arms}

    def computed(arm: str | None, patient: Patient) -> Schedule:
        result = schedule.make(
            plan.regimen, patient, arm=arm, at=plan.options.at,
            times=plan.options.times, weeks=plan.options.weeks,
            percents=_of_drugs_in(plan.options.percents, plan.regimen, arm),
            bounds=_of_drugs_in(plan.options.bounds, plan.regimen, arm),
        )  # fmt: skip
        return replace(result, drug_names=drug_names)

    typical = {arm: computed(arm, _typical_patient(plan.regimen, arm)) for arm in arms}

    def plan_codes(arm: str | None, patient: Patient | None) -> set[str] | None:
        try:
            result = typical[arm] if patient is None else computed(arm, patient)
        except Il2calcError:
            return None
        cautions = of_schedule.review(result, monographs[arm])
        counted = (one for one in cautions if patient is not None or not one.of_patient)
        return {caution.code for caution in counted} - _BODY_CODES

    for_children = {arm: body.is_for_children(result) for arm, result in typical.items()}

    def body_codes(arm: str | None, patient: Patient) -> Iterator[str]:
        cautions = body.body_cautions(patient, says_child=for_children[arm])
        return (caution.code for caution in cautions)

    row_cautions = {arm: tuple(_row_cautions(plan, arm, result)) for arm, result in typical.items()}
    return Screen(plan_codes, body.UNREMARKABLE, body_codes, row_cautions)


def _row_cautions(plan: Plan, arm: str | None, schedule_: Schedule) -> Iterator[str]:
    """Cautions about what the event table of an arm lacks, unless an extra column shows it."""
    from il2calc.format import events

    code_by_column = {"AT_MOST": "events-at-most", "ONLY_IF": "events-only-if"}
    where = "event table" if arm is None else f"event table, arm {arm}"
    for caution in events.cautions(schedule_, plan.options.drug):
        if caution.code not in map(code_by_column.get, plan.options.columns):
            yield f"caution: {caution.text.replace('event table', where, 1)}"


def _typical_patient(regimen: Regimen, arm: str | None) -> Patient:
    """An adult with usual measures, moved into the bands of the amounts where these need it."""
    amounts = (dose.amount(arm) for dose in regimen.doses_in(arm))
    bands = [amount for amount in amounts if isinstance(amount, Bands)]
    usual: dict[Measure, Decimal] = {
        "weight": Decimal(70), "surface": Decimal("1.8"), "gfr": Decimal(90), "age": Decimal(480)
    }  # fmt: skip
    for measure, value in usual.items():
        usual[measure] = within_all([one for one in bands if one.measure == measure], value)
    return Patient(
        weight=usual["weight"], height=Decimal(170), surface_area=usual["surface"], sex="female",
        gfr=usual["gfr"], age=EXACT.divide(usual["age"], Decimal(MONTHS_A_YEAR)),
    )  # fmt: skip


def _of_drugs_in(by_drug: Mapping[str, Any], regimen: Regimen, arm: str | None) -> dict[str, Any]:
    return {drug: value for drug, value in by_drug.items() if drug in regimen.drugs(arm)}


def _write_summary(tally: Tally, name: str | None, *, in_parts: bool, in_full: bool) -> Path | None:
    """Print the counts, and write them beside the rows if these are in a file.

    Args:
        in_full: with doses, totals and vials; else only cautions are printed.
    """
    from il2calc.report.plain_data import document_head

    if not in_full or name is None:
        for line in tally.lines() if in_full else tally.caution_lines():
            output.tell(line)
        return None
    document = {**document_head("il2calc.cohort-summary/1"), **tally.document()}
    file = Path(name) / "summary.json" if in_parts else _sibling(name, "summary.json")
    output.write_json(document, file)
    output.write_words(tally.lines())
    return file
