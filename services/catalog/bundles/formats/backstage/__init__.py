"""Translate the documents of a Backstage catalogue (``catalog-info.yaml``) into ours.

- Group: a team, and a contact on duty where its profile has an address.
- System: a business service. Component and API: technical services. A system rests on the
  components that name it, an API on the components that provide it, a component on the APIs that
  it consumes.
- Resource: a configuration item; its type is our class and, for the usual ones, says the kind.
- ``dependsOn`` and ``dependencyOf``: dependencies. ``owner``: the owner team, a group.
- ``lifecycle``: experimental is our development, deprecated our retiring; production says nothing
  about our status, for which Backstage lacks most of what is needed.

Annotations carry what is ours: ``itsm/key``, ``itsm/kind``, ``itsm/business-name``,
``itsm/criticality``, ``itsm/status``, ``itsm/environment``, ``itsm/location``. Keys are the names,
with ``system.`` or ``api.`` before those kinds and the namespace before all but the default one.
Labels, tags, links and what Backstage derives from the other side of a relation stay there.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.catalog.bundles.domain.documents import Held, Raw
from services.catalog.bundles.domain.faults import Faults
from services.catalog.bundles.formats.backstage.entities import Translation, entity_of
from services.catalog.bundles.formats.backstage.translating import TRANSLATIONS
from services.catalog.bundles.formats.yaml_text import load


def read_backstage(data: bytes) -> Held:
    """Return the documents of a Backstage file as ours.

    Raises:
        BundleRefusedError: it cannot be read, or holds what has no counterpart here.
    """
    faults = Faults()
    entities = [
        entity
        for place, loaded in enumerate(load(data))
        if loaded.value is not None
        if (entity := entity_of(place, loaded, faults)) is not None
    ]
    keys = {(one.kind, one.namespace, one.name): one.key for one in entities}
    held: list[Raw] = []
    for entity in entities:
        held.extend(TRANSLATIONS[entity.kind](Translation(entity, keys, faults)))
    faults.refuse_if_any()
    return Held(tuple(_once(held)))


def _once(held: list[Raw]) -> Iterator[Raw]:
    """Yield each dependency once: both sides of a relation may tell it."""
    told: set[tuple[str, str]] = set()
    for raw in held:
        if raw.kind == "dependency":
            ends = (raw.value["from"], raw.value["to"])
            if ends in told:
                continue
            told.add(ends)
        yield raw
