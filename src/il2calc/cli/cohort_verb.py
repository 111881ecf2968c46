"""The verb `cohort`: the event rows of many virtual patients."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from il2calc import language
from il2calc.cli import options, output, request
from il2calc.cli.options import Choices, Rounding, Text, Texts, option
from il2calc.cli.request import Wanted
from il2calc.errors import Il2calcError, OptionError, Refused, shown
from il2calc.model.measure import MONTHS_A_YEAR, Bands, Measure, within_all
from il2calc.model.patient import DEFAULT_FORMULA, FORMULA_NAMES, Patient
from il2calc.model.regimen import Regimen
from il2calc.pharmacy import rounding
from il2calc.plan import schedule
from il2calc.plan.needs import arm_of
from il2calc.plan.schedule import Schedule
from il2calc.review import body, of_schedule
from il2calc.text import safefile
from il2calc.units import EXACT, convert, number, same_dimension

if TYPE_CHECKING:
    from il2calc.cohort.expansion import Plan
    from il2calc.cohort.files import Rejects
    from il2calc.cohort.patients import Patients, Rejected
    from il2calc.cohort.tally import Screen, Tally, Vial
    from il2calc.model.drug import DrugName

_MOST_TOLD = 10
_OF_BODY = {"body-size", "gfr"}
"""Codes of cautions about a body alone, which are counted over every patient."""


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
    """Lay a regimen out for every patient of a file."""
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
    into = _format(format_, name)
    parts = name is not None and name.endswith("/")
    if part_rows is not None and not parts:
        raise OptionError("--part-rows", "goes with a folder; write it like -o events/")
    most = options.read("--part-rows", _rows, part_rows or "5_000_000")
    names = _mapped(map_ or (), COLUMNS)
    source = Patients(patients, names, [name for name in names if names[name] != name])
    _refuse_place(name, patients, parts=parts)
    loaded = request.regimen_of(Wanted(regimen, choices, rounding, folder, reviewed))
    known = language.DrugNames(folder)
    by_row = "ARM" in source.columns
    if by_row and choices.arm is not None:
        raise OptionError("--arm", f"{patients} has a column ARM; give one of them")
    if by_row and not loaded.arms:
        raise Refused(f"{loaded.id} has no arms, and {patients} has a column ARM; leave it out")
    default = loaded.default_arm if by_row else arm_of(loaded, choices.arm)
    arms = _arms(loaded, source) if by_row else (default,)
    by_drug = partial(request.by_drug, regimen=loaded, names=known)
    plan = expansion.plan(
        loaded,
        expansion.Wanted(
            arms=arms,
            times=options.times(choices.cycles, choices.times or ()),
            weeks=request.weeks(choices),
            percents=by_drug("--percent", options.percents(choices.percent or ())),
            bounds=request.rounded_by_drug(
                request.bounds(rounding.round or (), rounding.within, folder), loaded, known
            ),
            at=options.clock("--at", at),
            drug=None if drug is None else language.drug_of(drug, loaded, known),
            cmts=by_drug("--cmt", options.compartments(cmt or (), "DRUG=2")),
            compact=compact,
            columns=() if columns_ is None else options.columns(columns_, tuple(expansion.TEXTS)),
            covariates=_covariates(source.columns),
        ),
        default=default,
        by_row=by_row,
        body=(
            options.choice("--bsa-formula", bsa_formula or DEFAULT_FORMULA, FORMULA_NAMES),
            options.area("--bsa-cap", bsa_cap),
        ),
    )
    request.tell_idle(choices, loaded, plan.wanted.arms)
    cautions = [*source.cautions(arms=bool(loaded.arms)), *expansion.cautions(plan)]
    for line in (*expansion.told(plan), *(f"caution: {text}" for text in cautions)):
        output.tell(line)
    screen = _screen(plan, folder, known.asked())
    _stop(plan, source, screen if strict else None, cautioned=bool(cautions))
    typed = {
        **choices._asdict(), "round": rounding.round,
        "round_within": rounding.within if rounding.round else None, "bsa_formula": bsa_formula,
        "bsa_cap": bsa_cap, "at": at, "drug": drug, "cmt": cmt, "compact": compact,
    }  # fmt: skip
    told = files.metadata(plan, typed)
    tally = Tally(_vials(plan, folder) if summary else None, screen)
    if (rejected := _write(plan, source, tally, told, (name, into, most if parts else 0))) is None:
        return
    output.written(output_, into, quiet=quiet)
    where = _summarise(tally, name, parts=parts, whole=summary)
    output.written(where, "json", quiet=quiet)
    _refuse_rejected(rejected, patients, tally.patients)


def _refuse_rejected(rejected: Rejects, patients: Path, others: int) -> None:
    """Exit 1 where somebody is rejected; the first is told with the file that has them all."""
    if rejected.first is None:
        return
    if rejected.path is not None:
        _tell([rejected.first], patients)
        output.tell(f"{shown(str(rejected.path))}: the reason for each rejected row")
    rest = "the others were written" if others else "there are no others"
    output.tell(f"{shown(str(patients))}: {_patients(rejected.count)} rejected; {rest}")
    raise typer.Exit(1)


def _stop(plan: Plan, source: Patients, screen: Screen | None, *, cautioned: bool) -> None:
    """Write nothing where a patient cannot be scheduled, or where there is a caution.

    Args:
        screen: None = whatever there is, the rows are written.
        cautioned: of the plan or the file, whoever the patients are.
    """
    if screen is None:
        return
    from il2calc.cohort import files
    from il2calc.cohort.tally import Tally

    tally = Tally(None, screen)
    wrong = files.rejected_rows(plan, source, tally)
    _tell(wrong, source.path)
    if wrong:
        problem = f"{_patients(len(wrong))} rejected, and nothing was written"
        raise Refused(f"{shown(str(source.path))}: {problem}")
    told = list(tally.cautioned())
    for line in told:
        output.tell(line)
    if told or cautioned:
        problem = "there are cautions, and nothing was written (--strict)"
        raise Refused(f"{shown(str(source.path))}: {problem}")


def _write(
    plan: Plan,
    source: Patients,
    tally: Tally,
    told: Mapping[str, Any],
    target: tuple[str | None, str, int],
) -> Rejects | None:
    """Write the rows of everybody who can be scheduled; who cannot, unless the reader has left.

    Args:
        target: the file or folder (None = standard output), the format, rows of a part (0 = one).

    Raises:
        Refused: what cannot be written.
    """
    from il2calc.cohort import files

    name, into, most = target
    whole = False
    if name is None:
        rejects = files.Rejects(None, output.tell, _MOST_TOLD if sys.stderr.isatty() else None)
        placing = output.leaving()
    else:
        rejects = files.Rejects(_beside(name, "rejected.csv"), output.tell)
        placing = output.placing(name)
    with placing, progress_of(source.count) as progress, rejects:
        at_once = min(most or files.ROWS, files.ROWS)
        found = files.batches(plan, source, rejects.add, tally, progress, at_once)
        if name is None:
            files.write(found, plan.schema, told, sys.stdout.buffer, into)
            sys.stdout.buffer.flush()
        elif most:
            files.write_parts(found, plan.schema, told, Path(name), into, most)
        else:
            with safefile.whole(Path(name)) as stream:
                files.write(found, plan.schema, told, stream, into)
        whole = True
    return rejects if whole else None


@contextmanager
def progress_of(count: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, nothing anywhere else."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("patients", total=count)
        yield lambda done: bar.advance(task, done)


def _format(format_: str | None, name: str | None) -> str:
    """The format that is named, else the one that the ending says; Arrow on standard output."""
    from il2calc.cohort.files import FORMATS

    if format_ is not None:
        return options.choice("--format", format_, [*dict.fromkeys(FORMATS.values())])
    if name is None:
        return "arrow"
    if name.endswith("/"):
        return "parquet"
    if (said := FORMATS.get(Path(name).suffix.lower())) is None:
        raise OptionError("--output", f"{name} names no format; end in {', '.join(FORMATS)} or /")
    return said


def _refuse_place(name: str | None, patients: Path, *, parts: bool) -> None:
    if name is None:
        if sys.stdout.isatty():
            raise Refused("rows are not text for a terminal: add --output events.parquet")
        return
    if parts and Path(name).exists():
        raise Refused(f"--output {name} already exists; name a new folder")
    for file in (Path(name), _beside(name, "rejected.csv"), _beside(name, "summary.json")):
        with output.placing(file):
            output.refuse_kept(file, patients)


def _mapped(texts: list[str] | tuple[()], known: tuple[str, ...]) -> dict[str, str]:
    """Column of il2calc's -> column of the file."""
    found = {name: name for name in known}
    for name, column in options.pairs("--map", texts, "WT=weight_kg").items():
        found[options.choice("--map", name, known)] = column
    for column in found.values():
        if len(both := [name for name in found if found[name] == column]) > 1:
            problem = f"{column} cannot be both {' and '.join(both)}; map one of them elsewhere"
            raise OptionError("--map", problem)
    return found


