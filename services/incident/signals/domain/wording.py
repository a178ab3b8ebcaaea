"""Making text of senders fit to be kept: one line or several, cut, without control characters."""

from __future__ import annotations

import re
from typing import Final

MAX_TITLE_CHARS: Final = 200
MAX_TEXT_CHARS: Final = 20_000
MAX_DETAILS_CHARS: Final = 4_000
MAX_LINK_CHARS: Final = 2_000
MAX_RAW_CHARS: Final = 4_000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL_BUT_BREAKS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")


def one_line(text: str, limit: int = MAX_TITLE_CHARS) -> str:
    """Return text on one line of at most ``limit`` characters; empty if nothing is visible."""
    return _cut(_CONTROL.sub(" ", text[: limit * 4]).strip(), limit)


def lines(text: str, limit: int = MAX_TEXT_CHARS) -> str:
    """Return text with its line breaks, of at most ``limit`` characters."""
    return _cut(_CONTROL_BUT_BREAKS.sub(" ", text[: limit * 2]).strip(), limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
