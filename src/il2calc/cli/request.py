"""From the texts of the shared options to a regimen, a patient and a schedule."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from il2calc import language
from il2calc.cli import options, output
from il2calc.cli.options import Body, Choices, Dating, Rounding
from il2calc.errors import MissingInput, OptionError, Refused, UnknownName, as_typed, nearest_slip
from il2calc.model.measure import quantities
from il2calc.model.patient import DEFAULT_FORMULA, FORMULA_NAMES, Patient
from il2calc.model.regimen import Block, Regimen
from il2calc.pharmacy import rounding
from il2calc.plan import schedule
from il2calc.plan.calendar import DEFAULT_START
from il2calc.plan.dosing import Bound
from il2calc.plan.needs import openings
from il2calc.plan.schedule import Schedule
from il2calc.text import values
from il2calc.units import addable

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Value = TypeVar("Value")

_ROUND_LIKE = '--round "DRUG=5 mg", "DRUG=0.01 mL", DRUG=vial, DRUG=tablet or DRUG=bands:FILE.csv'


class Selection(NamedTuple):
    """Which regimen is scheduled, and how: texts of options, and the user's own library folder.

    Args:
        reviewed: refuse the regimen unless somebody signed it in its present form.
    """

    regimen: str
    choices: Choices
    rounding: Rounding
    folder: Path | None
    reviewed: bool = False


class Dates(NamedTuple):
    """When a schedule starts, and for whom; all of it may be left open."""

    start: date | None = None
    first_dose: date | None = None
    at: int = DEFAULT_START
    subject: str | None = None
    zone: ZoneInfo | None = None
    date_of: tuple[int, date] | None = None


def dates(typed: Dating) -> Dates:
    """When a schedule starts, and for whom.

    Raises:
        OptionError: a text that cannot be read, or two dates that exclude each other.
        MissingInput: a time zone without a date.
    """
    anchors = {"--start": typed.start, "--first-dose": typed.first_dose, "--date-of": typed.date_of}
    given = [option for option, text in anchors.items() if text is not None]
    if given[1:]:
        raise OptionError(given[0], f"excludes {given[1]}; give one of them")
    dates = Dates(
        options.day("--start", typed.start),
        options.day("--first-dose", typed.first_dose),
        options.clock("--at", typed.at),
        options.label(typed.subject),
        options.zone(typed.tz),
        options.date_of(typed.date_of),
    )
    if dates.zone is not None and not given:
        raise MissingInput("--start 2026-12-01", "--tz gives dates a time zone")
    return dates


def make_schedule(body: Body, selection: Selection, dates: Dates) -> Schedule:
    """The schedule for the options given.

    Raises:
        OptionError: a text that cannot be read, or excludes another.
        Il2calcError: the regimen cannot be scheduled so.
    """
    patient, choices, rounding = _patient(body), selection.choices, selection.rounding
    if choices.weeks is not None and choices.until is not None:
        raise OptionError("--weeks", "excludes --until; give one of them")
    if choices.until is not None and dates.first_dose is not None:
        raise OptionError("--until", "excludes --first-dose; give --start, or --weeks 24")
    counts = options.times(choices.cycles, choices.times or ())
    percents = options.percents(choices.percent or ())
    regimen = regimen_of(selection)
    names = language.DrugNames(selection.folder)
    rounded = bounds(rounding.round or (), rounding.within, selection.folder)
    result = schedule.make(
        regimen,
        patient,
        **dates._asdict(),
        arm=choices.arm,
        times=counts,
        weeks=weeks(choices),
        until=options.day("--until", choices.until),
        percents=by_drug("--percent", percents, regimen, names),
        bounds=rounded_by_drug(rounded, regimen, names),
    )
    tell_unused_horizon(choices, regimen, [result.arm])
    return replace(result, drug_names=names.from_options())


def tell_unused_horizon(choices: Choices, regimen: Regimen, arms: Sequence[str | None]) -> None:
    """Tell that `--weeks` or `--until` has no effect, if no arm has an open-ended block."""
    has_open_block = any(any(openings(regimen.body, arm)) for arm in arms)
    if (choices.weeks or choices.until) and not has_open_block:
        option = "--weeks" if choices.weeks else "--until"
        problem = "says how often everything is given, and all of it is planned"
        blocks = (block for arm in arms for block in regimen.body.in_arm(arm))
        repeated = (block for block in blocks if block.repeat and (block.repeat.count or 0) > 1)
        hints = [f'; fewer turns: --times "{block.path}=1"' for block in repeated]
        output.tell(f"{option}: {regimen.id} {problem}{''.join(hints[:1])}")


def weeks(choices: Choices) -> int | None:
    """The number of weeks that open-ended blocks last, if given."""
    return None if choices.weeks is None else options.count("--weeks", choices.weeks)


def limited_to_dates(schedule: Schedule, first: date | None, last: date | None) -> Schedule:
    """A schedule that shows only the rows of some dates.

    Raises:
        MissingInput: it has no dates.
        OptionError: the first date is after the last.
    """
    if first is None and last is None:
        return schedule
    if schedule.start is None:
        raise MissingInput("--start 2026-12-01", "--from and --to choose rows by their dates")
    low, high = first or date.min, last or date.max
    if low > high:
        raise OptionError("--from", f"{low} is after --to {high}; give the earlier date first")
    rows = ((row, row.when) for row in schedule.administrations)
    shown = tuple(row for row, moment in rows if moment and low <= moment.date() <= high)
    return replace(schedule, shown=shown)


def regimen_of(selection: Selection) -> Regimen:
    """The regimen, read with the values of `--set` and `--rest`.

    Raises:
        Refused: it must be reviewed, and nobody signed it in this form.
    """
    regimen = _read_regimen(selection)
    if selection.reviewed:
        refuse_unreviewed(regimen)
    return regimen


def _read_regimen(selection: Selection) -> Regimen:
    settings = options.settings(selection.choices.set or ())
    rests = options.pairs("--rest", selection.choices.rest or (), '"BLOCK=6 weeks"')
    regimen = language.load(selection.regimen, folder=selection.folder, settings=settings)
    if not rests:
        return regimen
    from il2calc.language import fields

    blocks = list(regimen.body.walk())
    unset = {block.path: list(block.open_rests()) for block in blocks if any(block.open_rests())}
    for name, text in rests.items():
        paths = [path for path in unset if name in (path, path.rsplit(".", 1)[-1])]
        try:
            fields.rest(text)
        except ValueError as error:
            raise OptionError("--rest", f"{name}: {error}") from None
        if len(paths) != 1:
            hint = _stated_rests(blocks, name, text)
            hint = hint if unset else f"{regimen.id} leaves no rest open. {hint}".rstrip()
            raise UnknownName("rest that is left open", name, unset, hint, nearest_slip)
        settings += [(path, text) for path in unset[paths[0]]]
    return language.load(selection.regimen, folder=selection.folder, settings=settings)


def _stated_rests(blocks: list[Block], name: str, text: str) -> str:
    """How to change the rests that a file states: those of the block named, or else all."""
    stated = [
        (block, f'--set "{block.path}.{key}={text}"')
        for block in blocks
        for key in ("rest", "repeat.rest")
        if key in block.provenance and f"{block.path}.{key}" not in block.open_rests()
    ]
    of_block = [option for block, option in stated if name in (block.name, block.path)]
    fitting = of_block or [option for _, option in stated]
    hint = f"To change a rest that the file states, use {' or '.join(fitting)}."
    return hint if fitting else ""


def refuse_unreviewed(regimen: Regimen) -> None:
    """Refuse a regimen that nobody signed, or that is read in another form than the signed one.

    Raises:
        Refused: names the state of its reviews, and the way out.
    """
    from il2calc.report import notes

    signed = any(review.holds for review in regimen.reviews)
    if signed and not regimen.is_changed():
        return
    subject = f"--require-reviewed: {regimen.id}, version {regimen.version}"
    problem = f"{subject}, is not signed in the form used here ({notes.review_text(regimen)})"
    file = as_typed(regimen.origin.typed or regimen.origin.file)
    sign = f"have it reviewed, then: il2calc sign {file} --name NAME --role ROLE"
    raise Refused(f"{problem}; {'leave --set out' if signed else sign}")


def _refuse_plain_units(drug: str, text: str, bound: Bound, names: language.DrugNames) -> None:
    unit = (bound.step or bound.bands[0]).unit
    monograph = names.monograph(drug) if unit == "units" else None
    if monograph is not None and monograph.counted_in_iu():
        raise OptionError("--round", f"{text!r} {monograph.refuses_units(scaled=False)}")


def by_drug(
    option: str, named: Mapping[str, Value], regimen: Regimen, names: language.DrugNames
) -> dict[str, Value]:
    """The values that an option gives by drug, under the drug names of the regimen.

    Raises:
        OptionError: two names of one drug.
        Refused: a name of several drugs.
    """
    values_by_drug: dict[str, Value] = {}
    for name, value in named.items():
        drug = names.drug_of(name, regimen)
        if drug in values_by_drug:
            raise OptionError(option, f"{name!r} names {drug} again; give it once")
        values_by_drug[drug] = value
    return values_by_drug


def rounded_by_drug(
    named: Mapping[str, Bound], regimen: Regimen, names: language.DrugNames
) -> dict[str, Bound]:
    """How each drug is rounded, under the drug names of the regimen.

    Raises:
        OptionError: two names of one drug.
        Refused: a name of several drugs; a step or band in a unit that does not fit its doses.
    """
    bounds = by_drug("--round", named, regimen, names)
    for drug, bound in bounds.items():
        doses = (dose for dose in regimen.doses() if dose.drug == drug)
        amounts = (quantities(amount) for dose in doses for amount in dose.amounts.values())
        units = {one.given_in(): None for several in amounts for one in several}
        bound_unit = (bound.step or bound.bands[0]).unit
        if units and not any(addable(bound_unit, unit) for unit in units):
            first, problem = next(iter(units)), f"{bound_unit} and {' and '.join(units)}"
            like = f'write it like --round "{drug}=1 {first}"'
            like = f"give bands in {first}" if bound.bands else like
            raise Refused(f"--round {drug}: {problem} measure different things; {like}")
    return bounds


def _patient(body: Body) -> Patient:
    """The patient, from options, a file of measures, or both."""
    measures = measures_in_file(body.patient, {key for key, text in body._asdict().items() if text})
    has_area = body.bsa is not None or "bsa" in measures
    has_height = body.height is not None or "height" in measures
    if has_area and has_height and body.sex is None and "sex" not in measures:
        also = "(with a height for an ideal weight, give --sex too)"
        raise OptionError("--bsa", f"excludes --height; give one of them, such as --bsa 1.8 {also}")
    if has_area and (body.bsa_formula is not None or "bsa_formula" in measures):
        raise OptionError("--bsa", "excludes --bsa-formula; give --weight and --height instead")
    patient = Patient(
        weight=options.weight(body.weight),
        height=options.height(body.height),
        surface_area=options.area("--bsa", body.bsa),
        formula=options.choice("--bsa-formula", body.bsa_formula or DEFAULT_FORMULA, FORMULA_NAMES),
        sex=options.sex_of(body.sex),
        surface_cap=options.area("--bsa-cap", body.bsa_cap),
        age=options.age(body.age),
    )
    if measures:
        from il2calc.language.log_keys import BODY

        patient = replace(patient, **{BODY[key]: value for key, value in measures.items()})
    return patient if body.gfr is None else replace(patient, gfr=options.gfr(body.gfr, patient))


def measures_in_file(file: Path | None, typed: Container[str]) -> dict[str, Any]:
    """The measures in a patient file, by their keys in a log; empty without a file.

    Args:
        typed: the keys of the measures that are also given as options.

    Raises:
        OptionError: a measure is in the file and an option.
        FaultyFile: the file has faults.
    """
    if file is None:
        return {}
    from il2calc.language import log_file

    measures = log_file.measures(file)
    if repeated := [key.replace("_", "-") for key in measures if key in typed]:
        both = " and ".join(repeated)
        raise OptionError("--patient", f"{file} says {both}, given as an option too; give it once")
    return measures


def bounds(texts: Iterable[str], within: str, folder: Path | None) -> dict[str, Bound]:
    """How each drug is rounded, from every `--round DRUG=...`.

    Raises:
        OptionError: a text that cannot be read.
        Refused: no vial or tablet is known, or several concentrations; a band file with gaps.
    """
    limit = options.percentage("--round-within", within, "10%")
    names = language.DrugNames(folder)
    result: dict[str, Bound] = {}
    for drug, text in options.pairs("--round", texts, _ROUND_LIKE).items():
        if text in ("vial", "tablet"):
            smallest = rounding.smallest(names.monograph(drug), drug, text)
            result[drug] = Bound(smallest, within=limit)
        elif text == "bands:":
            raise OptionError("--round", f"'{drug}=bands:' names no file; write {_ROUND_LIKE}")
        elif text.startswith("bands:"):
            bands = rounding.read_bands(Path(text.removeprefix("bands:")))
            result[drug] = Bound(bands=bands, within=limit)
        else:
            reader = partial(values.whole_amount, like=f"'{drug}=5 mg', or {drug}=vial")
            step = options.read("--round", reader, text)
            if step.unit == "mL":
                step = rounding.amount_in_volume(names.monograph(drug), drug, step)
            result[drug] = Bound(step, within=limit)
        _refuse_plain_units(drug, text, result[drug], names)
    return result