def _arms(regimen: Regimen, source: Patients) -> tuple[str, ...]:
    """The arms that somebody is in; all of them where nobody is in any."""
    named = {arm or regimen.default_arm for arm in source.arms()}
    return tuple(arm for arm in regimen.arms if arm in named) or tuple(regimen.arms)


def _covariates(there: set[str]) -> tuple[str, ...]:
    """Which measures of a body are written: those that the file tells."""
    surface = "BSA" in there or {"WT", "HT"} <= there
    return (*(["WT"] if "WT" in there else []), *(["BSA"] if surface else []))


def _rows(text: str) -> int:
    """A number of rows, which may have `_` between groups of three."""
    found = number(text)
    if found != int(found) or not found:
        raise ValueError(f"{text!r} is not a number of rows; write it like 5_000_000")
    return int(found)


def _beside(name: str, what: str) -> Path:
    """The file for what else a run says: `events.parquet` has `events.rejected.csv` beside it."""
    path = Path(name.rstrip("/"))
    return path.with_name(f"{path.stem}.{what}")


def _tell(wrong: list[Rejected], patients: Path) -> None:
    for one in wrong[:_MOST_TOLD]:
        output.tell(shown(f"{patients}: row {one.row}, ID {one.id}: {one.reason}"))
    if (more := len(wrong) - _MOST_TOLD) > 0:
        output.tell(shown(f"{patients}: and {more:,} more; without --strict all are listed"))


