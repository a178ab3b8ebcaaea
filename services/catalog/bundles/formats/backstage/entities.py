"""A document of Backstage whose head is sound, and the names that it uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.catalog.bundles.domain.documents import Raw
from services.catalog.bundles.domain.faults import Fault, Faults
from services.catalog.bundles.formats.yaml_text import Loaded

OURS: Final[Mapping[str, str]] = {
    "group": "team",
    "system": "service",
    "component": "service",
    "api": "service",
    "resource": "configuration_item",
}
_PREFIXES: Final[Mapping[str, str]] = {"system": "system.", "api": "api."}
_ANNOTATIONS: Final = frozenset(
    {"key", "kind", "business-name", "criticality", "status", "environment", "location"}
)
_PREFIX: Final = "itsm/"


@dataclass(frozen=True)
class Entity:
    """A document of Backstage whose head is sound."""

    place: int
    kind: str
    namespace: str
    name: str
    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]
    annotations: Mapping[str, Any]
    lines: Mapping[str, int]

    @property
    def key(self) -> str:
        """Return the key that the entity has here."""
        given = self.annotations.get("key")
        return given if isinstance(given, str) else key_of(self.kind, self.namespace, self.name)

    def line(self, pointer: str) -> int:
        """Return the line of a value, of what holds it if it is not there."""
        while pointer and pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines.get(pointer, 1)


def key_of(kind: str, namespace: str, name: str) -> str:
    """Return the key that an entity has here, by its kind in lower case."""
    before = "" if namespace == "default" else f"{namespace}."
    return f"{_PREFIXES.get(kind, '')}{before}{name}"


def entity_of(place: int, loaded: Loaded, faults: Faults) -> Entity | None:
    """Return a document as an entity, or note why it is none that has a counterpart here."""
    value, lines = loaded.value, loaded.lines
    line = lines.get("", 1)

    def fault(pointer: str, detail: str) -> None:
        faults.add(Fault(lines.get(pointer, line), f"/{place}{pointer}", detail))

    if not isinstance(value, dict) or not str(value.get("apiVersion")).startswith("backstage.io/"):
        fault("/apiVersion", "is no document of a Backstage catalogue")
        return None
    kind = str(value.get("kind")).lower()
    if kind not in OURS:
        known = "Component, API, Resource, System and Group"
        fault("/kind", f"{value.get('kind')} has no counterpart here; {known} have")
        return None
    metadata, spec = value.get("metadata"), value.get("spec", {})
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str):
        fault("/metadata", "needs a name")
        return None
    annotations = metadata.get("annotations") or {}
    if not isinstance(spec, dict) or not isinstance(annotations, dict):
        fault("/spec", "spec and annotations are mappings")
        return None
    ours = {
        name.removeprefix(_PREFIX): text
        for name, text in annotations.items()
        if name.startswith(_PREFIX)
    }
    for unknown in sorted(ours.keys() - _ANNOTATIONS):
        fault(f"/metadata/annotations/itsm~1{unknown}", "is no annotation of ours")
    namespace = str(metadata.get("namespace") or "default").lower()
    return Entity(place, kind, namespace, metadata["name"], metadata, spec, ours, lines)


@dataclass(frozen=True)
class Translation:
    """One entity on its way into documents of ours."""

    entity: Entity
    keys: Mapping[tuple[str, str, str], str]
    faults: Faults

    def fault(self, pointer: str, detail: str) -> None:
        """Note what is wrong at a place of the entity."""
        place = f"/{self.entity.place}{pointer}"
        self.faults.add(Fault(self.entity.line(pointer), place, detail))

    def document(self, kind: str, value: Mapping[str, Any], places: Mapping[str, str]) -> Raw:
        """Return a document of ours; ``places`` are the pointers that its fields come from."""
        entity = self.entity
        lines = {f"/{name}": entity.line(pointer) for name, pointer in places.items()}
        given = {name: one for name, one in value.items() if one is not None}
        return Raw(kind, given, entity.line(""), f"/{entity.place}", lines)

    def text(self, pointer: str) -> Any:  # noqa: ANN401 - judged with the document
        """Return a value of the entity, None where there is none."""
        part: Any = {"metadata": self.entity.metadata, "spec": self.entity.spec}
        for name in pointer.split("/")[1:]:
            part = part.get(name) if isinstance(part, dict) else None
        return part

    def names(self, pointer: str, *kinds: str) -> Iterator[str]:
        """Yield what a list of references names, as our nodes."""
        found = self.text(pointer)
        if found is not None and not isinstance(found, list):
            self.fault(pointer, "must be a list of references")
            return
        for number, text in enumerate(found or ()):
            named = self.name(f"{pointer}/{number}", text, *kinds)
            if named is not None:
                yield f"{OURS[named[0]]}/{named[1]}"

    def name(self, pointer: str, text: object, *kinds: str) -> tuple[str, str] | None:
        """Return kind and key of what a reference ``[kind:][namespace/]name`` means."""
        if not isinstance(text, str):
            self.fault(pointer, "must be a reference like component:default/shop")
            return None
        kind, separator, rest = text.rpartition(":")
        kind = kind.lower() if separator else kinds[0]
        namespace, separator, name = rest.rpartition("/")
        namespace = namespace.lower() if separator else self.entity.namespace
        if kind not in kinds:
            self.fault(pointer, f"must be a {' or a '.join(kinds)}; {text} is not")
            return None
        known = self.keys.get((kind, namespace, name))
        return kind, known or key_of(kind, namespace, name)

    def owner(self) -> str | None:
        """Return the team that owns the entity."""
        found = self.text("/spec/owner")
        if found is None:
            return None
        named = self.name("/spec/owner", found, "group")
        return None if named is None else named[1]

    def dependency(self, consumer: str, provider: str, pointer: str) -> Raw:
        """Return the dependency of a consumer on a provider."""
        ends = {"from": consumer, "to": provider}
        return self.document("dependency", ends, dict.fromkeys(ends, pointer))
