"""The rows of a cohort in files: Parquet, CSV or Arrow IPC.

A file is whole or not there. A folder holds parts that are whole each, and a manifest that is
written last: without it the run did not come to its end.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import StringIO
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from il2calc import __version__
from il2calc.cohort.amounts import SCALE
from il2calc.cohort.expansion import Given, Made, Plan, expanded, people_of
from il2calc.cohort.patients import Patients, Rejected
from il2calc.cohort.people import People
from il2calc.cohort.tally import Tally
from il2calc.errors import shown
from il2calc.text import safefile
from il2calc.text.values import no_formula
from il2calc.units import double

FORMATS = {".parquet": "parquet", ".csv": "csv", ".arrow": "arrow", ".ipc": "arrow"}
ROWS = 160_000
"""Rows that are laid out at once, at the most, unless one patient has more."""
GROUP = 440_000
"""Rows of a row group of Parquet, at the least: what a file says of its groups, each column of
each, is held until its end."""
_LARGE, _SMALL = 1e10, 1e-4
NOT_A_PRESCRIPTION = "virtual patients, not a prescription"


def metadata(plan: Plan, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of itself: by which program and regimen, read how, resting on what.

    Args:
        settings: what was asked for, as it was typed.
    """
    regimen = plan.regimen
    arms = [arm for arm in plan.rules.needs if arm is not None]
    in_force = [
        {"number": each.number, "about": each.about, "text": each.text}
        for each in regimen.assumptions
        if not each.was_set and (each.arms is None or set(each.arms) & set(arms))
    ]
    units = {recipe.dose.drug: recipe.unit for layout in plan.layouts for recipe in layout.recipes}
    return {
        "format": "il2calc.cohort/1",
        "program": {"name": "il2calc", "version": __version__},
        "note": NOT_A_PRESCRIPTION,
        "regimen": {"id": regimen.id, "version": regimen.version, "sha256": regimen.origin.sha256},
        "arms": arms,
        "settings": {name: value for name, value in settings.items() if value},
        "set": [str(setting) for setting in regimen.settings],
        "assumptions": in_force,
        "amounts": {"decimals": SCALE, "rounding": "half up", "units": units},
        "time": "hours from the first row",
    }


def batches(
    plan: Plan,
    patients: Patients,
    reject: Callable[[Rejected], None],
    tally: Tally | None = None,
    progress: Callable[[int], None] = lambda _: None,
    most: int = ROWS,
) -> Iterator[Made]:
    """How many patients, and their rows, piece by piece.

    Args:
        reject: told of every row that cannot be scheduled.
        tally: counts what is given.
        progress: told of how many more rows of the file were read.
        most: rows that are laid out at once, unless one patient has more.
    """
    for people, given, rejected in _reckoned(plan, patients, tally, reject):
        progress(rejected)
        for count, laid_out in expanded(plan, people, given, most):
            yield count, laid_out
            progress(count)


def rejected_rows(plan: Plan, patients: Patients, tally: Tally) -> list[Rejected]:
    """Every row that cannot be scheduled, without laying out any; cautions of the others count."""
    found: list[Rejected] = []
    for _ in _reckoned(plan, patients, tally, found.append):
        pass
    return found


def _reckoned(
    plan: Plan, patients: Patients, tally: Tally | None, reject: Callable[[Rejected], None]
) -> Iterator[tuple[People, Given, int]]:
    """The patients of each chunk, how much each gets, and how many cannot be scheduled."""
    for where, chunk in patients.chunks(reject):
        people, given, rejected = people_of(plan, chunk, where)
        if tally is not None:
            tally.add(plan, people, given)
        for one in rejected:
            reject(one)
        yield people, given, len(rejected)


