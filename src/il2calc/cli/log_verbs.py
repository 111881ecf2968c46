"""The verbs of a course log: `log start`, and one for each effect that adds an entry to it.

`log given`, `log hold` and their like follow from the table of effects in `model.log`.
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
    AcceptRegimen,
    AllowEdited,
    File,
    How,
    broken,
    enter,
    kept_name,
    sealed,
)
from il2calc.cli.options import Begun, Body, Choices, Folder, PatientFile, Rounding, Text, option
from il2calc.cli.request import Wanted
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

Reason = Annotated[Text, option("--reason TEXT", "Why, in one line.")]
AsOf = Annotated[Text, option("--as-of DATE", "Date of the entry, or 'DATE HH:MM'. Default: now.")]
RegimenFile = Annotated[str, option("--regimen", "Id or path.")]
_INITIALS = "Who makes the entry, such as initials."
By = Annotated[Text, option("--by --who LABEL", _INITIALS, envvar="IL2CALC_BY")]
Who = Annotated[Text, option("--who LABEL", _INITIALS, envvar="IL2CALC_BY")]
Override = Annotated[bool, option("--override", "Enter it although it would be refused.")]
KEYWORD = Parameter.KEYWORD_ONLY


def verbs(only: str | None) -> typer.Typer:
    """The verbs within `log`.

    Args:
        only: the verb that is asked for; all of them are made where it is none.
    """
    made: dict[str, tuple[str, Callable[[], Callable[..., None]]]] = {
        "start": ("Start the log of a course.", partial(options.asking, start)),
        **{key: (form.help, partial(verb, form)) for key, form in EFFECTS.items() if form.typed},
        "amend": (EFFECTS["amend"].help, lambda: amend),
        "check": ("Check that every entry is as it was written.", lambda: check),
    }
    found = typer.Typer(
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
        invoke_without_command=True,
    )
    found.callback()(_overview)
    for key in [only] if only in made else made:
        told, command = made[key]
        found.command(key, help=told)(command())
    return found


def _overview(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        output.write(ctx.get_help().splitlines())


def start(
    file: File,
    regimen: RegimenFile,
    when: Begun,
    body: Body,
    choices: Choices,
    reviewed: options.RequireReviewed = False,
    folder: options.Folder = None,
) -> None:
    """Begin a log, where a schedule can be made of what was given."""
    if regimen == "-":
        raise OptionError("--regimen", "takes an id or a path, not standard input")
    if file.endswith("/") or Path(file).is_dir():
        raise Refused(f"{shown(file)} is a folder; give the log a name in it, such as S-07.yaml")
    name = options.label(when.subject if when.subject is not None else Path(file).stem)
    dates = request.dates(when._replace(subject=name))
    wanted = Wanted(regimen, choices, Rounding(), folder, reviewed)
    made = request.made(body, wanted, dates)
    if made.start is None:
        raise OptionError("--start", "is missing; a course starts on a date: --start 2026-12-01")
    log = Log(
        file=file,
        subject=name,
        regimen=kept_name(regimen, file),
        version=made.regimen.version,
        sha256=made.regimen.origin.sha256,
        patient=made.patient,
        start=made.start.date(),
        at=dates.at,
        arm=made.arm,
        times=_kept_counts(made, options.times(choices.cycles, choices.times or ())),
        percents={
            next(dose.written for dose in made.regimen.doses() if dose.drug == drug): share
            for drug, share in made.percents.items()
        },
        settings=(
            *options.settings(choices.set or ()),
            *((each.path, each.now) for each in made.regimen.settings if each.was == OPEN),
        ),
        zone=when.tz,
        facts=made.regimen.facts,
        format=FORMAT,
        text=language.shelf.find(regimen, folder).content,
    )
    begun = log_writing.start(file, log)
    what = f"{made.regimen.id} version {made.regimen.version}"
    output.write_done([f"{file}: started for {name} with {what}, {_since(made)}"])
    sealed(begun)
    monographs = language.monographs(made.regimen.drugs(made.arm), folder)
    output.caution(of_schedule.review(made, monographs))


def _since(made: Schedule) -> str:
    """How many rows a schedule has, and from when on; the date of day 1 where that is another."""
    assert made.start is not None, "a log has dates"
    rows, day_1 = made.administrations, made.start.date()
    first = next((row.when.date() for row in rows if row.when is not None), None)
    since = "" if first is None else f" from {first}"
    return f"{how_many(len(rows), 'row')}{since}{'' if first == day_1 else f', day 1 on {day_1}'}"


def _kept_counts(made: Schedule, asked: dict[str, int]) -> dict[str, int]:
    """The counts that a log keeps: those asked for, and of what a horizon has closed."""
    named = {path for path in made.counts if asked.keys() & {path, path.rsplit(".", 1)[-1]}}
    opened = (counted.path for counted in openings(made.regimen.body, made.arm))
    return asked | {path: made.counts[path] for path in opened if path not in named}


def amend(
    file: File,
    regimen: RegimenFile,
    from_: Annotated[Text, option("--from BLOCK", "From this turn. Default: the course.")] = None,
    reason: Reason = None,
    who: By = None,
    as_of: AsOf = None,
    edited: AllowEdited = False,
    folder: options.Folder = None,
) -> None:
    """Go on by another text of the regimen, which the log keeps whole."""
    if regimen == "-":
        raise OptionError("--regimen", "takes an id or a path, not standard input")
    found = language.shelf.find(regimen, folder)
    version = language.read(found, folder=folder).version
    brought = Amended(kept_name(regimen, file), version, found.origin.sha256, found.content)

    def effect(course: Course) -> Effect:
        if from_ is None:
            return brought
        return brought._replace(start=log_options.first_turn(course, from_))

    enter(file, How(reason, as_of, who, False, False, edited, folder), effect, brought)


def check(
    file: File,
    expect: Annotated[Text, option("--expect DIGITS", "The last hash: 16 digits or more.")] = None,
    reseal: Annotated[bool, option("--reseal", "Accept the log as it is now.")] = False,
    reason: Reason = None,
    who: By = None,
) -> None:
    """Hold every entry of a log against its hash; what was changed by hand is told, or resealed."""
    wanted = options.given("--expect", log_keys.digits, expect)
    if reseal:
        log = _reseal(file, log_options.reason(reason), log_options.by(who))
    else:
        log = log_file.load(file)
        if faults := broken(log):
            raise FaultyFile(faults)
    output.caution([*of_record.resealed(log)])
    assert log.seal is not None, "it was read from a file"
    if wanted is not None and not log.seal.last.startswith(wanted):
        hashes = enumerate(log_chain.hashes(log))
        found = [number for number, digits in hashes if digits.startswith(wanted)]
        where = "not that of any of its entries: its end was cut off, or this is another log"
        if log.seal.resealed:
            where += ", or it belongs to what was changed and resealed"
        if found:
            whose = f"entry {found[0]}" if found[0] else "its head, as it was started"
            where = f"that of {whose}, and entries were added since"
        raise Refused(f"{file} ends with {log.seal.last[:SHOWN]}; {wanted[:SHOWN]} is {where}")
    if bare := log.unheld():
        which = numbered("entry", bare)
        begin = f"il2calc log check {as_typed(file)} --reseal --reason TEXT"
        more = f"{begin} begins with hashes"
        output.write_words([f"{file}: {which} without a hash, as in older logs; {more}"])
    else:
        output.write_words([f"{file}: every entry is {_whole(log)}"])
    sealed(log)


def _whole(log: Log) -> str:
    """What is known of every entry of a log that none of its hashes speaks against."""
    took = [entry.number for entry in log.entries if isinstance(entry.effect, Resealed)]
    as_it_stood = f", or as it stood when entry {took[-1]} resealed it" if took else ""
    return f"as it was written{as_it_stood}"


def _reseal(file: str, reason: str | None, by: str | None) -> Log:
    """Add the entry that takes what stands in a log as it stands."""
    if reason is None:
        raise MissingInput("--reason TEXT", "say why you accept a changed log")

    def decide(log: Log) -> list[Entry]:
        now = log_options.entered(None, log.zone)
        if not broken(log) and not log.unheld():
            raise Refused(f"every entry of {file} is {_whole(log)}; there is nothing to reseal")
        return [Entry(0, now, Resealed(), reason, by=by)]

    log = log_writing.edit(file, decide)
    told = f"entry {len(log.entries)}: everything before it accepted as it is; {reason}"
    output.write_done([told])
    return log


class Asked(NamedTuple):
    """A fact of an effect, as the command line asks for it.

    Args:
        option: under which it is typed; empty for an argument.
    """

    fact: Fact
    how: log_options.Typed
    option: str

    @property
    def name(self) -> str:
        """The name of the parameter that takes it."""
        return self.fact.field if self.option else self.how.name

    @property
    def optional(self) -> bool:
        """Whether it need not be typed."""
        return self.fact.optional or self.how.left_out is not None

    def parameter(self) -> Parameter:
        """The argument or option."""
        text = self.fact.help or self.how.help
        taken: Any = typer.Argument(help=text)
        if self.option:
            taken = typer.Option(self.option, metavar=self.how.written, help=text)
        if self.optional:
            return Parameter(self.name, KEYWORD, default=None, annotation=Annotated[Text, taken])
        return Parameter(self.name, KEYWORD, annotation=Annotated[str, taken])

    def read(self, text: str) -> Any:
        """What was typed.

        Raises:
            OptionError: it cannot be read.
        """
        where = self.option or self.name.upper()
        try:
            return options.read(where, self.how.read, text)
        except OptionError as error:
            who = "; who made the entry is --who" if where == "--by" else ""
            raise OptionError(where, f"{error.problem}{who}") from None

    def find(self, course: Course, read: Any) -> Any:
        """What that is in a course."""
        if self.fact.key in ("from", "use_from"):
            return log_options.first_turn(course, read, anew=self.fact.anew)
        return self.how.find(course, read)


def _questions(form: Form) -> Iterator[Asked]:
    """What the command of an effect asks for.

    What an effect is about is its first fact and an argument, and so is a decision, which nobody
    takes for anything else; the other facts are options.
    """
    for fact in filter(lambda fact: fact.asked, form.facts):
        is_argument = fact is form.facts[0] or fact.argument or fact.kind == "decision"
        option = "" if is_argument else f"--{fact.key.replace('_', '-')}"
        yield Asked(fact, log_options.TYPED[fact.kind], option)


def _effect(
    form: Form, typed: Mapping[str, Text], patient: Path | None = None
) -> Callable[[Course], Effect]:
    """The effect that was typed, given the course as it stands.

    Args:
        typed: by the names of the parameters; None where nothing was.
        patient: a file of measures in the place of some of them.

    Raises:
        OptionError: a text that cannot be read; a measure twice.
        FaultyFile: the file of measures has faults.
    """
    questions = tuple(_questions(form))
    given = {asked.fact.key for asked in questions if typed.get(asked.name)}
    kept = request.from_file(patient, given)
    texts = {asked: typed.get(asked.name) for asked in questions}
    read = {asked: asked.read(text) for asked, text in texts.items() if text is not None}

    def effect(course: Course) -> Effect:
        said = {asked.fact.field: asked.find(course, value) for asked, value in read.items()}
        said |= log_options.measured(kept, form, course)
        drug, colon, dose = str(said.get("drug")).partition(":")
        if colon and "dose" not in form.effect._fields:
            problem = f"{said['drug']!r} names a planned dose, but this entry is unplanned; write"
            raise OptionError("DRUG", f"{problem} {drug}")
        if colon:
            said |= {"drug": drug, "dose": dose}
        for fact, how, _ in questions:
            if fact.field not in said and how.left_out is not None:
                said[fact.field] = how.left_out(course)
        left_out = {fact.field: None for fact, *_ in questions if fact.optional}
        if isinstance(rate := said.get("gfr"), str):
            body = form.effect(**(left_out | said | {"gfr": None})).anew(course.state.body)
            options.gfr(rate, body)  # it is refused, with the surface of that body
        made: Effect = form.effect(**(left_out | said))
        log_options.refuse_unmeasured(form, made)
        return made

    return effect


def supposed(text: str) -> Callable[[Course], Effect]:
    """The effect of a line in the words of the verbs, such as `delay cycle 2 by 3 days`.

    A name that holds such a word stands in quotes.

    Raises:
        OptionError: it is no such line.
    """
    try:
        name, *said = shlex.split(text)
    except ValueError:
        name, said = "", []
    known = [key for key, form in EFFECTS.items() if form.typed]
    if name == "amend":
        problem = f"{text!r} needs a file, not a line; amend a copy of the log (log amend)"
        raise OptionError("--what-if", problem)
    if name not in known:
        problem = f"{text!r} does not begin with a log command ({', '.join(known)})"
        raise OptionError("--what-if", f"{problem}; write 'delay cycle 2 by 3 days'")
    questions = tuple(_questions(EFFECTS[name]))
    arguments = [asked for asked in questions if not asked.option]
    parts: dict[str, list[str]] = {"": []}
    key = ""
    said = [part for word in said for part in (word.split("=", 1) if word[:2] == "--" else [word])]
    for word in said:
        option = f"--{word.removeprefix('--')}"
        if option in {asked.option for asked in questions} - parts.keys():
            key, parts[option] = option, []
        elif word.startswith("--"):
            problem = f"{word} is given twice, or cannot be used in a {name} that is not entered"
            raise OptionError("--what-if", f"{problem}; leave it out")
        else:
            parts[key].append(word)
    typed: dict[str, Text] = {
        asked.name: " ".join(parts[asked.option]) for asked in questions if asked.option in parts
    }
    words = parts[""]
    for asked in arguments[1:]:
        typed[asked.name] = words.pop() if words[1:] else None
    if arguments:
        typed[arguments[0].name] = " ".join(words) or None
    needed = [asked for asked in questions if not asked.optional and not typed.get(asked.name)]
    if needed or (words and not arguments):
        wanted = " ".join(
            f"{asked.option} {asked.name.upper()}".strip().removeprefix("--") for asked in questions
        )
        problem = f"{text!r} says too little or too much"
        raise OptionError("--what-if", f"{problem}; write {f'{name} {wanted}'.strip()!r}")
    return _effect(EFFECTS[name], typed)


def verb(form: Form) -> Callable[..., None]:
    """The command that enters an effect."""
    questions = tuple(_questions(form))

    def run(**typed: Any) -> None:
        effect = _effect(form, typed, typed.get("patient"))
        log_options.by(typed["who"], "--who" if by_is_taken else "--by")
        how = How(**{name: typed.get(name, False) for name in How._fields})
        enter(typed["file"], how, effect, weighs=bool(form.measures))

    by_is_taken = any(asked.option == "--by" for asked in questions)
    parameters = [
        Parameter("file", KEYWORD, annotation=File),
        *(asked.parameter() for asked in questions),
        *(
            [Parameter("patient", KEYWORD, default=None, annotation=PatientFile)]
            * bool(form.measures)
        ),
        Parameter("reason", KEYWORD, default=None, annotation=Reason),
        *([Parameter("override", KEYWORD, default=False, annotation=Override)] * form.overridable),
        Parameter("who", KEYWORD, default=None, annotation=Who if by_is_taken else By),
        Parameter("as_of", KEYWORD, default=None, annotation=AsOf),
        Parameter("accept", KEYWORD, default=False, annotation=AcceptRegimen),
        Parameter("edited", KEYWORD, default=False, annotation=AllowEdited),
        Parameter("folder", KEYWORD, default=None, annotation=Folder),
    ]
    vars(run)["__signature__"] = Signature(parameters)  # typer makes the command line of it
    return run
