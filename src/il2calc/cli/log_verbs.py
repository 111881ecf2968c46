"""The verbs of a course log: `log start`, and one for each kind of entry.

Those that add an entry, such as `log given`, are built from the table of effects in `model.log`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from il2calc import language
from il2calc.cli import log_options, options, output, request
from il2calc.cli.courses import (
    INITIALS,
    AsOf,
    By,
    EntryOptions,
    Reason,
    broken_entries,
    enter,
    name_in_log,
    tell_last_hash,
)
from il2calc.cli.options import Body, Choices, Dating, PatientFile, Rounding, Text, option
from il2calc.cli.request import Selection
from il2calc.course import Course
from il2calc.errors import (
    FaultyFile,
    MissingInput,
    OptionError,
    Refused,
    as_typed,
    how_many,
    numbered,
    shown,
)
from il2calc.language import log_chain, log_file, log_keys, log_writing
from il2calc.model.effects import Amended, Effect, Resealed
from il2calc.model.log import EFFECTS, FORMAT, SHOWN, Entry, Fact, Form, Log
from il2calc.model.regimen import OPEN
from il2calc.plan.needs import openings
from il2calc.plan.schedule import Schedule
from il2calc.review import of_record, of_schedule

Who = Annotated[Text, option("--who LABEL", INITIALS, envvar="IL2CALC_BY")]
RegimenFile = Annotated[str, option("--regimen", "Id or path.")]
KEYWORD = Parameter.KEYWORD_ONLY


def verbs(only: str | None) -> typer.Typer:
    """The verbs within `log`.

    Args:
        only: the one verb to build; if it is not a verb of `log`, all are built.
    """
    makers: dict[str, tuple[str, Callable[[], Callable[..., None]]]] = {
        "start": ("Start the log of a course.", partial(options.expand_groups, start)),
        **{key: (form.help, partial(verb, form)) for key, form in EFFECTS.items() if form.typed},
        "amend": (EFFECTS["amend"].help, lambda: amend),
        "check": ("Check that every entry is as it was written.", lambda: check),
    }
    app = typer.Typer(
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        invoke_without_command=True,
    )
    app.callback()(_overview)
    for key in [only] if only in makers else makers:
        text, command = makers[key]
        app.command(key, help=text)(command())
    return app


def _overview(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        output.write(ctx.get_help().splitlines())


def start(
    file: options.LogFile,
    regimen: RegimenFile,
    dating: Dating,
    body: Body,
    choices: Choices,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Start a log, if its options make a schedule."""
    if regimen == "-":
        raise OptionError("--regimen", "takes an id or a path, not standard input")
    if file.endswith("/") or Path(file).is_dir():
        raise Refused(f"{shown(file)} is a folder; give the log a name in it, such as S-07.yaml")
    name = options.label(dating.subject if dating.subject is not None else Path(file).stem)
    dates = request.dates(dating._replace(subject=name))
    selection = Selection(regimen, choices, Rounding(), folder, reviewed)
    schedule = request.make_schedule(body, selection, dates)
    if schedule.start is None:
        raise OptionError("--start", "is missing; a course starts on a date: --start 2026-12-01")
    log = Log(
        file=file,
        subject=name,
        regimen=name_in_log(regimen, file),
        version=schedule.regimen.version,
        sha256=schedule.regimen.origin.sha256,
        patient=schedule.patient,
        start=schedule.start.date(),
        at=dates.at,
        arm=schedule.arm,
        times=_counts_for_log(schedule, options.times(choices.cycles, choices.times or ())),
        percents={
            next(dose.written for dose in schedule.regimen.doses() if dose.drug == drug): percent
            for drug, percent in schedule.percents.items()
        },
        settings=(
            *options.settings(choices.set or ()),
            *((one.path, one.now) for one in schedule.regimen.settings if one.was == OPEN),
        ),
        zone=dating.tz,
        facts=schedule.regimen.facts,
        format=FORMAT,
        text=language.shelf.find(regimen, folder).content,
    )
    started = log_writing.start(file, log)
    version = f"{schedule.regimen.id} version {schedule.regimen.version}"
    output.write_done([f"{file}: started for {name} with {version}, {_row_summary(schedule)}"])
    tell_last_hash(started)
    monographs = language.monographs(schedule.regimen.drugs(schedule.arm), folder)
    output.tell_cautions(of_schedule.review(schedule, monographs))


