"""What a careful pharmacist would point out about a finished schedule.

A caution is never a reason to leave a row out: it is told, and marked on the rows it touches.
"""

from __future__ import annotations

from collections.abc import Iterator

from il2calc.administration import Administration, numbered
from il2calc.daytimes import DAY, clock
from il2calc.patient import BMI_RANGE
from il2calc.schedule import Caution, Schedule
from il2calc.units import short


def review(schedule: Schedule) -> tuple[Caution, ...]:
    """Everything that should be pointed out, what the user chose first."""
    return tuple(
        caution
        for find in (
            _hidden_file,
            _read_otherwise,
            _percentages,
            _default_arm,
            _arm,
            _capped_surface,
            _body_size,
            _outside_planned_days,
            _given_twice,
            _rounding_undone,
            _clock_changes,
        )
        for caution in find(schedule)
    )


def _hidden_file(schedule: Schedule) -> Iterator[Caution]:
    if text := schedule.regimen.origin.hiding(schedule.regimen.id):
        yield Caution("hides-shipped", text)


def _read_otherwise(schedule: Schedule) -> Iterator[Caution]:
    every = tuple(each.number for each in schedule.administrations)
    for setting in schedule.regimen.settings:
        yield Caution("set", f"read otherwise than the file: {setting.in_safe_style()}", every)


def _percentages(schedule: Schedule) -> Iterator[Caution]:
    for drug, percent in schedule.percents.items():
        if percent == 100:
            continue
        touched = _numbers(each for each in schedule.administrations if each.dose.drug == drug)
        text = f"{drug} is given at {short(percent)} % of the amount in the file"
        if percent < 100 and schedule.regimen.never_reduce:
            text += ", which says to withhold doses and never to reduce them"
        yield Caution("percent", text, touched)


def _default_arm(schedule: Schedule) -> Iterator[Caution]:
    if schedule.arm_by_default:
        arms = ", ".join(schedule.regimen.arms)
        text = f"no --arm was given; {schedule.arm} is the file's default (arms: {arms})"
        yield Caution("default-arm", text)


def _arm(schedule: Schedule) -> Iterator[Caution]:
    if schedule.arm is not None and (text := schedule.regimen.arms[schedule.arm].caution):
        yield Caution("arm", text)


def _capped_surface(schedule: Schedule) -> Iterator[Caution]:
    patient = schedule.patient
    area, cap = patient.uncapped(), patient.surface_cap
    if area is not None and cap is not None and area > cap:
        touched = _numbers(
            each
            for each in schedule.administrations
            if each.dose.amount(schedule.arm).basis == "m2"
        )
        text = f"body surface area {short(area)} m2 is counted as {short(cap)} m2 (--bsa-cap)"
        yield Caution("bsa-cap", text, touched, of_patient=True)


def _body_size(schedule: Schedule) -> Iterator[Caution]:
    bmi = schedule.patient.bmi()
    low, high = BMI_RANGE
    if bmi is not None and not low <= bmi <= high:
        text = (
            f"weight and height give a body mass index of {short(bmi)} kg/m2, outside {low} to "
            f"{high} (limits assumed by il2calc); check both and their units"
        )
        yield Caution("body-size", text, of_patient=True)


def _outside_planned_days(schedule: Schedule) -> Iterator[Caution]:
    touched = _numbers(each for each in schedule.administrations if each.outside)
    if touched:
        start = clock(schedule.start_minute)
        one = len(touched) == 1
        days = [each.regimen_day for each in schedule.administrations if each.outside]
        which, whose = ("1 dose falls", "its") if one else (f"{len(touched)} doses fall", "their")
        rows = f"{numbered('row', touched)}: {numbered('regimen day', days)}"
        text = (
            f"{which} outside the planned days of {whose} repeat because each day begins at "
            f"{start} ({rows}); no block is lengthened by it"
        )
        yield Caution("outside-planned-days", text, touched)


def _given_twice(schedule: Schedule) -> Iterator[Caution]:
    """A day before its turn may meet the same drug where fewer turns moved the turn closer."""
    by_day: dict[tuple[str, int], list[Administration]] = {}
    for each in schedule.administrations:
        by_day.setdefault((each.dose.drug, each.regimen_day), []).append(each)
    for (drug, day), rows in by_day.items():
        turns = {each.turn for each in rows}
        reaching = [each for each in rows if each.minute // DAY < each.turn.start]
        if len(turns) > 1 and reaching:
            text = f"{drug} is given on regimen day {day} by more than one block turn"
            yield Caution("given-twice", text, _numbers(rows))


def _rounding_undone(schedule: Schedule) -> Iterator[Caution]:
    undone: dict[str, list[Administration]] = {}
    for each in schedule.administrations:
        if each.dosed.not_rounded_because is not None:
            text = f"{each.dose.path}: not rounded, for {each.dosed.not_rounded_because}"
            undone.setdefault(text, []).append(each)
    for text, rows in undone.items():
        yield Caution("not-rounded", text, _numbers(rows))


def _clock_changes(schedule: Schedule) -> Iterator[Caution]:
    if schedule.zone is not None:
        from il2calc import clock_changes

        yield from clock_changes.told(schedule)


def _numbers(rows: Iterator[Administration] | list[Administration]) -> tuple[int, ...]:
    return tuple(each.number for each in rows)