def _patients(count: int) -> str:
    return f"{count:,} patient{'s are' if count > 1 else ' is'}"


def _vials(plan: Plan, folder: Path | None) -> dict[str, Vial]:
    """The vials that the monographs know, by drug."""
    drugs = {recipe.dose.drug: recipe.unit for one in plan.layouts for recipe in one.recipes}
    found = language.monographs(drugs, folder)
    vials = {drug: _vial(found[drug], drug, unit) for drug, unit in drugs.items()}
    return {drug: vial for drug, vial in vials.items() if vial is not None}


def _vial(monograph: Any, drug: str, unit: str) -> Vial | None:
    """The smallest vial of a drug, where it is counted in the unit of the dose."""
    from il2calc.cohort.tally import Vial

    try:
        gives = rounding.smallest(monograph, drug, "vial")
    except Refused:
        return None
    if not same_dimension(gives.unit, unit):
        return None
    (name, *_) = (one.name for one in monograph.products if gives in (one.delivers, one.contains))
    return Vial(name, convert(gives.value, gives.unit, unit))


def _screen(plan: Plan, folder: Path | None, asked: tuple[DrugName, ...]) -> Screen:
    """Cautions of the plan by arm, and of a body outside the limits of adults.

    Args:
        asked: what options call drugs, where the regimen does not call them so.
    """
    from il2calc.cohort.tally import Screen

    arms, drugs = plan.rules.needs, plan.regimen.drugs
    monographs = {arm: language.monographs(drugs(arm), folder) for arm in arms}

    def made(arm: str | None, patient: Patient) -> Schedule:
        found = schedule.make(
            plan.regimen, patient, arm=arm, at=plan.wanted.at,
            times=plan.wanted.times, weeks=plan.wanted.weeks,
            percents=_of_arm(plan.wanted.percents, plan.regimen, arm),
            bounds=_of_arm(plan.wanted.bounds, plan.regimen, arm),
        )  # fmt: skip
        return replace(found, asked=asked)

    usual = {arm: made(arm, _usual(plan.regimen, arm)) for arm in arms}

    def of_plan(arm: str | None, patient: Patient | None) -> set[str] | None:
        try:
            one = usual[arm] if patient is None else made(arm, patient)
        except Il2calcError:
            return None
        told = of_schedule.review(one, monographs[arm])
        counted = (each for each in told if patient is not None or not each.of_patient)
        return {each.code for each in counted} - _OF_BODY

    of_body = partial(body.of_body, says_child=body.of_children([*usual.values()][-1]))
    of_rows = {arm: tuple(_of_rows(plan, arm, one)) for arm, one in usual.items()}
    return Screen(
        of_plan, body.UNTOLD, lambda patient: (one.code for one in of_body(patient)), of_rows
    )


def _of_rows(plan: Plan, arm: str | None, usual: Schedule) -> Iterator[str]:
    """What an event table cannot say of the rows of an arm, unless a column says it."""
    from il2calc.format import events

    by_column = {"AT_MOST": "events-at-most", "ONLY_IF": "events-only-if"}
    where = "event table" if arm is None else f"event table, arm {arm}"
    for caution in events.cautions(usual, plan.wanted.drug):
        if caution.code not in map(by_column.get, plan.wanted.columns):
            yield f"caution: {caution.text.replace('event table', where, 1)}"


def _usual(regimen: Regimen, arm: str | None) -> Patient:
    """An adult of no unusual measure, except where the bands of amounts are for somebody else."""
    amounts = (one.amount(arm) for one in regimen.doses_in(arm))
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


def _of_arm(named: Mapping[str, Any], regimen: Regimen, arm: str | None) -> dict[str, Any]:
    return {drug: value for drug, value in named.items() if drug in regimen.drugs(arm)}


def _summarise(tally: Tally, name: str | None, *, parts: bool, whole: bool) -> Path | None:
    """Print what was counted, and write it beside the rows, where these went into a file.

    Args:
        whole: what is given too; else only cautions are told.
    """
    from il2calc.format import json
    from il2calc.report.plain_data import headed

    if not whole or name is None:
        for line in tally.lines() if whole else tally.cautioned():
            output.tell(line)
        return None
    document = {**headed("il2calc.cohort-summary/1"), **tally.document()}
    where = Path(name) / "summary.json" if parts else _beside(name, "summary.json")
    output.write_data(json.dumped(document), where)
    output.write_words(tally.lines())
    return where