def _row_summary(schedule: Schedule) -> str:
    """The number of rows of a schedule, its first date, and the date of day 1 if that differs."""
    assert schedule.start is not None, "a log has dates"
    rows, day_1 = schedule.administrations, schedule.start.date()
    first = next((row.when.date() for row in rows if row.when is not None), None)
    since = "" if first is None else f" from {first}"
    return f"{how_many(len(rows), 'row')}{since}{'' if first == day_1 else f', day 1 on {day_1}'}"


def _counts_for_log(schedule: Schedule, typed: dict[str, int]) -> dict[str, int]:
    """The counts that a log keeps: those typed, and those of blocks closed by a horizon."""
    named = {path for path in schedule.counts if typed.keys() & {path, path.rsplit(".", 1)[-1]}}
    open_paths = (block.path for block in openings(schedule.regimen.body, schedule.arm))
    return typed | {path: schedule.counts[path] for path in open_paths if path not in named}


def amend(
    file: options.LogFile,
    regimen: RegimenFile,
    from_: Annotated[Text, option("--from BLOCK", "From this turn. Default: the course.")] = None,
    reason: Reason = None,
    who: By = None,
    as_of: AsOf = None,
    edited: options.AllowEdited = False,
    folder: options.Folder = None,
) -> None:
    """Continue by another text of the regimen, which the log stores."""
    if regimen == "-":
        raise OptionError("--regimen", "takes an id or a path, not standard input")
    text = language.shelf.find(regimen, folder)
    version = language.read(text, folder=folder).version
    amendment = Amended(name_in_log(regimen, file), version, text.origin.sha256, text.content)

    def effect(course: Course) -> Effect:
        if from_ is None:
            return amendment
        return amendment._replace(start=log_options.first_turn(course, from_))

    shared = EntryOptions(reason, who=who, as_of=as_of, edited=edited, folder=folder)
    enter(file, shared, effect, amendment)


def check(
    file: options.LogFile,
    expect: Annotated[Text, option("--expect DIGITS", "The last hash: 16 digits or more.")] = None,
    reseal: Annotated[bool, option("--reseal", "Accept the log as it is now.")] = False,
    reason: Reason = None,
    who: By = None,
) -> None:
    """Compare each entry with its hash; report, or reseal, what was changed by hand."""
    expected = options.read_if_given("--expect", log_keys.digits, expect)
    if reseal:
        log = _reseal(file, log_options.reason(reason), log_options.author(who))
    else:
        log = log_file.load(file)
        if faults := broken_entries(log):
            raise FaultyFile(faults)
    output.tell_cautions([*of_record.resealed(log)])
    assert log.seal is not None, "it was read from a file"
    if expected is not None and not log.seal.last.startswith(expected):
        hashes = enumerate(log_chain.hash_after_each(log))
        numbers = [number for number, digits in hashes if digits.startswith(expected)]
        problem = "not that of any of its entries: its end was cut off, or this is another log"
        if log.seal.resealed:
            problem += ", or it belongs to what was changed and resealed"
        if numbers:
            position = f"entry {numbers[0]}" if numbers[0] else "its head, as it was started"
            problem = f"that of {position}, and entries were added since"
        raise Refused(f"{file} ends with {log.seal.last[:SHOWN]}; {expected[:SHOWN]} is {problem}")
    if bare := log.without_hash():
        entries = numbered("entry", bare)
        command = f"il2calc log check {as_typed(file)} --reseal --reason TEXT"
        advice = f"{command} begins with hashes"
        output.write_words([f"{file}: {entries} without a hash, as in older logs; {advice}"])
    else:
        output.write_words([f"{file}: every entry is {_integrity(log)}"])
    tell_last_hash(log)


