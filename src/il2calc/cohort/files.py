"""The rows of a cohort in files: Parquet, CSV or Arrow IPC.

A file is complete or does not exist. A folder has complete parts, and a manifest that is written
last: without it the run did not finish.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import StringIO
from itertools import groupby
from operator import itemgetter
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
from il2calc.cohort.expansion import ByArm, Plan, Rows, expanded, people_of
from il2calc.cohort.patients import Patients, Rejected
from il2calc.cohort.people import People
from il2calc.cohort.tally import Tally
from il2calc.errors import shown
from il2calc.text import safefile
from il2calc.text.values import no_formula
from il2calc.units import double

FORMATS = {".parquet": "parquet", ".csv": "csv", ".arrow": "arrow", ".ipc": "arrow"}
ROWS = 160_000
"""Most rows of a batch, unless one patient has more."""
GROUP_ROWS = 440_000
"""Fewest rows of a Parquet row group: metadata of every column in every group stays in memory until
the file is finished."""
_PLAIN_BELOW, _PLAIN_FROM = 1e10, 1e-4


def metadata(plan: Plan, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata of a file: program, regimen, options, settings, assumptions and units.

    Args:
        settings: the options of the user, as typed.
    """
    regimen = plan.regimen
    arms = [arm for arm in plan.rules.needs if arm is not None]
    in_force = [
        {"number": assumption.number, "about": assumption.about, "text": assumption.text}
        for assumption in regimen.assumptions
        if not assumption.was_set and (assumption.arms is None or set(assumption.arms) & set(arms))
    ]
    units = {recipe.dose.drug: recipe.unit for recipe in plan.recipes()}
    return {
        "format": "il2calc.cohort/1",
        "program": {"name": "il2calc", "version": __version__},
        "note": "virtual patients, not a prescription",
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
) -> Iterator[Rows]:
    """The rows of all patients, batch by batch.

    Args:
        reject: is called with every row that cannot be scheduled.
        tally: counts the doses and the cautions.
        progress: is called with the number of further rows of the file that are done.
        most: most rows of a batch, unless one patient has more.
    """
    for people, by_arm, rejected in _amounts_of_chunks(plan, patients, tally, reject):
        progress(rejected)
        for count, rows in expanded(plan, people, by_arm, most):
            yield count, rows
            progress(count)


def rejected_rows(plan: Plan, patients: Patients, tally: Tally) -> list[Rejected]:
    """Every row that cannot be scheduled; nothing is laid out, but cautions are counted."""
    rejected: list[Rejected] = []
    for _ in _amounts_of_chunks(plan, patients, tally, rejected.append):
        pass
    return rejected


def _amounts_of_chunks(
    plan: Plan, patients: Patients, tally: Tally | None, reject: Callable[[Rejected], None]
) -> Iterator[tuple[People, ByArm, int]]:
    """The patients of each chunk, their amounts, and the number of rejected rows."""
    for place, chunk in patients.chunks(reject):
        people, by_arm, rejected = people_of(plan, chunk, place)
        if tally is not None:
            tally.add(plan, people, by_arm)
        for row in rejected:
            reject(row)
        yield people, by_arm, len(rejected)


class Rejects:
    """The file of the rejected rows, which is only created if there are any.

    Args:
        tell: is called with a line about each of `most` rows (None = all) if there is no file.
    """

    def __init__(
        self, path: Path | None, tell: Callable[[str], None], most: int | None = None
    ) -> None:
        self.path, self._tell, self._most = path, tell, most
        self.count = 0
        self.first: Rejected | None = None
        self._stack = ExitStack()
        self._stream: BinaryIO | None = None

    def add(self, row: Rejected) -> None:
        """Write a row, or report it if there is no file."""
        self.count += 1
        self.first = self.first or row
        if self.path is None:
            if self._most is None or self.count <= self._most:
                self._tell(shown(f"rejected: row {row.row}, ID {row.id}: {row.reason}"))
            return
        if self._stream is None:
            self._stream = self._stack.enter_context(safefile.replacing(self.path))
            self._stream.write(b"ROW,ID,REASON\n")
        line = StringIO()
        cells = (row.row, no_formula(row.id), no_formula(row.reason))
        csv.writer(line, lineterminator="\n").writerow(cells)
        self._stream.write(line.getvalue().encode())

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
            self.path.unlink(missing_ok=True)  # or a file of an earlier run would seem to be ours


