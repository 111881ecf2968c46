"""Files of patients: rows of CSV or Parquet in chunks, by the names that il2calc gives columns.

IDs are whole numbers, and each stands in one row of a file.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from il2calc.errors import Refused, as_typed, shown
from il2calc.model.patient import AGE_RANGE, BSA_RANGE, GFR_RANGE, HEIGHT_RANGE, WEIGHT_RANGE

CHUNK = 8192
"""Patients that are looked at once."""
_BUFFER = 1 << 16
"""Bytes of a column of patients that are read at once."""

DIGITS = 15
"""Decimals of a measure that are kept as whole numbers; a measure with more is read as text."""

MEASURES = {
    "WT": ("weight", "weight", WEIGHT_RANGE),
    "HT": ("height", "height", HEIGHT_RANGE),
    "BSA": ("surface_area", "body surface area", BSA_RANGE),
    "GFR": ("gfr", "GFR", GFR_RANGE),
    "AGE": ("age", "age", AGE_RANGE),
}
"""Column -> the measure of a patient that it is, in words, and its range."""

COLUMNS = ("ID", *MEASURES, "SEX", "ARM")
_MOST_ID = 10**15
_NOTHING = ["", "NA", "NaN", "nan", "."]

_UNKNOWN = "COLUMN"
_ALSO = {
    "ID": ("patient_id", "subject_id", "patientid", "subjectid", "pid", "usubjid"),
    **{name: (key, words, words.replace(" ", "_")) for name, (key, words, _) in MEASURES.items()},
}
"""Column -> other names that leave no doubt of it, in small letters."""
_BEFORE = r"(?:^|[^a-z]|age|h(?:eigh)?t|w(?:eigh)?t)"
_SAID = {
    "WT": ("weight in kg", "kg", rf"{_BEFORE}(?:lbs?|pounds?|g|grams?|stones?)(?![a-z])"),
    "HT": ("height in cm", "cm", rf"{_BEFORE}(?:in|inch(?:es)?|ft|feet|m|met(?:er|re)s?)(?![a-z])"),
    "GFR": ("the rate of the whole body, in mL/min", "abs", r"egfr|1[.,_]?73|mdrd|ckd"),
    "AGE": ("age in completed years", "y(ea)?r", rf"{_BEFORE}(?:mo|months?|weeks?|days?)(?![a-z])"),
}
"""Column -> what it is, what its name may say of that, and what it is not, in small letters."""


class Rejected(NamedTuple):
    """A row that is not scheduled, its ID as it was written, and why."""

    row: int
    id: str
    reason: str


class Place(NamedTuple):
    """Where a batch stands in its file.

    Args:
        first: number of its first row.
        seen: runs of the IDs of the rows before, the first of each run and the last; in arrays of
            which each is larger than the next, so that an ID is moved a few times only.
        uneven: rows of the file before or among its own that are none of the batch.
    """

    first: int = 1
    seen: tuple[np.ndarray, ...] = ()
    uneven: tuple[Rejected, ...] = ()

    def rows(self, count: int) -> np.ndarray:
        """The numbers of so many rows of the batch."""
        every = np.arange(self.first, self.first + count + len(self.uneven))
        return np.delete(every, [one.row - self.first for one in self.uneven])

    def again(self, ids: np.ndarray) -> np.ndarray:
        """Which IDs of the batch stand in a row before, or in an uneven one."""
        found = np.ones(len(ids), dtype=bool)
        found[np.unique(ids, return_index=True)[1]] = False
        for first, last in self._known():
            run = np.searchsorted(first, ids, side="right") - 1
            found |= (run >= 0) & (ids <= last[run])
        return found

    def behind(self, batch: pa.RecordBatch) -> Place:
        """Where the batch after it stands."""
        ids, _ = whole(cells_of(batch, "ID"))
        return Place(self.first + len(ids) + len(self.uneven), _with(self._known(), ids))

    def _known(self) -> tuple[np.ndarray, ...]:
        return _with(self.seen, np.array([id_number(one.id) or 0 for one in self.uneven], "int64"))


BEGIN = Place()


def _with(seen: tuple[np.ndarray, ...], ids: np.ndarray) -> tuple[np.ndarray, ...]:
    """Runs of IDs with some more; 0 is none."""
    more = ids[ids > 0]
    if not (more[1:] > more[:-1]).all():
        more = np.unique(more)
    if not more.size:
        return seen
    ends = np.flatnonzero(more[1:] > more[:-1] + 1)
    runs = np.array([more[np.append(0, ends + 1)], more[np.append(ends, -1)]])
    while seen and seen[-1].shape[1] <= runs.shape[1]:
        *rest, last = seen
        seen, runs = (*rest,), _joined(np.hstack([last, runs]))
    return (*seen, runs)


def _joined(runs: np.ndarray) -> np.ndarray:
    """Runs in order, those that meet made one."""
    first, last = runs[:, np.argsort(runs[0], kind="stable")]
    reach = np.maximum.accumulate(last)
    opens = np.append(True, first[1:] > reach[:-1] + 1)
    return np.array([first[opens], reach[np.append(opens[1:], True)]])


class Patients:
    """A file of patients, read in chunks.

    Args:
        names: column of il2calc's -> column of the file.
        mapped: those of them that the user named.

    Raises:
        Refused: it cannot be read, or lacks a column.
    """

    def __init__(self, path: Path, names: Mapping[str, str], mapped: Iterable[str]) -> None:
        self.path = path
        self.count: int | None = None
        self._is_empty = True
        with self._told():
            if str(path) == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
                once = "is a pipe or a device, which is read only once"
                raise Refused(f"{path}: {once}; write the patients to a file first")
            if path.suffix.lower() == ".parquet":
                with pq.ParquetFile(path) as file:
                    self.count, kinds = file.metadata.num_rows, file.schema_arrow
                    self._is_empty = not self.count
                there = kinds.names
            else:
                with path.open(encoding="utf-8-sig", newline="") as stream:
                    there = next(csv.reader(stream), [])
                    while text := stream.read(1 << 20):  # a row that is no UTF-8 is none to tell of
                        self._is_empty &= text.isspace()
        plain = [name.strip() for name in there]
        if twice := sorted({name for name in plain if name and plain.count(name) > 1}):
            raise Refused(f"{path}:1: has the column {twice[0]} twice; name each column once")
        exactly = dict(zip(plain, there, strict=True))
        self._names = names = {name: exactly.get(own, own) for name, own in names.items()}
        self._mapped = dict.fromkeys(mapped)
        try:
            refuse_columns(there, names, self._mapped)
        except Refused as refused:
            raise Refused(f"{path}: {refused}") from None
        self.columns = {name for name, column in names.items() if column in there}
        if self.count is not None:
            self._refuse_kinds(kinds)
        self._there = there

    def cautions(self, *, arms: bool) -> Iterator[str]:
        """That nobody is in it, and columns that may have been meant otherwise.

        These are ones that --map reads in another unit than their names may say, of which none is
        converted, and ones that are almost named as those that are read, and are not.

        Args:
            arms: whether the regimen has arms, and a column may name them.
        """
        if self._is_empty:
            yield shown(f"{self.path}: contains nobody, so there are no rows")
        for name in filter(_SAID.get, self._mapped):
            (what, right, wrong), column = _SAID[name], self._names[name]
            if re.search(wrong, column.casefold()) and not re.search(right, column.casefold()):
                read = f"the column {column} is read as {name}, {what}"
                yield shown(f"{self.path}: {read}; its name may say another unit: check it")
        for name in COLUMNS:
            column = _meant(name, name, self._there)
            is_wanted = name not in self.columns and (arms or name != "ARM")
            if is_wanted and column != _UNKNOWN:
                way = f"--map {as_typed(f'{name}={column}')} reads it"
                yield shown(f"{self.path}: the column {column} is not read; {way}")

    def _refuse_kinds(self, kinds: pa.Schema) -> None:
        wrong = [
            f"the column {self._names[name]} is of type {kind}"
            for name in sorted(self.columns)
            if not _is_cell(kind := kinds.field(self._names[name]).type)
        ]
        if wrong:
            raise Refused(f"{self.path}: {'; '.join(wrong)}; give numbers or text")

    def chunks(
        self, reject: Callable[[Rejected], None], size: int = CHUNK
    ) -> Iterator[tuple[Place, pa.RecordBatch]]:
        """Its rows in order, with the columns that are asked for, and where they stand.

        Args:
            reject: told of the rows of CSV at its end with more or fewer cells than columns; the
                others stand in the place of the rows behind them.
            size: how many at once, at the most.

        Raises:
            Refused: it cannot be read on.
        """
        seen = BEGIN.seen
        for where, piece in self._pieces(reject, size):
            place = where._replace(seen=seen)
            yield place, piece
            seen = place.behind(piece).seen

    def _pieces(
        self, reject: Callable[[Rejected], None], size: int
    ) -> Iterator[tuple[Place, pa.RecordBatch]]:
        """The same, of which no ID is read."""
        first, uneven = BEGIN.first, deque[Rejected]()
        with self._told(), ExitStack() as stack:
            if self.count is not None:
                file = stack.enter_context(  # read ahead, every group would be held to the end
                    pq.ParquetFile(self.path, pre_buffer=False, buffer_size=_BUFFER)
                )
                wanted = [self._names[name] for name in self.columns]
                batches: Iterable[pa.RecordBatch] = file.iter_batches(
                    size, columns=wanted, use_threads=False
                )
            else:
                batches = stack.enter_context(self._csv(uneven))
            for batch in batches:
                for start in range(0, batch.num_rows, size):
                    piece = renamed(batch.slice(start, size), self._names)
                    behind = first + piece.num_rows
                    own: list[Rejected] = []
                    while uneven and uneven[0].row < behind + len(own):
                        own.append(uneven.popleft())
                    yield Place(first, uneven=(*own,)), piece
                    first = behind + len(own)
            for one in uneven:
                reject(one)

    def arms(self) -> set[str | None]:
        """The arms that its rows name; None where a row names none."""
        every = (cells_of(piece, "ARM") for _, piece in self._pieces(lambda _: None, CHUNK))
        return {arm for arms in every for arm in arms.unique().to_pylist()}

    def _csv(self, uneven: deque[Rejected]) -> pa.RecordBatchReader:
        """The even rows of CSV; the others are put aside by the time that those after them come."""
        kinds = dict.fromkeys(self._there, pa.string())
        place = self._there.index(self._names["ID"])
        return pacsv.open_csv(
            self.path,
            read_options=pacsv.ReadOptions(use_threads=False),  # with threads no row has a number
            parse_options=pacsv.ParseOptions(
                invalid_row_handler=lambda row: put_aside(row, place, uneven.append)
            ),
            convert_options=pacsv.ConvertOptions(column_types=kinds),
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except UnicodeDecodeError:
            problem = "is a workbook or not UTF-8 text; save it as CSV in UTF-8, or as Parquet"
            raise Refused(f"{self.path}: {problem}") from None
        except (OSError, csv.Error, pa.ArrowException) as error:
            system = getattr(error, "strerror", None)
            why = " ".join(str(system or error).split())
            cure = "check the path and its permissions" if system else "give CSV or Parquet"
            raise Refused(f"{self.path}: cannot be read ({why}); {cure}") from None


def _is_cell(kind: pa.DataType) -> bool:
    """Whether a column holds numbers or texts, or nothing at all."""
    if pa.types.is_dictionary(kind):
        return _is_cell(kind.value_type)
    of = pa.types
    tests = (of.is_integer, of.is_floating, of.is_decimal, of.is_string, of.is_large_string)
    return any(test(kind) for test in (*tests, of.is_string_view, of.is_null))


def put_aside(row: Any, place: int, reject: Callable[[Rejected], None]) -> str:
    """Reject a row of CSV with more or fewer cells than columns; "error" where it may be several.

    Args:
        row: as pyarrow tells it, by its number with the head as the first.
        place: of the ID among the columns.
    """
    if len(row.text.splitlines()) > 1 or len(row.text) > csv.field_size_limit():
        return "error"
    number = "".join(next(csv.reader([row.text]))[place : place + 1]).strip()
    counted = f"cells: {row.actual_columns}, columns: {row.expected_columns}"
    reject(Rejected(row.number - 1, number, f"{counted}; write one for each (70.5, not 70,5)"))
    return "skip"


def renamed(batch: pa.RecordBatch, names: Mapping[str, str]) -> pa.RecordBatch:
    """A batch with the columns that are wanted, by the names that il2calc gives them.

    Args:
        names: column of il2calc's -> column of the file.
    """
    found = {name: column for name, column in names.items() if column in batch.schema.names}
    columns = [batch.column(column) for column in found.values()]
    return pa.RecordBatch.from_arrays(columns, names=list(found))


def refuse_columns(there: Iterable[str], names: Mapping[str, str], mapped: Iterable[str]) -> None:
    """Say which column a file lacks.

    Raises:
        Refused: no ID, or a column that was named and is not there.
    """
    known = list(there)
    for name in ("ID", *mapped):
        if names[name] not in known:
            told = ", ".join(known[:12]) or "none"
            if len(known) == 1 and {";", "\t"} & {*known[0]}:
                hint = "put commas between them, and write decimals with a point"
                raise Refused(f"its columns cannot be told apart ({told}); {hint}")
            wanted = f"--map {as_typed(f'{name}={_meant(name, names[name], known)}')}"
            if not known:
                wanted = "its first line names them, like ID,WT,HT"
            raise Refused(f"there is no column {names[name]} (its columns: {told}); {wanted}")


def _meant(name: str, asked: str, there: Iterable[str]) -> str:
    """The one column that can only be the one asked for: its name in other letters, or in words."""
    named = {asked.casefold(), *(_ALSO.get(name, ()) if asked == name else ())}
    found = [column for column in there if column.casefold() in named]
    return found[0] if len(found) == 1 else _UNKNOWN


def cells_of(batch: pa.RecordBatch, name: str) -> pa.Array:
    """A column as texts, or as the numbers that it has; nothing where it is empty."""
    column = batch.column(name)
    if name == "ID" and pa.types.is_floating(column.type):
        return _ids_of_doubles(pc.cast(column, pa.float64()))
    if column.type in (pa.float64(), pa.int64()) and name in ("ID", *MEASURES):
        return pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    texts = pc.utf8_trim_whitespace(pc.cast(column, pa.string()))
    if pa.types.is_decimal(column.type):
        texts = pc.replace_substring_regex(texts, r"\.0+$", "")
    elif name == "ID" and pc.any(pc.ends_with(texts, ".0")).as_py():
        texts = pc.replace_substring_regex(texts, r"\.0$", "")
    nothing = pc.is_in(texts, pa.array(_NOTHING if name != "ARM" else [""]))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), texts)


def _ids_of_doubles(column: pa.DoubleArray) -> pa.Array:
    """IDs as texts: a whole number without a point or an exponent, whatever its size."""
    whole = pc.and_(pc.less(pc.abs(column), float(_MOST_ID)), pc.equal(pc.floor(column), column))
    digits = pc.cast(pc.cast(pc.if_else(whole, column, 0.0), pa.int64()), pa.string())
    return pc.if_else(whole, digits, pc.cast(column, pa.string()))


def whole(cells: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers, and which cells are such."""
    if cells.type == pa.int64():
        values = pc.fill_null(cells, 0).to_numpy(zero_copy_only=False)
        return values, (values > 0) & (values < _MOST_ID)
    numbers, fits = matching(cells, r"^0*[1-9][0-9]{0,14}$", pa.int64())
    return numbers.to_numpy(zero_copy_only=False), fits


def matching(cells: pa.Array, pattern: str, kind: pa.DataType) -> tuple[pa.Array, np.ndarray]:
    """The numbers that the texts of a pattern are, 0 for the others, and which cells are such."""
    texts = pc.cast(cells, pa.string())
    fits = pc.fill_null(pc.match_substring_regex(texts, pattern), fill_value=False)
    return pc.cast(pc.if_else(fits, texts, "0"), kind), flags(fits)


def flags(found: pa.BooleanArray) -> np.ndarray:
    """Flags as numpy has them; nothing is false."""
    flags: np.ndarray = pc.fill_null(found, fill_value=False).to_numpy(zero_copy_only=False)
    return flags


def id_number(text: str | None) -> int | None:
    """The number that an ID is: 007 is 7; None where it is none above 0, or is too large."""
    digits = (text or "").lstrip("0")
    plain = digits.isascii() and digits.isdigit() and len(digits) < len(str(_MOST_ID))
    return int(digits) if plain else None
