"""A bundle as NDJSON: one document per line, read from a file again and again, never held.

What is kept of half a million lines is where each one begins: a few megabytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from services.catalog.bundles.domain.documents import LISTS, Raw
from services.catalog.bundles.domain.faults import Fault, Faults, refused

DOCUMENT: Final = "document"
"""The field of a line that says which list of a bundle its document belongs to."""
MAX_LINE_BYTES: Final = 1024 * 1024
MAX_DEPTH: Final = 24
_KINDS: Final = frozenset(LISTS.values())


class Lines:
    """A source of documents in a file of lines."""

    def __init__(self, path: Path) -> None:
        """Name the file; it must not change while it is read."""
        self._path = path
        self._starts: dict[str, array[int]] = {}
        self._numbers: dict[str, array[int]] = {}

    def documents(self) -> Iterator[Raw]:
        """Yield every document, and note where it begins.

        Raises:
            BundleRefusedError: lines cannot be read.
        """
        self._starts = {kind: array("Q") for kind in _KINDS}
        self._numbers = {kind: array("L") for kind in _KINDS}
        faults = Faults()
        start = 0
        with self._path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(line) > MAX_LINE_BYTES:
                    raise refused(number, "", f"a line has at most {MAX_LINE_BYTES} bytes")
                found = _read(line, number)
                if isinstance(found, Fault):
                    faults.add(found)
                elif found is not None:
                    self._starts[found.kind].append(start)
                    self._numbers[found.kind].append(number)
                    yield found
                start += len(line)
        faults.refuse_if_any()

    def of_kind(self, kind: str) -> Iterator[Raw]:
        """Yield the documents of one kind, once all were read."""
        with self._path.open("rb") as file:
            here = 0
            for start, number in zip(self._starts[kind], self._numbers[kind], strict=True):
                if start != here:
                    file.seek(start)
                line = file.readline()
                here = start + len(line)
                found = _read(line, number)
                if not isinstance(found, Raw) or found.kind != kind:
                    raise refused(number, "", "the file changed while it was read")
                yield found

    def count(self, kind: str) -> int:
        """Return how many documents of a kind there are, once all were read."""
        return len(self._starts.get(kind, ()))


def _read(line: bytes, number: int) -> Raw | Fault | None:
    if not line.strip():
        return None
    try:
        value: Any = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Fault(number, "", f"not JSON: {error.msg} (column {error.colno})")
    detail = _unfit(line, value)
    if detail is not None:
        return Fault(number, "", detail)
    kind = value.pop(DOCUMENT, None)
    if not isinstance(kind, str) or kind not in _KINDS:
        return Fault(number, f"/{DOCUMENT}", f"must be one of {', '.join(sorted(_KINDS))}")
    return Raw(kind, value, number)


def _unfit(line: bytes, value: object) -> str | None:
    """Say why a value can be no document; only what looks suspicious is looked through."""
    if not isinstance(value, dict):
        return "must be an object"
    if b"\\u0000" in line and b"\\u0000" in orjson.dumps(value):
        return "NUL characters are not allowed"
    if line.count(b"{") + line.count(b"[") > MAX_DEPTH and _too_deep(value, MAX_DEPTH):
        return f"it nests more than {MAX_DEPTH} levels deep"
    return None


def _too_deep(value: object, left: int) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return False
    return left == 0 or any(_too_deep(one, left - 1) for one in value)
