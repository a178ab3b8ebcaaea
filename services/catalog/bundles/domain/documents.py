"""The documents that a bundle is made of, and how they name each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol
from uuid import UUID

API_VERSION: Final = "itsm/v1"
LISTS: Final[Mapping[str, str]] = {
    "calendars": "calendar",
    "customers": "customer",
    "teams": "team",
    "suppliers": "supplier",
    "contacts": "contact",
    "services": "service",
    "offerings": "offering",
    "request_items": "request_item",
    "configuration_items": "configuration_item",
    "dependencies": "dependency",
    "redundancy_groups": "redundancy_group",
    "service_uses": "service_use",
    "agreements": "agreement",
}
"""The lists of a bundle in the order in which they are made, and the kind of each one's entries."""
KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""A key that somebody chose: letters, digits and ``._-``, 1 to 100 characters."""
_DERIVED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:>/-]{0,449}")


@dataclass(frozen=True, slots=True)
class Raw:
    """A document as it was read: nothing is known about its fields yet.

    ``line`` is where it begins, ``place`` its pointer in the file; ``lines`` says where the values
    inside it begin, by their pointers from the document on.
    """

    kind: str
    value: Mapping[str, Any]
    line: int
    place: str = ""
    lines: Mapping[str, int] = field(default_factory=dict)

    def line_of(self, pointer: str) -> int:
        """Return the line of a value inside the document, of what holds it if it is not there."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, self.line)


@dataclass(frozen=True, slots=True)
class Document:
    """A document whose fields are sound by themselves.

    ``fields`` are all fields by the document's names, defaults filled in, references as they are
    written; ``given`` names those that the file has; ``status`` is the one it asks for, if any.
    """

    raw: Raw
    key: str
    fields: Mapping[str, Any]
    given: frozenset[str]
    status: str | None = None

    @property
    def kind(self) -> str:
        """Return the document's kind."""
        return self.raw.kind


class Source(Protocol):
    """Where documents come from; each call reads them anew."""

    def documents(self) -> Iterator[Raw]:
        """Yield every document in the file's order.

        Raises:
            BundleRefusedError: something cannot be read.
        """
        ...

    def of_kind(self, kind: str) -> Iterator[Raw]:
        """Yield the documents of one kind, once all were read."""
        ...

    def count(self, kind: str) -> int:
        """Return how many documents of a kind there are, once all were read."""
        ...


@dataclass(frozen=True)
class Held:
    """A source of documents that are in memory."""

    held: tuple[Raw, ...]

    def documents(self) -> Iterator[Raw]:
        """Yield every document in the file's order."""
        return iter(self.held)

    def of_kind(self, kind: str) -> Iterator[Raw]:
        """Yield the documents of one kind."""
        return (one for one in self.held if one.kind == kind)

    def count(self, kind: str) -> int:
        """Return how many documents of a kind there are."""
        return sum(1 for _ in self.of_kind(kind))


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that names other documents.

    ``path`` leads to it in a document, ``*`` standing for every entry of a list; ``name`` is what
    the API calls its last part. It names entries of ``kinds``: by their key alone where that is
    one kind, as ``kind/key`` where there are several. ``many`` says that it is a list of names.
    """

    path: tuple[str, ...]
    name: str
    kinds: tuple[str, ...]
    many: bool = False

    def target(self, text: object) -> tuple[str, str] | None:
        """Return kind and key that a name stands for; None where it cannot be one."""
        if not isinstance(text, str) or len(text) > 200:
            return None
        if len(self.kinds) == 1:
            return (self.kinds[0], text) if is_key(text) else None
        kind, separator, key = text.partition("/")
        return (kind, key) if separator and kind in self.kinds and is_key(key) else None

    def text(self, kind: str, key: str) -> str:
        """Return how a document writes the name of an entry."""
        return key if len(self.kinds) == 1 else f"{kind}/{key}"

    @property
    def form(self) -> str:
        """Return in words what a name must look like."""
        if len(self.kinds) == 1:
            return f"must be the key of a {self.kinds[0]}"
        return f"must be one of {', '.join(f'{kind}/KEY' for kind in self.kinds)}"


def is_key(text: object) -> bool:
    """Tell whether a text can be a key."""
    return isinstance(text, str) and KEY.fullmatch(text) is not None


def is_derived_key(text: object) -> bool:
    """Tell whether a text can be the key of what nobody names, made of the names of its ends."""
    return isinstance(text, str) and _DERIVED.fullmatch(text) is not None


def id_of_key(key: str) -> UUID | None:
    """Return the record that a key means by itself: a whole UUID, as an export writes it."""
    try:
        found = UUID(key)
    except ValueError:
        return None
    return found if str(found) == key else None
