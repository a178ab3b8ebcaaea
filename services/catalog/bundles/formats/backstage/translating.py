"""What each kind of entity of Backstage is here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from services.catalog.bundles.domain.documents import Raw
from services.catalog.bundles.formats.backstage.entities import Translation

USUAL_CRITICALITY: Final = 3
_STATUSES: Final[Mapping[str, str | None]] = {
    "experimental": "development",
    "production": None,
    "deprecated": "retiring",
}
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("server", "host", "vm", "cluster", "kubernetes-cluster"), "hardware"),
    **dict.fromkeys(("network", "load-balancer", "firewall", "vpn", "cdn"), "network"),
    **dict.fromkeys(("database", "bucket", "s3-bucket", "dataset", "storage"), "data"),
}
_SERVICE_PLACES: Final = {
    "key": "/metadata/name",
    "name_technical": "/metadata/name",
    "owner_team": "/spec/owner",
    "kind": "/metadata/annotations/itsm~1kind",
    "criticality": "/metadata/annotations/itsm~1criticality",
    "status": "/spec/lifecycle",
}
_ITEM_PLACES: Final = {
    "key": "/metadata/name",
    "owner_team": "/spec/owner",
    "class": "/spec/type",
    "kind": "/metadata/annotations/itsm~1kind",
}


def _team(one: Translation) -> Iterator[Raw]:
    entity = one.entity
    title = one.text("/spec/profile/displayName") or entity.metadata.get("title") or entity.name
    team = {"key": entity.key, "name": title, "purpose": entity.metadata.get("description")}
    yield one.document("team", team, {"key": "/metadata/name", "name": "/metadata/name"})
    address = one.text("/spec/profile/email")
    if address is not None:
        contact = {
            "key": f"{entity.key}.duty",
            "name": f"{title} on duty",
            "email": address,
            "team": entity.key,
            "roles": ["duty"],
        }
        yield one.document("contact", contact, {"email": "/spec/profile/email"})


def _service(one: Translation) -> Iterator[Raw]:
    entity, said = one.entity, one.entity.annotations
    lifecycle = one.text("/spec/lifecycle")
    if lifecycle is not None and lifecycle not in _STATUSES:
        known = ", ".join(_STATUSES)
        one.fault("/spec/lifecycle", f"is none of {known}; say itsm/status instead")
    usual = "business" if entity.kind == "system" else "technical"
    service = {
        "key": entity.key,
        "name_technical": entity.key,
        "name_business": said.get("business-name") or entity.metadata.get("title") or entity.name,
        "kind": said.get("kind", usual),
        "owner_team": one.owner(),
        "criticality": _number(said.get("criticality", USUAL_CRITICALITY)),
        "description_technical": entity.metadata.get("description"),
        "status": said.get("status", _STATUSES.get(lifecycle or "production")),
    }
    yield one.document("service", service, _SERVICE_PLACES)
    yield from _relations(one, f"service/{entity.key}")


def _resource(one: Translation) -> Iterator[Raw]:
    entity, said = one.entity, one.entity.annotations
    type_ = one.text("/spec/type")
    item = {
        "key": entity.key,
        "kind": said.get("kind", _KINDS.get(str(type_), "software")),
        "class": type_,
        "name": said.get("business-name") or entity.metadata.get("title") or entity.name,
        "owner_team": one.owner(),
        "environment": said.get("environment"),
        "location": said.get("location"),
        "status": said.get("status"),
    }
    yield one.document("configuration_item", item, _ITEM_PLACES)
    yield from _relations(one, f"configuration_item/{entity.key}")


def _relations(one: Translation, node: str) -> Iterator[Raw]:
    for provider in one.names("/spec/dependsOn", "component", "resource"):
        yield one.dependency(node, provider, "/spec/dependsOn")
    for consumer in one.names("/spec/dependencyOf", "component", "resource"):
        yield one.dependency(consumer, node, "/spec/dependencyOf")
    for api in one.names("/spec/consumesApis", "api"):
        yield one.dependency(node, api, "/spec/consumesApis")
    for api in one.names("/spec/providesApis", "api"):
        yield one.dependency(api, node, "/spec/providesApis")
    system = one.text("/spec/system")
    # An API belongs to a system by what provides it; it would be counted twice.
    if system is not None and one.entity.kind != "api":
        named = one.name("/spec/system", system, "system")
        if named is not None:
            yield one.dependency(f"service/{named[1]}", node, "/spec/system")


TRANSLATIONS: Final[Mapping[str, Callable[[Translation], Iterator[Raw]]]] = {
    "group": _team,
    "system": _service,
    "component": _service,
    "api": _service,
    "resource": _resource,
}


def _number(value: object) -> object:
    """Return a whole number that an annotation, always a text, says."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
