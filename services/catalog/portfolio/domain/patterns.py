"""Which regular expressions a form may have: those that no text can keep busy for long.

Python's matcher tries one way after the other, and a repeated group makes their number explode
(``(a+)+`` over thirty letters takes minutes); so do many optional parts and alternatives. A group
is therefore never repeated, nothing refers back, the text is bounded, and the number of ways is
bounded as well: the ranges of counted repetitions and the alternatives of groups multiplied, and
as many as there are to divide the text among the repetitions without an end.
"""

from __future__ import annotations

import math
import re
from typing import Final

MAX_PATTERN_CHARS: Final = 200
MAX_MATCHED_CHARS: Final = 200
"""A longer text is not matched at all, and so not valid where a pattern is asked for."""
MAX_WAYS: Final = 2_000_000
"""Ways to be tried at most, some hundredths of a second: three repetitions without an end behind
``^`` fit, as a pattern of mail addresses has them, or two without it.
"""
_ESCAPED: Final = re.compile(r"\\.", re.DOTALL)
_TOKEN: Final = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<group>\(\?.?)"
    r"|(?P<counted>\{(?P<low>[0-9]*)(?P<comma>,?)(?P<high>[0-9]*)\})|(?P<repeat>[*+?])|(?P<one>.)",
    re.DOTALL,
)
_FROM_THE_START: Final = re.compile(r"\^(?![*+?{])")
_NESTED_SET: Final = re.compile(r"\[|--|&&|~~|\|\|")


def pattern_fault(pattern: str) -> str | None:
    """Return why a pattern cannot be used, None if it can."""
    if len(pattern) > MAX_PATTERN_CHARS:
        return f"a pattern has at most {MAX_PATTERN_CHARS} characters"
    ways = 1
    endless = 0
    alternatives = [1]
    previous = ""
    for found in _TOKEN.finditer(pattern):
        said = _token_fault(found, previous)
        if said is not None:
            return said
        text = found.group()
        reach = _range(found)
        ways *= reach or 1
        endless += reach is None
        if text in {"(", "(?:"}:
            alternatives.append(1)
        elif text == "|":
            alternatives[-1] += 1
        elif text == ")" and len(alternatives) > 1:
            ways *= alternatives.pop()
        previous = text
    if not _FROM_THE_START.match(pattern) or alternatives[0] > 1:
        # What is not tied to the beginning is tried at each place.
        endless += 1
    ways *= math.prod(alternatives)
    if ways * MAX_MATCHED_CHARS**endless // math.factorial(endless) > MAX_WAYS:
        return "has too many repetitions and alternatives"
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"not a regular expression: {str(error)[:100]}"
    return None


def _token_fault(found: re.Match[str], previous: str) -> str | None:
    kind, text = found.lastgroup, found.group()
    said: str | None = None
    if kind == "escape" and text[1] in "123456789":
        said = "a pattern does not refer back to its groups"
    elif kind == "group" and text != "(?:":
        said = "a group begins with ( or (?: only"
    elif kind == "set" and _NESTED_SET.search(_ESCAPED.sub("", text[1:])):
        said = "escape [ and doubled signs inside a set"
    elif text == "[":
        said = "a set has no end"
    elif kind == "counted" and text in {"{}", "{,}"}:
        said = "escape { where it is no repetition"
    elif kind == "counted" and _most(found) > MAX_MATCHED_CHARS:
        said = f"a repetition goes up to {MAX_MATCHED_CHARS}"
    elif previous == ")" and (kind == "counted" or text in {"*", "+"}):
        said = "a group cannot be repeated"
    return said


def _range(found: re.Match[str]) -> int | None:
    """Return how many ways a token gives to what it repeats, None for one without an end."""
    if found.lastgroup == "repeat":
        return 2 if found.group() == "?" else None
    if found.lastgroup != "counted" or not found.group("comma"):
        return 1
    if not found.group("high"):
        return None
    return max(1, _number(found, "high") - _number(found, "low") + 1)


def _most(found: re.Match[str]) -> int:
    return max(_number(found, "low"), _number(found, "high"))


def _number(found: re.Match[str], name: str) -> int:
    text = found.group(name)
    return int(text) if text else 0
