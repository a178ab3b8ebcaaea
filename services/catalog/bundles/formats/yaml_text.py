"""YAML without its traps: no anchors, no aliases, no tags, no repeated keys; bounded; with lines.

It is read event by event, so that nothing is ever expanded and a refusal comes where the fault is.
Plain words are what YAML 1.2 makes of them: ``no`` is a text and ``08:00`` no number in base 60.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from services.catalog.bundles.domain.faults import BundleRefusedError, refused

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_DEPTH: Final = 24
MAX_VALUES: Final = 1_000_000
MAX_TEXT_CHARS: Final = 100_000
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FRACTION: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_UNFIT: Final = re.compile(r"[\x00\ud800-\udfff]")
_WORDS: Final[dict[str, object]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass
class Loaded:
    """One YAML document: its value, and the line of each value in it by its JSON pointer."""

    value: Any
    lines: dict[str, int] = field(default_factory=dict)


def load(data: bytes) -> list[Loaded]:
    """Return the documents of a YAML file.

    Raises:
        BundleRefusedError: it is too large, no YAML, or uses what is not allowed.
    """
    if len(data) > MAX_BYTES:
        raise refused(1, "", f"the file has {len(data)} bytes; {MAX_BYTES} are allowed")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise refused(line, "", "the text is not UTF-8") from error
    try:
        return list(_documents(text))
    except yaml.YAMLError as error:
        raise _not_yaml(error, text) from error


def _documents(text: str) -> Iterator[Loaded]:
    events = iter(yaml.parse(text, Loader=_LOADER))
    reader = _Reader(events)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            reader.lines = {}
            value = reader.value(next(events), "", 1)
            yield Loaded(value, reader.lines)


class _Reader:
    """Makes values of events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._count = 0
        self.lines: dict[str, int] = {}

    def value(self, event: Any, pointer: str, depth: int) -> Any:  # noqa: ANN401 - any YAML value
        line = event.start_mark.line + 1
        self.lines[pointer] = line
        self._count += 1
        if self._count > MAX_VALUES:
            raise refused(line, pointer, f"there are more than {MAX_VALUES} values")
        if depth > MAX_DEPTH:
            raise refused(line, pointer, f"it nests more than {MAX_DEPTH} levels deep")
        _require_plain(event, line, pointer)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event, line, pointer)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(pointer, depth)
        return self._mapping(pointer, depth)

    def _list(self, pointer: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self.value(event, f"{pointer}/{len(found)}", depth + 1))
        return found

    def _mapping(self, pointer: str, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            _require_plain(event, line, pointer)
            if not isinstance(event, yaml.ScalarEvent):
                raise refused(line, pointer, "a name must be a text")
            name = event.value
            if len(name) > 200:
                raise refused(line, pointer, "a name has at most 200 characters")
            inner = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name in found:
                raise refused(line, inner, "comes twice")
            found[name] = self.value(next(self._events), inner, depth + 1)
        return found


def _require_plain(event: Any, line: int, pointer: str) -> None:  # noqa: ANN401 - any YAML event
    if isinstance(event, yaml.AliasEvent):
        raise refused(line, pointer, "aliases (*) are not allowed; write the value out")
    if event.anchor is not None:
        raise refused(line, pointer, "anchors (&) are not allowed; write the value out")
    if event.tag is not None:
        raise refused(line, pointer, "tags (!) are not allowed")


def _scalar(event: yaml.ScalarEvent, line: int, pointer: str) -> object:
    text: str = event.value
    if len(text) > MAX_TEXT_CHARS:
        raise refused(line, pointer, f"a text has at most {MAX_TEXT_CHARS} characters")
    if not text.isprintable() and _UNFIT.search(text):
        raise refused(line, pointer, "NUL characters and lone surrogates are not allowed")
    return text if event.style else plain(text)


def plain(text: str) -> object:
    """Return what a text without quotes means."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if len(text) <= 40 and _FRACTION.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text


def _not_yaml(error: yaml.YAMLError, text: str) -> BundleRefusedError:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        problem = getattr(error, "problem", None) or "it cannot be read"
        return refused(mark.line + 1, "", f"not YAML: {problem}")
    position = getattr(error, "position", 0)
    line = text.count("\n", 0, position) + 1
    return refused(line, "", f"not YAML: {getattr(error, 'reason', 'it cannot be read')}")
