"""Files of patients: rows of CSV or Parquet in chunks, with columns under il2calc's names.

IDs are whole numbers; each may occur in one row of a file only.
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
"""Patients in a chunk."""
_BUFFER = 1 << 16
"""Bytes of a column of Parquet that are read at once."""

DIGITS = 15
"""Decimals of measures as whole numbers; a measure with more decimals is read as text."""

MEASURES = {
    "WT": ("weight", "weight", WEIGHT_RANGE),
    "HT": ("height", "height", HEIGHT_RANGE),
    "BSA": ("surface_area", "body surface area", BSA_RANGE),
    "GFR": ("gfr", "GFR", GFR_RANGE),
    "AGE": ("age", "age", AGE_RANGE),
}
"""Column -> the field of `Patient` that it fills, its name in words, and its range."""

COLUMNS = ("ID", *MEASURES, "SEX", "ARM")
_ID_LIMIT = 10**15
_EMPTY_TEXTS = ["", "NA", "NaN", "nan", "."]

_PLACEHOLDER = "COLUMN"
_OTHER_NAMES = {
    "ID": ("patient_id", "subject_id", "patientid", "subjectid", "pid", "usubjid"),
    **{name: (key, words, words.replace(" ", "_")) for name, (key, words, _) in MEASURES.items()},
}
"""Column -> other names that can mean nothing else, in lower case."""
_PREFIX = r"(?:^|[^a-z]|age|h(?:eigh)?t|w(?:eigh)?t)"
"""What may precede a unit in the name of a column."""
_UNIT_NAMES = {
    "WT": ("weight in kg", "kg", rf"{_PREFIX}(?:lbs?|pounds?|g|grams?|stones?)(?![a-z])"),
    "HT": ("height in cm", "cm", rf"{_PREFIX}(?:in|inch(?:es)?|ft|feet|m|met(?:er|re)s?)(?![a-z])"),
    "GFR": ("the rate of the whole body, in mL/min", "abs", r"egfr|1[.,_]?73|mdrd|ckd"),
    "AGE": ("age in completed years", "y(ea)?r", rf"{_PREFIX}(?:mo|months?|weeks?|days?)(?![a-z])"),
}
"""Column -> what it holds, pattern of its unit in a name, patterns of other units; lower case."""


class Rejected(NamedTuple):
    """A row that is not scheduled, with its ID as written, and the reason."""

    row: int
    id: str
    reason: str


class Place(NamedTuple):
    """The place of a batch in its file.

    Args:
        first: number of its first row.
        runs: the IDs of all rows before it, as runs (first and last ID); in arrays of decreasing
            size, so that merging moves each ID only a few times.
        ragged: rows of the file, just before or among its own, with too many or too few cells.
    """

    first: int = 1
    runs: tuple[np.ndarray, ...] = ()
    ragged: tuple[Rejected, ...] = ()

    def rows(self, count: int) -> np.ndarray:
        """The row numbers of a batch with this many rows."""
        numbers = np.arange(self.first, self.first + count + len(self.ragged))
        return np.delete(numbers, [rejected.row - self.first for rejected in self.ragged])

    def duplicates(self, ids: np.ndarray) -> np.ndarray:
        """Which IDs of the batch also occur in an earlier row or in a ragged one."""
        duplicate = np.ones(len(ids), dtype=bool)
        duplicate[np.unique(ids, return_index=True)[1]] = False
        for first, last in self._all_runs():
            run = np.searchsorted(first, ids, side="right") - 1
            duplicate |= (run >= 0) & (ids <= last[run])
        return duplicate

    def next_place(self, batch: pa.RecordBatch) -> Place:
        """The place of the batch after it."""
        ids, _ = whole_numbers(cells_of(batch, "ID"))
        return Place(self.first + len(ids) + len(self.ragged), _add_ids(self._all_runs(), ids))

    def _all_runs(self) -> tuple[np.ndarray, ...]:
        ids, _ = whole_numbers(pa.array([rejected.id for rejected in self.ragged], pa.string()))
        return _add_ids(self.runs, ids)


BEGIN = Place()


def _add_ids(runs: tuple[np.ndarray, ...], ids: np.ndarray) -> tuple[np.ndarray, ...]:
    """Runs of IDs with some IDs added; an ID of 0 means that there is none."""
    new = ids[ids > 0]
    if not (new[1:] > new[:-1]).all():
        new = np.unique(new)
    if not new.size:
        return runs
    gaps = np.flatnonzero(new[1:] > new[:-1] + 1)
    new_runs = np.array([new[np.append(0, gaps + 1)], new[np.append(gaps, -1)]])
    while runs and runs[-1].shape[1] <= new_runs.shape[1]:
        *rest, last = runs
        runs, new_runs = (*rest,), _merged(np.hstack([last, new_runs]))
    return (*runs, new_runs)


def _merged(runs: np.ndarray) -> np.ndarray:
    """Runs in order, with adjacent and overlapping ones merged."""
    first, last = runs[:, np.argsort(runs[0], kind="stable")]
    reach = np.maximum.accumulate(last)
    starts = np.append(True, first[1:] > reach[:-1] + 1)
    return np.array([first[starts], reach[np.append(starts[1:], True)]])


class Patients:
    """A file of patients, read in chunks.

    Args:
        names: column of il2calc -> column of the file.
        mapped: columns of il2calc that the user mapped.

    Raises:
        Refused: it cannot be read, or lacks a column.
    """

    def __init__(self, path: Path, names: Mapping[str, str], mapped: Iterable[str]) -> None:
        self.path = path
        self.count: int | None = None
        self._is_empty = True
        with self._reading():
            if str(path) == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
                problem = "is a pipe or a device, which is read only once"
                raise Refused(f"{path}: {problem}; write the patients to a file first")
            if path.suffix.lower() == ".parquet":
                with pq.ParquetFile(path) as file:
                    self.count, schema = file.metadata.num_rows, file.schema_arrow
                    self._is_empty = not self.count
                header = schema.names
            else:
                with path.open(encoding="utf-8-sig", newline="") as stream:
                    header = next(csv.reader(stream), [])
                    while text := stream.read(1 << 20):  # also checks that all of it is UTF-8
                        self._is_empty &= text.isspace()
        stripped = [name.strip() for name in header]
        if twice := sorted({name for name in stripped if name and stripped.count(name) > 1}):
            raise Refused(f"{path}:1: has the column {twice[0]} twice; name each column once")
        original = dict(zip(stripped, header, strict=True))
        names = self._mapping = {key: original.get(name, name) for key, name in names.items()}
        self._mapped = dict.fromkeys(mapped)
        try:
            refuse_columns(header, names, self._mapped)
        except Refused as refused:
            raise Refused(f"{path}: {refused}") from None
        self.columns = {name for name, column in names.items() if column in header}
        if self.count is not None:
            self._refuse_kinds(schema)
        self._header = header

    def cautions(self, *, arms: bool) -> Iterator[str]:
        """Cautions about an empty file, and about columns that may mean something else.

        Those are mapped columns whose names suggest another unit (none is converted), and unread
        columns whose names are almost those of columns that would be read.

        Args:
            arms: whether the regimen has arms, so that a column may name them.
        """
        if self._is_empty:
            yield shown(f"{self.path}: contains nobody, so there are no rows")
        for name in filter(_UNIT_NAMES.get, self._mapped):
            (meaning, unit, other_units), column = _UNIT_NAMES[name], self._mapping[name]
            lower = column.casefold()
            if re.search(other_units, lower) and not re.search(unit, lower):
                reading = f"the column {column} is read as {name}, {meaning}"
                yield shown(f"{self.path}: {reading}; its name may say another unit: check it")
        for name in COLUMNS:
            column = _matching_column(name, name, self._header)
            is_wanted = name not in self.columns and (arms or name != "ARM")
            if is_wanted and column != _PLACEHOLDER:
                option = f"--map {as_typed(f'{name}={column}')} reads it"
                yield shown(f"{self.path}: the column {column} is not read; {option}")

    def _refuse_kinds(self, schema: pa.Schema) -> None:
        problems = [
            f"the column {self._mapping[name]} is of type {kind}"
            for name in sorted(self.columns)
            if not _is_readable(kind := schema.field(self._mapping[name]).type)
        ]
        if problems:
            raise Refused(f"{self.path}: {'; '.join(problems)}; give numbers or text")

    def chunks(
        self, reject: Callable[[Rejected], None], size: int = CHUNK
    ) -> Iterator[tuple[Place, pa.RecordBatch]]:
        """Its rows in order, with the columns that are in `columns`, and their place.

        Args:
            reject: is called with the ragged rows at the end of CSV; others are in a `Place`.
            size: most rows of a chunk.

        Raises:
            Refused: it cannot be read to the end.
        """
        runs = BEGIN.runs
        for place, piece in self._raw_chunks(reject, size):
            numbered = place._replace(runs=runs)
            yield numbered, piece
            runs = numbered.next_place(piece).runs

    def _raw_chunks(
        self, reject: Callable[[Rejected], None], size: int
    ) -> Iterator[tuple[Place, pa.RecordBatch]]:
        """The same without `runs`: no ID is read."""
        first, ragged = BEGIN.first, deque[Rejected]()
        with self._reading(), ExitStack() as stack:
            if self.count is not None:
                file = stack.enter_context(  # with pre_buffer all row groups would stay in memory
                    pq.ParquetFile(self.path, pre_buffer=False, buffer_size=_BUFFER)
                )
                columns = [self._mapping[name] for name in self.columns]
                batches: Iterable[pa.RecordBatch] = file.iter_batches(
                    size, columns=columns, use_threads=False
                )
            else:
                batches = stack.enter_context(self._csv(ragged))
            for batch in batches:
                for start in range(0, batch.num_rows, size):
                    piece = renamed(batch.slice(start, size), self._mapping)
                    end = first + piece.num_rows
                    ragged_here: list[Rejected] = []
                    while ragged and ragged[0].row < end + len(ragged_here):
                        ragged_here.append(ragged.popleft())
                    yield Place(first, ragged=(*ragged_here,)), piece
                    first = end + len(ragged_here)
            for row in ragged:
                reject(row)

    def arms(self) -> set[str | None]:
        """The arms that its rows name; None if a row names none."""
        columns = (cells_of(piece, "ARM") for _, piece in self._raw_chunks(lambda _: None, CHUNK))
        return {arm for column in columns for arm in column.unique().to_pylist()}

    def _csv(self, ragged: deque[Rejected]) -> pa.RecordBatchReader:
        """The rows of CSV; ragged ones are in `ragged` before the batch after them is read."""
        types = dict.fromkeys(self._header, pa.string())
        id_index = self._header.index(self._mapping["ID"])
        return pacsv.open_csv(
            self.path,
            read_options=pacsv.ReadOptions(use_threads=False),  # threads would lose row numbers
            parse_options=pacsv.ParseOptions(
                invalid_row_handler=lambda row: put_aside(row, id_index, ragged.append)
            ),
            convert_options=pacsv.ConvertOptions(column_types=types),
        )

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn errors of reading the file into refusals."""
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