def write(
    row_batches: Iterable[Rows],
    schema: pa.Schema,
    meta: Mapping[str, Any],
    stream: BinaryIO,
    format_: str,
) -> tuple[int, int]:
    """Write rows in one format; the numbers of patients and of rows.

    Args:
        meta: the metadata of the file; CSV has no place for it.
    """
    schema = schema.with_metadata({"il2calc": json.dumps(meta, ensure_ascii=False)})
    patients = rows = 0
    with _batch_writer(schema, stream, format_) as write_batch:
        for count, batch in row_batches:
            write_batch(batch.replace_schema_metadata(schema.metadata))
            patients, rows = patients + count, rows + batch.num_rows
    return patients, rows


@contextmanager
def _batch_writer(
    schema: pa.Schema, stream: BinaryIO, format_: str
) -> Iterator[Callable[[pa.RecordBatch], None]]:
    if format_ == "csv":
        stream.write(f"{','.join(schema.names)}\n".encode())
        yield lambda batch: _write_csv(batch, stream)
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
            group: list[pa.RecordBatch] = []

            def flush() -> None:
                if group:
                    writer.write_table(pa.Table.from_batches(group), GROUP_ROWS * 2)
                    group.clear()

            def write_batch(batch: pa.RecordBatch) -> None:
                """Collect batches, and write them as a row group when there are enough rows."""
                group.append(batch)
                if sum(batch.num_rows for batch in group) >= GROUP_ROWS:
                    flush()

            yield write_batch
            flush()


def _write_csv(batch: pa.RecordBatch, stream: BinaryIO) -> None:
    """Write CSV with each number as the shortest text of its nearest double, as in event tables."""
    index = batch.schema.get_field_index("AMT")
    # via text: casting a decimal directly may give a neighbour of the nearest double
    nearest = pc.cast(pc.cast(batch.column(index), pa.string()), pa.float64())
    table = batch.set_column(index, "AMT", nearest)
    for index, field in enumerate(table.schema):
        if field.type == pa.float64():
            table = table.set_column(index, field.name, _plain_numbers(table.column(index)))
        elif pa.types.is_string(field.type):
            table = table.set_column(index, field.name, _as_texts(table.column(index), no_formula))
    texts = any(pa.types.is_string(kind) for kind in batch.schema.types)
    options = pacsv.WriteOptions(include_header=False, quoting_style="needed" if texts else "none")
    pacsv.write_csv(table, stream, options)


def _plain_numbers(numbers: pa.DoubleArray) -> pa.Array:
    """Numbers, as texts if any is so large or small that pyarrow would write it differently."""
    sizes = np.abs(numbers.to_numpy(zero_copy_only=False))
    if not ((sizes >= _PLAIN_BELOW) | ((sizes < _PLAIN_FROM) & (sizes > 0))).any():
        return numbers
    return _as_texts(numbers, double)


def _as_texts(values: pa.Array, to_text: Callable[[Any], str]) -> pa.Array:
    """Values as texts; equal values are converted once."""
    encoded = values.dictionary_encode()
    return pa.array(map(to_text, encoded.dictionary.to_pylist()), pa.string()).take(encoded.indices)


def write_parts(
    row_batches: Iterable[Rows],
    schema: pa.Schema,
    meta: Mapping[str, Any],
    folder: Path,
    format_: str,
    most: int,
) -> None:
    """Write rows as complete parts in a folder; no patient is split between parts.

    Args:
        most: most rows of a part, unless a single batch has more.

    Raises:
        FileExistsError: the folder exists.
    """
    with _new_folder(folder):
        parts: list[dict[str, Any]] = []
        for part, numbered in groupby(_in_parts(row_batches, most), key=itemgetter(0)):
            batches_of_part = (patient_rows for _, patient_rows in numbered)
            path = folder / f"part-{part:05d}.{format_}"
            with safefile.replacing(path) as stream:
                patients, rows = write(batches_of_part, schema, meta, stream, format_)
            with path.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            parts.append({"file": path.name, "patients": patients, "rows": rows, "sha256": sha256})
        text = json.dumps({**meta, "parts": parts}, ensure_ascii=False, indent=2)
        safefile.replace(folder / "manifest.json", [f"{text}\n".encode()])


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Make a folder, and remove it after an error if it has no complete part."""
    folder.mkdir(0o770)  # like its files: no rights for others
    try:
        yield
    except BaseException:
        with suppress(OSError):  # there is a complete part; an empty folder would be in the way
            folder.rmdir()
        raise


def _in_parts(row_batches: Iterable[Rows], most: int) -> Iterator[tuple[int, Rows]]:
    """The batches, each with the number of its part, of at most this many rows."""
    part, rows = 1, 0
    for patient_rows in row_batches:
        count = patient_rows[1].num_rows
        if rows and rows + count > most:
            part, rows = part + 1, 0
        rows += count
        yield part, patient_rows