class Rejects:
    """The file of the rows that were not scheduled; there is none while there is no such row.

    Args:
        most: of them that are told where there is no file; None = all.
    """

    def __init__(
        self, path: Path | None, tell: Callable[[str], None], most: int | None = None
    ) -> None:
        self.path, self._tell, self._most = path, tell, most
        self.count = 0
        self.first: Rejected | None = None
        self._stack = ExitStack()
        self._stream: BinaryIO | None = None

    def add(self, one: Rejected) -> None:
        """Write a row, or tell it where there is no file."""
        self.count += 1
        self.first = self.first or one
        if self.path is None:
            if self._most is None or self.count <= self._most:
                self._tell(shown(f"rejected: row {one.row}, ID {one.id}: {one.reason}"))
            return
        if self._stream is None:
            self._stream = self._stack.enter_context(safefile.whole(self.path))
            self._stream.write(b"ROW,ID,REASON\n")
        self._stream.write(_csv_line([str(one.row), no_formula(one.id), no_formula(one.reason)]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)
        if self.path is None and self._most is not None and self.count > self._most:
            more = f"rejected: and {self.count - self._most:,} more"
            self._tell(f"{more}; '2> rejected.txt' keeps all of them, and --output a file of them")
        if kind is None and self._stream is None and self.path is not None:
            self.path.unlink(missing_ok=True)  # an earlier run's would be taken for this one's


def _csv_line(cells: Iterable[str]) -> bytes:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue().encode()


def write(
    found: Iterable[Made],
    schema: pa.Schema,
    told: Mapping[str, Any],
    stream: BinaryIO,
    format_: str,
) -> tuple[int, int]:
    """Write rows in one format; how many patients and rows there were.

    Args:
        told: what the file says of itself; CSV has no place for it.
    """
    schema = schema.with_metadata({"il2calc": json.dumps(told, ensure_ascii=False)})
    patients = rows = 0
    with _writer(schema, stream, format_) as put:
        for count, batch in found:
            put(batch.replace_schema_metadata(schema.metadata))
            patients, rows = patients + count, rows + batch.num_rows
    return patients, rows


@contextmanager
def _writer(
    schema: pa.Schema, stream: BinaryIO, format_: str
) -> Iterator[Callable[[pa.RecordBatch], None]]:
    if format_ == "csv":
        stream.write(f"{','.join(schema.names)}\n".encode())
        yield lambda batch: _put_csv(batch, stream)
    elif format_ == "arrow":
        with pa.ipc.new_stream(stream, schema) as writer:
            yield writer.write_batch
    else:
        with pq.ParquetWriter(
            stream,
            schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=[field.name for field in schema if field.type == pa.string()],
            store_decimal_as_integer=True,
        ) as writer:
            waiting: list[pa.RecordBatch] = []

            def end() -> None:
                if waiting:
                    writer.write_table(pa.Table.from_batches(waiting), GROUP * 2)
                    waiting.clear()

            def put(batch: pa.RecordBatch) -> None:
                """Gather batches to row groups, each written once it has its rows."""
                waiting.append(batch)
                if sum(one.num_rows for one in waiting) >= GROUP:
                    end()

            yield put
            end()


def _put_csv(batch: pa.RecordBatch, stream: BinaryIO) -> None:
    """Numbers as the shortest text of the nearest double, spelled as in an event table."""
    place = batch.schema.get_field_index("AMT")
    # by way of a text: a decimal that is cast at once may be the double beside the nearest
    nearest = pc.cast(pc.cast(batch.column(place), pa.string()), pa.float64())
    plain = batch.set_column(place, "AMT", nearest)
    for place, field in enumerate(plain.schema):
        if field.type == pa.float64():
            plain = plain.set_column(place, field.name, _spelled(plain.column(place)))
        elif pa.types.is_string(field.type):
            plain = plain.set_column(place, field.name, _each(plain.column(place), no_formula))
    texts = any(pa.types.is_string(kind) for kind in batch.schema.types)
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed" if texts else "none")
    pacsv.write_csv(plain, stream, options)


def _spelled(numbers: pa.DoubleArray) -> pa.Array:
    """Numbers; as texts where some are so large or small that pyarrow would spell them its way."""
    sizes = np.abs(numbers.to_numpy(zero_copy_only=False))
    if not ((sizes >= _LARGE) | ((sizes < _SMALL) & (sizes > 0))).any():
        return numbers
    return _each(numbers, double)


def _each(values: pa.Array, spelled: Callable[[Any], str]) -> pa.Array:
    """Values as the texts that they are spelled as, each different one once."""
    found = values.dictionary_encode()
    return pa.array(map(spelled, found.dictionary.to_pylist()), pa.string()).take(found.indices)


def write_parts(
    found: Iterable[Made],
    schema: pa.Schema,
    told: Mapping[str, Any],
    folder: Path,
    format_: str,
    most: int,
) -> None:
    """Write rows as parts of a folder, each whole, none of them splitting a patient.

    Args:
        most: rows of a part, unless a single chunk of patients has more.

    Raises:
        FileExistsError: the folder is there.
    """
    with _begun(folder):
        parts: list[dict[str, Any]] = []
        for part, batches_of_part in groupby(found, key=_part(most)):
            path = folder / f"part-{part:05d}.{format_}"
            with safefile.whole(path) as stream:
                patients, rows = write(batches_of_part, schema, told, stream, format_)
            with path.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            parts.append({"file": path.name, "patients": patients, "rows": rows, "sha256": sha256})
        text = json.dumps({**told, "parts": parts}, ensure_ascii=False, indent=2)
        safefile.replace(folder / "manifest.json", [f"{text}\n".encode()])


@contextmanager
def _begun(folder: Path) -> Iterator[None]:
    """A new folder, which goes again where nothing whole came into it.

    Raises:
        FileExistsError: it is there.
    """
    folder.mkdir(0o770)  # like its files: no rights for others
    try:
        yield
    except BaseException:
        with suppress(OSError):  # a folder with a whole part stays; an empty one is in the way
            folder.rmdir()
        raise


def _part(most: int) -> Callable[[Made], int]:
    """The number of the part that each batch in turn goes into, of so many rows at the most."""
    part, rows = 1, 0

    def of(made: Made) -> int:
        nonlocal part, rows
        more = made[1].num_rows
        if rows and rows + more > most:
            part, rows = part + 1, 0
        rows += more
        return part

    return of