def _integrity(log: Log) -> str:
    """What intact hashes say about the entries of a log."""
    resealed = [entry.number for entry in log.entries if isinstance(entry.effect, Resealed)]
    or_resealed = f", or as it stood when entry {resealed[-1]} resealed it" if resealed else ""
    return f"as it was written{or_resealed}"


def _reseal(file: str, reason: str | None, by: str | None) -> Log:
    """Add the entry that accepts a log as it is now."""
    if reason is None:
        raise MissingInput("--reason TEXT", "say why you accept a changed log")

    def decide(log: Log) -> list[Entry]:
        now = log_options.entry_moment(None, log.zone)
        if not broken_entries(log) and not log.without_hash():
            raise Refused(f"every entry of {file} is {_integrity(log)}; there is nothing to reseal")
        return [Entry(0, now, Resealed(), reason, by=by)]

    log = log_writing.add_entries(file, decide)
    text = f"entry {len(log.entries)}: everything before it accepted as it is; {reason}"
    output.write_done([text])
    return log


class FactParameter(NamedTuple):
    """A fact of an effect, as a parameter of its command.

    Args:
        reader: how the text is read.
        option: its name as an option; empty for an argument.
    """

    fact: Fact
    reader: log_options.FactReader
    option: str

    @property
    def name(self) -> str:
        """The name of the parameter."""
        return self.fact.field if self.option else self.reader.name

    @property
    def optional(self) -> bool:
        """Whether it may be left out."""
        return self.fact.optional or self.reader.left_out is not None

    def parameter(self) -> Parameter:
        """The argument or option in the signature of the command."""
        text = self.fact.help or self.reader.help
        info: Any = typer.Argument(help=text)
        if self.option:
            info = typer.Option(self.option, metavar=self.reader.written, help=text)
        if self.optional:
            return Parameter(self.name, KEYWORD, default=None, annotation=Annotated[Text, info])
        return Parameter(self.name, KEYWORD, annotation=Annotated[str, info])

    def read(self, text: str) -> Any:
        """The value of the text typed.

        Raises:
            OptionError: it cannot be read.
        """
        place = self.option or self.name.upper()
        try:
            return options.read(place, self.reader.read, text)
        except OptionError as error:
            hint = "; who made the entry is --who" if place == "--by" else ""
            raise OptionError(place, f"{error.problem}{hint}") from None

    def find(self, course: Course, value: Any) -> Any:
        """What the value means in a course."""
        if self.fact.of_start:
            return log_options.first_turn(course, value, may_be_new=self.fact.may_be_new)
        return self.reader.find(course, value)


def _fact_parameters(form: Form) -> Iterator[FactParameter]:
    """The parameters of the command of an effect.

    The first fact, which the effect is about, is an argument; so are a decision, as its `yes` or
    `no` cannot be mistaken, and a fact marked as one. The others are options.
    """
    for fact in form.facts:
        if fact.has_option:
            is_argument = fact is form.facts[0] or fact.argument or fact.kind == "decision"
            option = "" if is_argument else f"--{fact.key.replace('_', '-')}"
            yield FactParameter(fact, log_options.FACT_READERS[fact.kind], option)


def _effect_maker(
    form: Form, typed: Mapping[str, Text], patient: Path | None = None
) -> Callable[[Course], Effect]:
    """A function from the present course to the effect that was typed.

    Args:
        typed: the texts by name of the parameter; None = not typed.
        patient: a file with some of the measures.
    """
    params = tuple(_fact_parameters(form))
    given = {param.fact.key for param in params if typed.get(param.name)}
    measures = request.measures_in_file(patient, given)
    texts = {param: typed.get(param.name) for param in params}
    read = {param: param.read(text) for param, text in texts.items() if text is not None}

    def effect(course: Course) -> Effect:
        values = {param.fact.field: param.find(course, value) for param, value in read.items()}
        values |= log_options.measures_by_field(measures, form, course)
        drug, colon, dose = str(values.get("drug")).partition(":")
        if colon and "dose" not in form.effect._fields:
            problem = f"{values['drug']!r} names a planned dose, but this entry is unplanned; write"
            raise OptionError("DRUG", f"{problem} {drug}")
        if colon:
            values |= {"drug": drug, "dose": dose}
        for fact, reader, _ in params:
            if fact.field not in values and reader.left_out is not None:
                values[fact.field] = reader.left_out(course)
        left_out = {fact.field: None for fact, *_ in params if fact.optional}
        if isinstance(rate := values.get("gfr"), str):
            body = form.effect(**(left_out | values | {"gfr": None})).applied_to(course.state.body)
            options.gfr(rate, body)  # refuses it, with the surface of that body
        result: Effect = form.effect(**(left_out | values))
        log_options.refuse_unmeasured(form, result)
        return result

    return effect


