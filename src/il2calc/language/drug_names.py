"""Which drug a name means: one answer for every verb and every file.

A name is looked up without regard to case, or to hyphens for spaces, among the names of the
monographs at hand. The name of a file is known without reading it; only another name has all
monographs read. A name that is open to doubt is taken for the drug that is mostly meant, and told;
what a monograph says is another preparation is never taken for its drug, however near its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from il2calc.errors import FaultyFile, Refused, nearest_drug, nearest_slip
from il2calc.language import shelf
from il2calc.model.drug import Apart, Drug, DrugName, one_spelling
from il2calc.model.regimen import Regimen

_LONG = 6
"""Letters of a word that one slip makes no other word of."""


def written_alike(one: str, other: str) -> bool:
    """Whether two names can only be one: in case, spaces, hyphens or a slip after the first letter.

    What one of them alone has in brackets does not count.

    >>> written_alike("examplumab alfa", "Examplumab-alpha"), written_alike("alfa-2a", "alfa-2b")
    (True, False)
    """
    plain = [name.partition("(")[0] for name in (one, other)]
    compared = (one, other) if "(" in one and "(" in other else plain
    first, second = (one_spelling(name).replace("ph", "f").split() for name in compared)
    if "".join(first) == "".join(second):
        return True
    if len(first) != len(second):
        return False
    (word, like), *more = (pair for pair in zip(first, second, strict=True) if len({*pair}) > 1)
    long = all(each.isalpha() and len(each) >= _LONG for each in (word, like))
    begun = not more and word[0] == like[0]
    return begun and long and nearest_slip(word, [like], 1) is not None


class DrugNames:
    """The names of all drugs that have a monograph.

    Args:
        folder: of the user's own, looked up before what ships.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._known: dict[str, DrugName] = {}
        self._asked: dict[str, DrugName] = {}
        self._read: dict[str, Drug | None] = {}

    def of(self, written: str) -> DrugName:
        """Which drug a name means.

        Raises:
            Refused: it is a name of several drugs.
            FaultyFile: a monograph that had to be read has faults.
        """
        if written not in self._known:
            self._known[written] = self._found(written)
        return self._known[written]

    def beside(self, written: str, others: Iterable[str]) -> DrugName:
        """Which drug a name means after others of its file, of which it may be another spelling.

        Raises:
            Refused: it is a name of several drugs.
            FaultyFile: a monograph that had to be read has faults.
        """
        found = self.of(written)
        if found.described or found.near is not None:
            return found
        alike = (name for name in others if written_alike(name, written))
        return found._replace(twin=next(alike, None))

    def asked(self) -> tuple[DrugName, ...]:
        """What options called drugs, where a regimen does not call them so: each name once."""
        return tuple(self._asked.values())

    def ask(self, written: str) -> str:
        """Which drug an option means by a name that the regimen does not have; it is kept.

        Raises:
            Refused: it is a name of several drugs.
            FaultyFile: a monograph that had to be read has faults.
        """
        found = self._asked[written] = self.of(written)
        return found.drug

    def monograph(self, written: str) -> Drug | None:
        """The monograph of what a name means, read once; None where there is none.

        Raises:
            Refused: it is a name of several drugs.
            FaultyFile: the monograph has faults.
        """
        if written not in self._read:
            found = self.of(written)
            made = monograph(found.drug, self.folder) if found.described else None
            self._read[written] = made
        return self._read[written]

    @cached_property
    def _files(self) -> tuple[str, ...]:
        return tuple(shelf.drugs(self.folder))

    @cached_property
    def _all(self) -> tuple[Drug, ...]:
        read = (monograph(name, self.folder) for name in self._files)
        return tuple(drug for drug in read if drug is not None)

    def known(self) -> tuple[str, ...]:
        """Every name that means one drug without doubt."""
        return tuple(name for drug in self._all for name in drug.names())

    def _found(self, written: str) -> DrugName:
        fold = written.casefold()
        files = [name for name in self._files if name.casefold() == fold]
        if written in files or len(files) == 1:
            return DrugName(written, written if written in files else files[0])
        meant = [drug for drug in self._all if _means(drug, written)]
        if len(meant) > 1:
            names = " or ".join(drug.name for drug in meant)
            raise Refused(f"{written!r} is a name of several drugs; write which one: {names}")
        if meant:
            doubt = meant[0].doubt(written)
            why = None if doubt is None else f"{doubt.text} [{'; '.join(doubt.sources)}]"
            return DrugName(written, meant[0].name, doubt=why)
        if (other := self.told_apart(written)) is not None:
            return DrugName(written, written, described=False, other=other)
        if (printed := self._with_brand(written)) is not None:
            return printed
        if nearest_drug(written, self._every()) is None:
            return self._among_words(written)
        return DrugName(written, written, described=False, near=self.near(written))

    def _among_words(self, written: str) -> DrugName:
        """A name in which that of a drug, or of another preparation, stands among other words.

        Those of several drugs tell nothing, nor does a placebo, which is named after its drug.
        """
        words = _words(written)
        if " placebo " in words and not re.search(r"/|\bor\b", written):
            return DrugName(written, written, described=False)
        for drug in self._all:
            for other in drug.others:
                if any(_words(name) in words for name in other.names()):
                    return DrugName(written, written, described=False, other=other.apart(drug.name))
        held = [drug for drug in self._all if any(_words(one) in words for one in drug.all_names())]
        near = held[0].name if len(held) == 1 else None
        return DrugName(written, written, described=False, near=near, holds=near is not None)

    def _with_brand(self, written: str) -> DrugName | None:
        """A name that is printed with another one in brackets; None where the two tell nothing.

        Both must be names of one drug; those of two drugs, or of another preparation, are told.
        """
        if (parts := re.fullmatch(r"([^()]*[^()\s])\s*\(([^()]+)\)", written)) is None:
            return None
        try:
            first, second = (self.of(part.strip()) for part in parts.groups())
        except Refused:
            return None
        if (other := first.other or second.other) is not None:
            return DrugName(written, written, described=False, other=other)
        if not (first.described and second.described):
            return None
        if first.drug == second.drug:
            return DrugName(written, first.drug, doubt=first.doubt or second.doubt)
        text = f"{first.written} is {first.drug} and {second.written} is {second.drug}"
        return DrugName(written, written, described=False, other=Apart(first.drug, text))

    def near(self, written: str) -> str | None:
        """The drug's name that may be misspelt; None where another preparation's is as near."""
        found = nearest_drug(written, self._every())
        return found if found in self.known() else None

    def _every(self) -> tuple[str, ...]:
        """The names of other preparations, then every name that means one drug without doubt."""
        others = (name for drug in self._all for other in drug.others for name in other.names())
        return (*others, *self.known())

    def told_apart(self, written: str) -> Apart | None:
        """Of which drug a name is known to be another one; None where of none."""
        for drug in self._all:
            for other in drug.others:
                if one_spelling(written) in map(one_spelling, other.names()):
                    return other.apart(drug.name)
        return None