def _is_readable(kind: pa.DataType) -> bool:
    """Whether a column of this type can be read: it has numbers, texts, or nothing at all."""
    if pa.types.is_dictionary(kind):
        return _is_readable(kind.value_type)
    names = ("integer", "floating", "decimal", "string", "large_string", "string_view", "null")
    return any(getattr(pa.types, f"is_{name}")(kind) for name in names)


def put_aside(row: Any, id_index: int, reject: Callable[[Rejected], None]) -> str:
    """Reject a ragged row of CSV; "error" if it may be several rows, so that reading stops.

    Args:
        row: from pyarrow; its number counts the header as row 1.
        id_index: the index of the column ID.
    """
    if len(row.text.splitlines()) > 1 or len(row.text) > csv.field_size_limit():
        return "error"
    id_text = "".join(next(csv.reader([row.text]))[id_index : id_index + 1]).strip()
    counted = f"cells: {row.actual_columns}, columns: {row.expected_columns}"
    reject(Rejected(row.number - 1, id_text, f"{counted}; write one for each (70.5, not 70,5)"))
    return "skip"


def renamed(batch: pa.RecordBatch, names: Mapping[str, str]) -> pa.RecordBatch:
    """A batch with only the columns of `names`, under il2calc's names.

    Args:
        names: column of il2calc -> column of the file.
    """
    available = {name: column for name, column in names.items() if column in batch.schema.names}
    return batch.select([*available.values()]).rename_columns([*available])


