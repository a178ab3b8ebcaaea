"""The one error type that rules raise, and the kinds an edge can tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What sort of refusal an error is; the edge maps it to a status, the domain never does."""

    INVALID = "invalid"
    """A field's value breaks a rule."""
    NOT_FOUND = "not-found"
    """No such record, or none that the caller may see."""
    CONFLICT = "conflict"
    """The record's state does not allow it."""
    FORBIDDEN = "forbidden"
    """The caller is known and may not do this."""
    STALE = "stale"
    """The caller acted on an older version of the record."""
    UNAVAILABLE = "unavailable"
    """Something needed is not there right now; the same call may succeed later."""


class DomainError(Exception):
    """A rule that was broken, with a stable code for programs and a sentence for people.

    Subclasses set ``code`` (kebab-case, stable for ever), ``kind`` and ``title``. ``detail`` is
    one sentence about this case; ``extras`` are typed values that help a program to react, for
    instance the transitions that would be allowed. ``pointer`` is a JSON pointer to the request
    field at fault, where there is one.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind]
    title: ClassVar[str]

    def __init__(
        self,
        detail: str,
        *,
        pointer: str | None = None,
        extras: Mapping[str, object] | None = None,
    ) -> None:
        """Keep the sentence, the field at fault and the typed extras."""
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.extras: Mapping[str, object] = extras or {}


class StaleVersionError(DomainError):
    """The record moved on since the caller read it."""

    code = "stale-version"
    kind = Kind.STALE
    title = "The record has a newer version"

    def __init__(self, *, expected: int, actual: int) -> None:
        """Name both versions; versions count from 1."""
        super().__init__(
            f"You acted on version {expected}, the record is at version {actual}: read it again.",
            extras={"current_version": actual},
        )


def require_version(actual: int, expected: int | None) -> None:
    """Check what the caller saw against what is there; None means the caller takes any version.

    Raises:
        StaleVersionError: the record has another version.
    """
    if expected is not None and expected != actual:
        raise StaleVersionError(expected=expected, actual=actual)
