"""Which JSON Schemas can be forms: small, without references to elsewhere, and quick to check.

Everything that JSON Schema could turn against whoever evaluates it is left out: references that
lead away or round in circles, patterns whose time explodes, keywords that nobody would look at. A
keyword that is not known is refused, for a misspelt one would silently ask for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.catalog.portfolio.domain.patterns import pattern_fault
from shared.errors import DomainError, Kind

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAX_DEPTH: Final = 16
"""How deep schemas may nest in each other."""
MAX_PARTS: Final = 500
"""How many schemas a form may consist of, each reference counted as often as it is used."""
MAX_FAULTS: Final = 50
MAX_NAME_CHARS: Final = 100
FORMATS: Final = frozenset({"date", "date-time", "email", "ipv4", "ipv6", "uuid"})
_REFERENCE: Final = "#/$defs/"
_ONE: Final = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
    | {"unevaluatedItems", "unevaluatedProperties"}
)
_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED: Final = frozenset({"$defs", "dependentSchemas", "properties"})
_PLAIN: Final = frozenset(
    {"$comment", "const", "default", "dependentRequired", "deprecated", "description", "enum"}
    | {"examples", "exclusiveMaximum", "exclusiveMinimum", "maxContains", "maximum", "maxItems"}
    | {"maxLength", "maxProperties", "minContains", "minimum", "minItems", "minLength"}
    | {"minProperties", "multipleOf", "readOnly", "required", "title", "type", "uniqueItems"}
    | {"writeOnly"}
)


class FormSchemaError(DomainError):
    """The form's schema cannot be used; each fault is one of the errors."""

    code = "form-schema-invalid"
    kind = Kind.INVALID
    title = "The form's schema cannot be used"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: a JSON pointer into the schema or the data."""

    pointer: str
    detail: str


def form_faults(schema: Mapping[str, Any]) -> list[Fault]:
    """Return what keeps a schema from being a form, up to fifty faults; none if it can be one.

    Whether each keyword has a value that it can have, the dialect's own schema says afterwards.
    """
    reading = _Reading()
    if schema.get("type") != "object":
        reading.faults.append(Fault("/type", "A form describes an object: say so."))
    reading.schema(schema, "", depth=1)
    if not reading.faults:
        reading.count()
    return reading.faults[:MAX_FAULTS]


def refuse_faults(faults: list[Fault]) -> None:
    """Refuse a schema that has faults.

    Raises:
        FormSchemaError: there are some; each is named, with its place in the request.
    """
    if faults:
        errors = [{"pointer": f"/form_schema{one.pointer}", "detail": one.detail} for one in faults]
        raise FormSchemaError(faults[0].detail, extras={"errors": errors})


@dataclass
class _Reading:
    """One look through a schema: the faults, and how many schemas each part consists of."""

    faults: list[Fault] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=dict)
    """Schemas below the root and below each definition, by the definition's name."""
    references: dict[str, list[str]] = field(default_factory=dict)

    def schema(self, value: object, pointer: str, *, depth: int, inside: str = "") -> None:
        """Read a schema at its place, ``inside`` the definition of that name or the root."""
        self.parts[inside] = self.parts.get(inside, 0) + 1
        if len(self.faults) >= MAX_FAULTS or isinstance(value, bool):
            return
        if not isinstance(value, Mapping):
            self._note(pointer, "must be a schema: an object, true or false")
        elif depth > MAX_DEPTH:
            self._note(pointer, f"schemas nest more than {MAX_DEPTH} levels deep")
        else:
            for keyword, content in value.items():
                place = f"{pointer}/{_escaped(keyword)}"
                self._keyword(keyword, content, place, depth=depth, inside=inside)

    def _keyword(
        self, keyword: str, content: object, place: str, *, depth: int, inside: str
    ) -> None:
        if keyword in _ONE or keyword in _LISTS or keyword in _NAMED:
            for name, child in _children(keyword, content):
                self._child(keyword, name, child, place, depth=depth, inside=inside)
        elif keyword == "$ref":
            self._reference(content, place, inside)
        elif (said := _plain_fault(keyword, content, place)) is not None:
            self._note(place, said)

    def _child(
        self, keyword: str, name: str, child: object, place: str, *, depth: int, inside: str
    ) -> None:
        where = f"{place}/{_escaped(name)}" if name else place
        if len(name) > MAX_NAME_CHARS:
            self._note(place, f"has a name of more than {MAX_NAME_CHARS} characters")
        elif keyword != "$defs":
            self.schema(child, where, depth=depth + 1, inside=inside)
        elif place != "/$defs":
            self._note(place, "definitions stand at the top")
        else:
            self.schema(child, where, depth=depth + 1, inside=name)

    def _reference(self, content: object, place: str, inside: str) -> None:
        name = content.removeprefix(_REFERENCE) if isinstance(content, str) else ""
        if not isinstance(content, str) or not content.startswith(_REFERENCE) or not name:
            self._note(place, f"can only name a definition of this form: {_REFERENCE}…")
        elif set(name) & set("/~%"):
            self._note(place, "names a definition without / ~ or % in its name")
        else:
            self.references.setdefault(inside, []).append(name)

    def count(self) -> None:
        """Follow the references: none may lead to nothing or round, nor make the form too large."""
        counted: dict[str, int] = {}
        following: set[str] = set()

        def whole(name: str) -> int:
            if name in counted:
                return counted[name]
            if name in following:
                self._note("/$defs", f"{name[:MAX_NAME_CHARS]} refers to itself")
                return 0
            following.add(name)
            total = self.parts[name]
            for one in self.references.get(name, ()):
                if one in self.parts and one != "":
                    total += whole(one)
                else:
                    self._note("/$defs", f"has no definition {one[:MAX_NAME_CHARS]}")
            following.discard(name)
            counted[name] = total
            return total

        if sum(self.parts.values()) > MAX_PARTS or max(map(whole, list(self.parts))) > MAX_PARTS:
            self._note("", f"consists of more than {MAX_PARTS} schemas")

    def _note(self, pointer: str, detail: str) -> None:
        self.faults.append(Fault(pointer, detail))


def _plain_fault(keyword: str, content: object, place: str) -> str | None:
    """Return what is wrong with a keyword that has no schemas in it."""
    if keyword == "pattern":
        return pattern_fault(content) if isinstance(content, str) else None
    if keyword == "format":
        return None if content in sorted(FORMATS) else f"can be one of {', '.join(sorted(FORMATS))}"
    if keyword == "$schema":
        sound = place == "/$schema" and content == DIALECT
        return None if sound else f"can only be {DIALECT}, at the top"
    return None if keyword in _PLAIN else "is not a keyword that forms can have"


def _children(keyword: str, content: object) -> Iterator[tuple[str, object]]:
    """Yield the schemas of a keyword; what is no such thing, the dialect's schema refuses."""
    if keyword in _ONE:
        yield "", content
    elif keyword in _LISTS and isinstance(content, list | tuple):
        yield from ((str(place), one) for place, one in enumerate(content))
    elif keyword in _NAMED and isinstance(content, Mapping):
        yield from content.items()


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
