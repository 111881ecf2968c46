"""What was asked for: the texts of the shared options, read and made into a schedule."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from il2calc import language
from il2calc.cli import options, output
from il2calc.cli.options import Begun, Body, Choices, Rounding
from il2calc.errors import MissingInput, OptionError, Refused, UnknownName, as_typed, nearest_slip
from il2calc.model.patient import DEFAULT_FORMULA, FORMULA_NAMES, Patient
from il2calc.model.regimen import Block, Regimen
from il2calc.pharmacy import rounding
from il2calc.plan import schedule
from il2calc.plan.dosing import Bound
from il2calc.plan.needs import openings
from il2calc.plan.schedule import Schedule
from il2calc.text import values
from il2calc.units import Quantity, alike

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Value = TypeVar("Value")

_ROUND_LIKE = '--round "DRUG=5 mg", "DRUG=0.01 mL", DRUG=vial, DRUG=tablet or DRUG=bands:FILE.csv'


class Wanted(NamedTuple):
    """The texts given about a schedule, and the user's own folder of regimens.

    Args:
        reviewed: only as somebody has signed it.
    """

    regimen: str
    choices: Choices
    rounding: Rounding
    folder: Path | None
    reviewed: bool = False


class Dates(NamedTuple):
    """When a schedule starts, and for whom, as one is made of it; all of it may be left open."""

    start: date | None = None
    first_dose: date | None = None
    at: int = schedule.DEFAULT_START
    subject: str | None = None
    zone: ZoneInfo | None = None
    date_of: tuple[int, date] | None = None


def dates(begun: Begun) -> Dates:
    """When a schedule starts, and for whom.

    Raises:
        OptionError: a text that cannot be read, or both of two dates that exclude each other.
        MissingInput: a time zone, and nothing that has a date.
    """
    anchors = {"--start": begun.start, "--first-dose": begun.first_dose, "--date-of": begun.date_of}
    given = [option for option, text in anchors.items() if text is not None]
    if given[1:]:
        raise OptionError(given[0], f"excludes {given[1]}; give one of them")
    found = Dates(
        options.day("--start", begun.start),
        options.day("--first-dose", begun.first_dose),
        options.clock("--at", begun.at),
        options.label(begun.subject),
        options.zone(begun.tz),
        options.date_of(begun.date_of),
    )
    if found.zone is not None and not given:
        raise MissingInput("--start 2026-12-01", "--tz gives dates a time zone")
    return found


def made(body: Body, wanted: Wanted, dates: Dates) -> Schedule:
    """The schedule that was asked for.

    Raises:
        OptionError: a text that cannot be read, or excludes another.
        Il2calcError: whatever the regimen refuses.
    """
    patient, choices, rounding = _patient(body), wanted.choices, wanted.rounding
    if choices.weeks is not None and choices.until is not None:
        raise OptionError("--weeks", "excludes --until; give one of them")
    if choices.until is not None and dates.first_dose is not None:
        raise OptionError("--until", "excludes --first-dose; give --start, or --weeks 24")
    counts = options.times(choices.cycles, choices.times or ())
    shares = options.percents(choices.percent or ())
    regimen = regimen_of(wanted)
    names = language.DrugNames(wanted.folder)
    rounded = bounds(rounding.round or (), rounding.within, wanted.folder)
    made = schedule.make(
        regimen,
        patient,
        **dates._asdict(),
        arm=choices.arm,
        times=counts,
        weeks=weeks(choices),
        until=options.day("--until", choices.until),
        percents=by_drug("--percent", shares, regimen, names),
        bounds=rounded_by_drug(rounded, regimen, names),
    )
    tell_idle(choices, regimen, [made.arm])
    return replace(made, asked=names.asked())


def tell_idle(choices: Choices, regimen: Regimen, arms: Sequence[str | None]) -> None:
    """Say so where a horizon was given, and nothing is open in any arm that would end at it."""
    opened = any(any(openings(regimen.body, arm)) for arm in arms)
    if (choices.weeks or choices.until) and not opened:
        option = "--weeks" if choices.weeks else "--until"
        told = "says how often everything is given, and all of it is planned"
        blocks = (block for arm in arms for block in regimen.body.in_arm(arm))
        several = (each for each in blocks if each.repeat and (each.repeat.count or 0) > 1)
        less = [f'; fewer turns: --times "{block.path}=1"' for block in several]
        output.tell(f"{option}: {regimen.id} {told}{''.join(less[:1])}")


def weeks(choices: Choices) -> int | None:
    """For how many weeks what is open is given, where that was said."""
    return None if choices.weeks is None else options.count("--weeks", choices.weeks)


def between(made: Schedule, first: date | None, last: date | None) -> Schedule:
    """A schedule of which only the rows of some dates are shown.

    Raises:
        MissingInput: it has no dates.
        OptionError: the first date is after the last.
    """
    if first is None and last is None:
        return made
    if made.start is None:
        raise MissingInput("--start 2026-12-01", "--from and --to choose rows by their dates")
    low, high = first or date.min, last or date.max
    if low > high:
        raise OptionError("--from", f"{low} is after --to {high}; give the earlier date first")
    rows = ((each, each.when) for each in made.administrations)
    shown = tuple(each for each, when in rows if when and low <= when.date() <= high)
    return replace(made, shown=shown)


def regimen_of(wanted: Wanted) -> Regimen:
    """The regimen as it is to be read: with the values set, and the rests that it leaves open.

    Raises:
        Refused: nobody has signed it as it is read, and somebody must have.
    """
    regimen = _regimen(wanted)
    if wanted.reviewed:
        refuse_unreviewed(regimen)
    return regimen


def _regimen(wanted: Wanted) -> Regimen:
    chosen = options.settings(wanted.choices.set or ())
    rests = options.pairs("--rest", wanted.choices.rest or (), '"BLOCK=6 weeks"')
    regimen = language.load(wanted.regimen, folder=wanted.folder, settings=chosen)
    if not rests:
        return regimen
    from il2calc.language import fields

    blocks = list(regimen.body.walk())
    opened = {block.path: list(block.open_rests()) for block in blocks if any(block.open_rests())}
    for name, text in rests.items():
        paths = [path for path in opened if name in (path, path.rsplit(".", 1)[-1])]
        try:
            fields.rest(text)
        except ValueError as error:
            raise OptionError("--rest", f"{name}: {error}") from None
        if len(paths) != 1:
            hint = _stated_rests(blocks, name, text)
            hint = hint if opened else f"{regimen.id} leaves no rest open. {hint}".rstrip()
            raise UnknownName("rest that is left open", name, opened, hint, nearest_slip)
        chosen += [(path, text) for path in opened[paths[0]]]
    return language.load(wanted.regimen, folder=wanted.folder, settings=chosen)


def _stated_rests(blocks: list[Block], name: str, text: str) -> str:
    """How the rests that a file states are read otherwise: those of the block named, or all."""
    stated = [
        (block, f'--set "{block.path}.{key}={text}"')
        for block in blocks
        for key in ("rest", "repeat.rest")
        if key in block.provenance and f"{block.path}.{key}" not in block.open_rests()
    ]
    own = [option for block, option in stated if name in (block.name, block.path)]
    options = own or [option for _, option in stated]
    told = f"To change a rest that the file states, use {' or '.join(options)}."
    return told if options else ""


def refuse_unreviewed(regimen: Regimen) -> None:
    """Refuse a regimen that nobody has signed, or that is read otherwise than it was signed.

    Raises:
        Refused: says what there is instead, and the way out.
    """
    from il2calc.report import notes

    signed = any(review.holds for review in regimen.reviews)
    if signed and not regimen.read_otherwise():
        return
    what = f"--require-reviewed: {regimen.id}, version {regimen.version}"
    told = f"{what}, is not signed in the form used here ({notes.reviewed(regimen)})"
    file = as_typed(regimen.origin.typed or regimen.origin.file)
    sign = f"have it reviewed, then: il2calc sign {file} --name NAME --role ROLE"
    raise Refused(f"{told}; {'leave --set out' if signed else sign}")


def _refuse_units(drug: str, text: str, bound: Bound, names: language.DrugNames) -> None:
    unit = (bound.step or bound.bands[0]).unit
    monograph = names.monograph(drug) if unit == "units" else None
    if monograph is not None and monograph.counted_in_iu():
        raise OptionError("--round", f"{text!r} {monograph.refuses_units(scaled=False)}")


def by_drug(
    option: str, named: Mapping[str, Value], regimen: Regimen, names: language.DrugNames
) -> dict[str, Value]:
    """What an option says of each drug, by the name that the regimen's drug has.

    Raises:
        OptionError: two names of one drug.
        Refused: a name of several drugs.
    """
    found: dict[str, Value] = {}
    for name, value in named.items():
        drug = language.drug_of(name, regimen, names)
        if drug in found:
            raise OptionError(option, f"{name!r} names {drug} again; give it once")
        found[drug] = value
    return found


def rounded_by_drug(
    named: Mapping[str, Bound], regimen: Regimen, names: language.DrugNames
) -> dict[str, Bound]:
    """How each drug of a regimen is rounded, by the name that it has there.

    Raises:
        OptionError: two names of one drug.
        Refused: a name of several drugs; a step or band in a unit that its doses are never in.
    """
    found = by_drug("--round", named, regimen, names)
    for drug, bound in found.items():
        amounts = (
            each for dose in regimen.doses() if dose.drug == drug for each in dose.amounts.values()
        )
        units = {each.given_in(): None for each in amounts if isinstance(each, Quantity)}
        own = (bound.step or bound.bands[0]).unit
        if units and not any(alike(own, unit) for unit in units):
            first, problem = next(iter(units)), f"{own} and {' and '.join(units)}"
            like = f'write it like --round "{drug}=1 {first}"'
            like = f"give bands in {first}" if bound.bands else like
            raise Refused(f"--round {drug}: {problem} measure different things; {like}")
    return found


def _patient(body: Body) -> Patient:
    """Whose body it is, from options, from a file of measures, or from both.

    Raises:
        OptionError: a text that cannot be read; one measure twice, or two that exclude each other.
        FaultyFile: the file has faults.
    """
    kept = from_file(body.patient, {key for key, text in body._asdict().items() if text})
    has_area = body.bsa is not None or "bsa" in kept
    tall = body.height is not None or "height" in kept
    if has_area and tall and body.sex is None and "sex" not in kept:
        also = "(with a height for an ideal weight, give --sex too)"
        raise OptionError("--bsa", f"excludes --height; give one of them, such as --bsa 1.8 {also}")
    if has_area and (body.bsa_formula is not None or "bsa_formula" in kept):
        raise OptionError("--bsa", "excludes --bsa-formula; give --weight and --height instead")
    found = Patient(
        weight=options.weight(body.weight),
        height=options.height(body.height),
        surface_area=options.area("--bsa", body.bsa),
        formula=options.choice("--bsa-formula", body.bsa_formula or DEFAULT_FORMULA, FORMULA_NAMES),
        sex=options.sex_of(body.sex),
        surface_cap=options.area("--bsa-cap", body.bsa_cap),
        age=options.age(body.age),
    )
    if kept:
        from il2calc.language.log_keys import BODY

        found = replace(found, **{BODY[key]: value for key, value in kept.items()})
    return found if body.gfr is None else replace(found, gfr=options.gfr(body.gfr, found))


def from_file(file: Path | None, typed: Container[str]) -> dict[str, Any]:
    """What a file says of a patient, by the keys of a log; nothing where there is no file.

    Args:
        typed: the keys of what was typed.

    Raises:
        OptionError: a measure was typed, too.
        FaultyFile: the file has faults.
    """
    if file is None:
        return {}
    from il2calc.language import log_file

    found = log_file.measures(file)
    if twice := [key.replace("_", "-") for key in found if key in typed]:
        both = " and ".join(twice)
        raise OptionError("--patient", f"{file} says {both}, given as an option too; give it once")
    return found


def bounds(texts: Iterable[str], within: str, folder: Path | None) -> dict[str, Bound]:
    """How each drug is rounded, from every `--round DRUG=...`.

    Raises:
        OptionError: a text that cannot be read.
        Refused: no vials, tablets or one concentration; a band file with gaps.
    """
    most = options.percentage("--round-within", within, "10%")
    names = language.DrugNames(folder)
    found: dict[str, Bound] = {}
    for drug, text in options.pairs("--round", texts, _ROUND_LIKE).items():
        if text in ("vial", "tablet"):
            found[drug] = Bound(rounding.smallest(names.monograph(drug), drug, text), within=most)
        elif text == "bands:":
            raise OptionError("--round", f"'{drug}=bands:' names no file; write {_ROUND_LIKE}")
        elif text.startswith("bands:"):
            bands = rounding.bands_of(Path(text.removeprefix("bands:")))
            found[drug] = Bound(bands=bands, within=most)
        else:
            reader = partial(values.whole_amount, like=f"'{drug}=5 mg', or {drug}=vial")
            step = options.read("--round", reader, text)
            if step.unit == "mL":
                step = rounding.drawn(names.monograph(drug), drug, step)
            found[drug] = Bound(step, within=most)
        _refuse_units(drug, text, found[drug], names)
    return found