def drug_of(name: str, regimen: Regimen, names: DrugNames) -> str:
    """The drug of a regimen that an option names, by its name there or any of its monograph's.

    Raises:
        Refused: it is a name of several drugs.
        FaultyFile: a monograph that had to be read has faults.
    """
    called = regimen.drug_called(name)
    of_regimen = {dose.drug for dose in regimen.doses()}
    return called if called in of_regimen else names.ask(name)


def _words(name: str) -> str:
    """The words of a name, a space before and after each, whatever stands between them."""
    return " ".join(["", *re.findall(r"[^\W_]+", name.casefold()), ""])


def _means(drug: Drug, written: str) -> bool:
    names = map(one_spelling, drug.names())
    return one_spelling(written) in names or drug.doubt(written) is not None


def monograph(name: str, folder: Path | None = None) -> Drug | None:
    """The monograph of a drug by the name of its file; None where there is none.

    Raises:
        FaultyFile: the file has faults; all of them are reported.
    """
    found = shelf.find_drug(name, folder)
    if found is None:
        return None
    if (made := shelf.monograph_of(found)) is not None:
        return made
    from il2calc.language.drug_file import examine_drug

    result, faults = examine_drug(found)
    if result is None:
        raise FaultyFile(faults)
    if (misnamed := shelf.named_otherwise(result)) is not None:
        raise FaultyFile((misnamed,))
    return result