def refuse_columns(columns: Iterable[str], names: Mapping[str, str], mapped: Iterable[str]) -> None:
    """Refuse a file that lacks a column.

    Raises:
        Refused: there is no ID, or a mapped column is missing.
    """
    header = list(columns)
    for name in ("ID", *mapped):
        if names[name] not in header:
            listed = ", ".join(header[:12]) or "none"
            if len(header) == 1 and {";", "\t"} & {*header[0]}:
                hint = "put commas between them, and write decimals with a point"
                raise Refused(f"its columns cannot be told apart ({listed}); {hint}")
            remedy = f"--map {as_typed(f'{name}={_matching_column(name, names[name], header)}')}"
            if not header:
                remedy = "its first line names them, like ID,WT,HT"
            raise Refused(f"there is no column {names[name]} (its columns: {listed}); {remedy}")


def _matching_column(name: str, column: str, columns: Iterable[str]) -> str:
    """The one column with this name in another case, or another name for it; else `COLUMN`."""
    accepted = {column.casefold(), *(_OTHER_NAMES.get(name, ()) if column == name else ())}
    matches = [other for other in columns if other.casefold() in accepted]
    return matches[0] if len(matches) == 1 else _PLACEHOLDER


def cells_of(batch: pa.RecordBatch, name: str) -> pa.Array:
    """A column as texts, or as numbers if it has numbers; null if a cell is empty."""
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
    empty = pc.is_in(texts, pa.array(_EMPTY_TEXTS if name != "ARM" else [""]))
    return pc.if_else(empty, pa.scalar(None, pa.string()), texts)