def effect_of_line(text: str) -> Callable[[Course], Effect]:
    """A function from a course to the effect of a line such as `delay cycle 2 by 3 days`.

    A name that contains the name of an option has to be in quotes.

    Raises:
        OptionError: the line cannot be read as one of the verbs.
    """
    try:
        name, *words = shlex.split(text)
    except ValueError:
        name, words = "", []
    commands = [key for key, form in EFFECTS.items() if form.typed]
    if name == "amend":
        problem = f"{text!r} needs a file, not a line; amend a copy of the log (log amend)"
        raise OptionError("--what-if", problem)
    if name not in commands:
        problem = f"{text!r} does not begin with a log command ({', '.join(commands)})"
        raise OptionError("--what-if", f"{problem}; write 'delay cycle 2 by 3 days'")
    params = tuple(_fact_parameters(EFFECTS[name]))
    arguments = [param for param in params if not param.option]
    parts: dict[str, list[str]] = {"": []}
    key = ""
    split = (word.split("=", 1) if word[:2] == "--" else [word] for word in words)
    for word in (part for word_parts in split for part in word_parts):
        option = f"--{word.removeprefix('--')}"
        if option in {param.option for param in params} - parts.keys():
            key, parts[option] = option, []
        elif word.startswith("--"):
            problem = f"{word} is given twice, or cannot be used in a {name} that is not entered"
            raise OptionError("--what-if", f"{problem}; leave it out")
        else:
            parts[key].append(word)
    typed: dict[str, Text] = {
        param.name: " ".join(parts[param.option]) for param in params if param.option in parts
    }
    remaining = parts[""]
    for param in arguments[1:]:
        typed[param.name] = remaining.pop() if remaining[1:] else None
    if arguments:
        typed[arguments[0].name] = " ".join(remaining) or None
    missing = [param for param in params if not param.optional and not typed.get(param.name)]
    if missing or (remaining and not arguments):
        usage = " ".join(
            f"{param.option} {param.name.upper()}".strip().removeprefix("--") for param in params
        )
        problem = f"{text!r} says too little or too much"
        raise OptionError("--what-if", f"{problem}; write {f'{name} {usage}'.strip()!r}")
    return _effect_maker(EFFECTS[name], typed)


def verb(form: Form) -> Callable[..., None]:
    """The command that adds an entry with an effect."""
    params = tuple(_fact_parameters(form))

    def run(**typed: Any) -> None:
        effect = _effect_maker(form, typed, typed.get("patient"))
        log_options.author(typed["who"], "--who" if by_is_length else "--by")
        shared = EntryOptions(**{name: typed[name] for name in EntryOptions._fields & typed.keys()})
        enter(typed["file"], shared, effect, takes_measures=bool(form.measures))

    by_is_length = any(param.option == "--by" for param in params)
    parameters = [
        Parameter("file", KEYWORD, annotation=options.LogFile),
        *(param.parameter() for param in params),
    ]
    if form.measures:
        parameters.append(Parameter("patient", KEYWORD, default=None, annotation=PatientFile))
    for parameter in options.group_parameters(EntryOptions):
        if parameter.name == "who" and by_is_length:
            parameter = parameter.replace(annotation=Who)  # noqa: PLW2901
        if parameter.name != "override" or form.overridable:
            parameters.append(parameter)
    vars(run)["__signature__"] = Signature(parameters)  # typer derives the command line from it
    return run
