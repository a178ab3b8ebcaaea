"""The exported log: a CSV file, plain or compressed, sorted by incident on the disk.

The rows of an incident need not lie together in the file. They are put into a temporary file of
their own first, which also finds out that the whole file is readable before anything is written.
"""

from __future__ import annotations

import csv
import gzip
import io
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from services.incident.imports.domain import Cells, LogMapping, LogNotReadableError

_GZIP: Final = b"\x1f\x8b"
_PORTION: Final = 2_000
Numbered = tuple[int, Cells]


class SortedLog:
    """The rows of a log by incident; ``rejected`` are those that no incident can have."""

    def __init__(self, store: sqlite3.Connection, columns: Sequence[str]) -> None:
        """Keep where the rows are."""
        self._store = store
        self._columns = columns
        self.rows = 0
        self.rejected: list[tuple[int, str]] = []

    def fill(
        self, reader: Iterator[list[str]], mapping: LogMapping, told: Callable[[int], None]
    ) -> None:
        """Take over all rows; a row's number counts from 1, the header left out."""
        header = next(reader, None)
        if header is None:
            raise LogNotReadableError("The file is empty.")
        places = _places(header, mapping)
        number_place = header.index(mapping.columns["number"])
        portion: list[tuple[str, int, bytes]] = []
        while True:
            try:
                line = next(reader)
            except StopIteration:
                break
            except csv.Error as error:
                self.rows += 1
                self.rejected.append((self.rows, f"not CSV: {error}"))
                continue
            if not line:
                continue
            self.rows += 1
            if len(line) != len(header):
                reason = f"{len(line)} cells, the header has {len(header)}"
                self.rejected.append((self.rows, reason))
            elif not _value(line[number_place], mapping):
                self.rejected.append((self.rows, f"{mapping.columns['number']}: missing"))
            else:
                cells = [_value(line[place], mapping) for place in places]
                try:
                    data = orjson.dumps(cells)
                except TypeError:  # half a character, which no encoding of ours has
                    self.rejected.append((self.rows, "no valid text"))
                    continue
                portion.append((line[number_place].strip(), self.rows, data))
            if len(portion) >= _PORTION:
                self._keep(portion)
                told(self.rows)
                portion = []
        self._keep(portion)
        self._store.execute("create index by_number on line (number, place)")
        told(self.rows)

    def _keep(self, portion: Sequence[tuple[str, int, bytes]]) -> None:
        self._store.executemany("insert into line values (?, ?, ?)", portion)

    def incidents(self) -> Iterator[tuple[str, list[Numbered]]]:
        """Yield each incident's number and its rows, in the order of the file."""
        found = self._store.execute("select number, place, data from line order by number, place")
        for number, lines in groupby(found, key=itemgetter(0)):
            yield (
                number,
                [
                    (place, dict(zip(self._columns, orjson.loads(data), strict=True)))
                    for _, place, data in lines
                ],
            )


@contextmanager
def sorted_log(path: Path, mapping: LogMapping, told: Callable[[int], None]) -> Iterator[SortedLog]:
    """Read a log and lend its rows by incident; ``told`` hears how many were read.

    Raises:
        LogNotReadableError: it is no such file, in another encoding, or columns are missing.
    """
    with (
        TemporaryDirectory(prefix="itsm-log-") as folder,
        closing(sqlite3.connect(Path(folder, "rows"), isolation_level=None)) as store,
    ):
        # Lost with the process anyway, so nothing needs to be safe on the disk.
        store.execute("pragma journal_mode = off")
        store.execute("pragma synchronous = off")
        store.execute("create table line (number text, place integer, data blob)")
        log = SortedLog(store, mapping.wanted)
        try:
            with _opened(path, mapping.encoding) as text:
                log.fill(csv.reader(text, delimiter=mapping.delimiter), mapping, told)
        except UnicodeError as error:
            detail = f"{path}: not {mapping.encoding} near row {log.rows + 1}; the mapping names"
            raise LogNotReadableError(f"{detail} the encoding.") from error
        except LookupError as error:
            raise LogNotReadableError(f"{mapping.encoding} is no encoding of texts.") from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise LogNotReadableError(f"{path}: the compressed file is damaged.") from error
        except OSError as error:
            raise LogNotReadableError(f"{path}: {error.strerror}") from error
        yield log


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[io.TextIOBase]:
    with path.open("rb") as raw:
        compressed = raw.read(2) == _GZIP
        raw.seek(0)
        if compressed:
            with gzip.open(raw, "rt", encoding=encoding, newline="") as text:
                yield text
        else:
            with io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
                yield text


def _places(header: Sequence[str], mapping: LogMapping) -> list[int]:
    lacking = [name for name in mapping.wanted if name not in header]
    if lacking:
        raise LogNotReadableError(f"Columns are missing: {', '.join(lacking)}.")
    twice = sorted({name for name in mapping.wanted if header.count(name) > 1})
    if twice:
        raise LogNotReadableError(f"Columns are there twice: {', '.join(twice)}.")
    return [header.index(name) for name in mapping.wanted]


def _value(text: str, mapping: LogMapping) -> str | None:
    text = text.strip()
    return None if not text or text in mapping.missing else text