def _ids_of_doubles(column: pa.DoubleArray) -> pa.Array:
    """IDs as texts; whole numbers have no point and no exponent."""
    whole = pc.and_(pc.less(pc.abs(column), float(_ID_LIMIT)), pc.equal(pc.floor(column), column))
    digits = pc.cast(pc.cast(pc.if_else(whole, column, 0.0), pa.int64()), pa.string())
    return pc.if_else(whole, digits, pc.cast(column, pa.string()))


def whole_numbers(cells: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The cells as whole numbers (007 is 7), and which of them are positive and not too large."""
    if cells.type == pa.int64():
        values = pc.fill_null(cells, 0).to_numpy(zero_copy_only=False)
        return values, (values > 0) & (values < _ID_LIMIT)
    numbers, fits = parsed(cells, r"^0*[1-9][0-9]{0,14}$", pa.int64())
    return numbers.to_numpy(zero_copy_only=False), fits


def parsed(cells: pa.Array, pattern: str, kind: pa.DataType) -> tuple[pa.Array, np.ndarray]:
    """The cells that match a pattern, as numbers (others are 0), and which cells match."""
    texts = pc.cast(cells, pa.string())
    fits = pc.fill_null(pc.match_substring_regex(texts, pattern), fill_value=False)
    return pc.cast(pc.if_else(fits, texts, "0"), kind), flags(fits)


def flags(values: pa.BooleanArray) -> np.ndarray:
    """Flags as a numpy array; null is false."""
    result: np.ndarray = pc.fill_null(values, fill_value=False).to_numpy(zero_copy_only=False)
    return result
