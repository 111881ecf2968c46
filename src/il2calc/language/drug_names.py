"""Which drug a name means: one answer for every command and every file.

A name is looked up among the names of the available monographs, ignoring case and taking hyphens
for spaces. The name of a monograph's file needs no reading; any other name has all monographs read.
An ambiguous name is taken for the drug that it usually means, with a caution; what a monograph
lists as another preparation is never taken for its drug, however similar the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, partial
from pathlib import Path

from il2calc.errors import FaultyFile, Refused, nearest_drug, nearest_slip
from il2calc.language import shelf
from il2calc.model.drug import Drug, DrugName, NotThisDrug, Other, one_spelling
from il2calc.model.regimen import Regimen

_LONG = 6
"""The fewest letters of a word that one slip is unlikely to turn into another word."""

_unlisted = partial(DrugName, has_monograph=False)
"""A name without a monograph; it means what is written."""


def written_alike(one: str, other: str) -> bool:
    """Whether two names differ only in case, spaces, hyphens or a slip after the first letter.

    Text in brackets does not count if only one of them has it.

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
    long = all(text.isalpha() and len(text) >= _LONG for text in (word, like))
    same_start = not more and word[0] == like[0]
    return same_start and long and nearest_slip(word, [like], 1) is not None


class DrugNames:
    """The names of all drugs that have a monograph.

    Args:
        folder: the user's own, which comes before the shipped one.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._names: dict[str, DrugName] = {}
        self._from_options: dict[str, DrugName] = {}
        self._monographs: dict[str, Drug | None] = {}

    def look_up(self, written: str) -> DrugName:
        """Which drug a name means.

        Raises:
            Refused: it is a name of several drugs.
            FaultyFile: a monograph that had to be read has faults.
        """
        if written not in self._names:
            self._names[written] = self._look_up(written)
        return self._names[written]

    def look_up_in_file(self, written: str, others: Iterable[str]) -> DrugName:
        """Which drug a name of a file means; it may be another spelling of one of `others` there.

        Raises:
            Refused: it is a name of several drugs.
            FaultyFile: a monograph that had to be read has faults.
        """
        name = self.look_up(written)
        if name.has_monograph or name.near is not None:
            return name
        alike = (other for other in others if written_alike(other, written))
        return name._replace(similar=next(alike, None))

    def from_options(self) -> tuple[DrugName, ...]:
        """The names of drugs in options that the regimen does not have: each once."""
        return tuple(self._from_options.values())

    def drug_of(self, written: str, regimen: Regimen) -> str:
        """The drug that an option names, by its name in the regimen or any name of its monograph.

        A name that the regimen lacks is noted for `from_options`.

        Raises:
            Refused: it is a name of several drugs.
            FaultyFile: a monograph that had to be read has faults.
        """
        called = regimen.drug_called(written)
        if called in {dose.drug for dose in regimen.doses()}:
            return called
        name = self._from_options[written] = self.look_up(written)
        return name.drug

    def monograph(self, written: str) -> Drug | None:
        """The monograph of the drug that a name means, read once; None where there is none.

        Raises:
            Refused: it is a name of several drugs.
            FaultyFile: the monograph has faults.
        """
        if written not in self._monographs:
            name = self.look_up(written)
            drug = monograph(name.drug, self.folder) if name.has_monograph else None
            self._monographs[written] = drug
        return self._monographs[written]

    @cached_property
    def _file_names(self) -> tuple[str, ...]:
        return tuple(shelf.drug_files(self.folder))

    @cached_property
    def _drugs(self) -> tuple[Drug, ...]:
        drugs = (monograph(name, self.folder) for name in self._file_names)
        return tuple(drug for drug in drugs if drug is not None)

    @cached_property
    def _others(self) -> tuple[tuple[str, Other], ...]:
        """Every preparation that is confused with a drug, beside the name of that drug."""
        return tuple((drug.name, other) for drug in self._drugs for other in drug.others)

    def unambiguous_names(self) -> tuple[str, ...]:
        """Every name that means one drug unambiguously."""
        return tuple(name for drug in self._drugs for name in drug.names())

    def _look_up(self, written: str) -> DrugName:
        folded = written.casefold()
        same = [name for name in self._file_names if name.casefold() == folded]
        if written in same or len(same) == 1:
            return DrugName(written, written if written in same else same[0])
        meanings = [drug for drug in self._drugs if _means(drug, written)]
        if len(meanings) > 1:
            names = " or ".join(drug.name for drug in meanings)
            raise Refused(f"{written!r} is a name of several drugs; write which one: {names}")
        if meanings:
            doubt = meanings[0].doubt(written)
            reason = None if doubt is None else f"{doubt.text} [{'; '.join(doubt.sources)}]"
            return DrugName(written, meanings[0].name, doubt=reason)
        for drug, other in self._others:
            if one_spelling(written) in map(one_spelling, other.names()):
                return _unlisted(written, written, mistaken_for=other.not_this_drug(drug))
        if (branded := self._with_brand(written)) is not None:
            return branded
        if nearest_drug(written, self._all_names()) is None:
            return self._among_words(written)
        return _unlisted(written, written, near=self.nearest(written))

    def _among_words(self, written: str) -> DrugName:
        """What a longer name means, if it contains one of a drug or of another preparation.

        Names of several drugs mean nothing; nor does a placebo, which is named after its drug.
        """
        words = _words(written)
        if " placebo " in words and not re.search(r"/|\bor\b", written):
            return _unlisted(written, written)
        for drug, other in self._others:
            if any(_words(name) in words for name in other.names()):
                return _unlisted(written, written, mistaken_for=other.not_this_drug(drug))
        inside = [drug for drug in self._drugs if any(_words(n) in words for n in drug.all_names())]
        if len(inside) != 1:
            return _unlisted(written, written)
        return _unlisted(written, written, near=inside[0].name, contains_name=True)

    def _with_brand(self, written: str) -> DrugName | None:
        """What a name with another one in brackets means; None if that is unclear.

        Two names of one drug mean it; those of two drugs, or one of another preparation, mean none.
        """
        if (parts := re.fullmatch(r"([^()]*[^()\s])\s*\(([^()]+)\)", written)) is None:
            return None
        try:
            first, second = (self.look_up(part.strip()) for part in parts.groups())
        except Refused:
            return None
        if (other := first.mistaken_for or second.mistaken_for) is not None:
            return _unlisted(written, written, mistaken_for=other)
        if not (first.has_monograph and second.has_monograph):
            return None
        if first.drug == second.drug:
            return DrugName(written, first.drug, doubt=first.doubt or second.doubt)
        text = f"{first.written} is {first.drug} and {second.written} is {second.drug}"
        return _unlisted(written, written, mistaken_for=NotThisDrug(first.drug, text))

    def nearest(self, written: str) -> str | None:
        """The drug's name that may be meant; None where another preparation's is as near."""
        nearest = nearest_drug(written, self._all_names())
        return nearest if nearest in self.unambiguous_names() else None

    def _all_names(self) -> tuple[str, ...]:
        """The names of other preparations, then every name that means one drug unambiguously."""
        others = (name for _, other in self._others for name in other.names())
        return (*others, *self.unambiguous_names())


def _words(name: str) -> str:
    """The words of a name, with a space before and after each, whatever separates them."""
    return " ".join(["", *re.findall(r"[^\W_]+", name.casefold()), ""])


def _means(drug: Drug, written: str) -> bool:
    names = map(one_spelling, drug.names())
    return one_spelling(written) in names or drug.doubt(written) is not None


def monograph(name: str, folder: Path | None = None) -> Drug | None:
    """The monograph of a drug by the name of its file; None where there is none.

    Raises:
        FaultyFile: the file has faults; all of them are reported.
    """
    file = shelf.find_drug(name, folder)
    if file is None:
        return None
    if (ready := shelf.monograph_of(file)) is not None:
        return ready
    from il2calc.language.drug_file import examine_drug

    result, faults = examine_drug(file)
    if result is None:
        raise FaultyFile(faults)
    if (misnamed := shelf.misnamed_fault(result)) is not None:
        raise FaultyFile((misnamed,))
    return result
