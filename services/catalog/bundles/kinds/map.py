"""Configuration items and dependencies as entries of a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.kinds.commands import end_by, move_by, revise_by
from services.catalog.bundles.kinds.kind import Body, Kind, Rows, Work, by_fields
from services.catalog.bundles.kinds.spans import over_or_not, until, until_after_now
from services.catalog.components import commands
from services.catalog.components.domain import ConfigurationItemId, DependencyId, NewDependency
from services.catalog.components.domain.items import MAX_ATTRIBUTE_CHARS, TRANSITIONS
from services.catalog.components.queries import CONFIGURATION_ITEMS, DEPENDENCIES
from services.catalog.components.schemas.dependencies import (
    ChangeDependency,
    DeclareDependency,
    DependencyRecord,
)
from services.catalog.components.schemas.items import (
    ChangeConfigurationItem,
    ConfigurationItemRecord,
    RegisterConfigurationItem,
)
from shared.db import Tx

NODES: Final = ("service", "configuration_item")


async def _make_item(tx: Tx, body: RegisterConfigurationItem, work: Work) -> UUID:
    item = body.item(ConfigurationItemId(work.new_id()))
    made = await commands.register_configuration_item(tx, item=item, actor=work.actor, now=work.now)
    return made.id


async def _make_items(
    tx: Tx, bodies: Sequence[RegisterConfigurationItem], work: Work
) -> Sequence[UUID]:
    items = [body.item(ConfigurationItemId(work.new_id())) for body in bodies]
    await commands.register_configuration_items(tx, items=items, actor=work.actor, now=work.now)
    return [item.id for item in items]


def _in_order(body: Body) -> Body:
    """Return an item with what stands in no order in the one of an export."""
    refs = body.get("external_refs")
    if isinstance(refs, list):
        body["external_refs"] = sorted(refs, key=lambda one: (one["system"], one["id"]))
    attributes = body.get("attributes")
    if isinstance(attributes, dict):
        body["attributes"] = dict(sorted(attributes.items()))
    return body


def _patched(name: str, before: Any, after: Any) -> object:  # noqa: ANN401 - any field
    """Return what a change sends: attributes are merged, so that those to go are null."""
    if name != "attributes":
        return after
    return {**dict.fromkeys(before, None), **after}


def _new_dependency(body: DeclareDependency, work: Work) -> NewDependency:
    return NewDependency(id=DependencyId(work.new_id()), **dict(body))


async def _make_dependency(tx: Tx, body: DeclareDependency, work: Work) -> UUID:
    made = await commands.declare_dependency(
        tx, dependency=_new_dependency(body, work), actor=work.actor, now=work.now
    )
    return made.id


async def _make_dependencies(
    tx: Tx, bodies: Sequence[DeclareDependency], work: Work
) -> Sequence[UUID]:
    dependencies = [_new_dependency(body, work) for body in bodies]
    await commands.declare_dependencies(
        tx, dependencies=dependencies, actor=work.actor, now=work.now
    )
    return [one.id for one in dependencies]


def _dependency_key(value: Mapping[str, Any]) -> str:
    return f"{value.get('from')}>{value.get('to')}:{value.get('type', 'depends_on')}"


def _unsound_item(body: RegisterConfigurationItem) -> tuple[str, str] | None:
    if sum(len(name) + len(text) for name, text in body.attributes.items()) > MAX_ATTRIBUTE_CHARS:
        return "/attributes", f"more than {MAX_ATTRIBUTE_CHARS} characters in all"
    return None


def _claims(fields: Mapping[str, Any]) -> Sequence[str]:
    return [f"external reference {one['system']}:{one['id']}" for one in fields["external_refs"]]


def _unsound_dependency(body: DeclareDependency) -> tuple[str, str] | None:
    if body.from_id == body.to_id:
        return "/to_id", "nothing depends on itself; name two different ends"
    if body.valid_from and body.valid_to and body.valid_to <= body.valid_from:
        return "/valid_to", "it ends before it begins"
    return None


CONFIGURATION_ITEM: Final = Kind(
    name="configuration_item",
    model=RegisterConfigurationItem,
    patch=ChangeConfigurationItem,
    rows=Rows(
        CONFIGURATION_ITEMS,
        by_fields(ConfigurationItemRecord),
        present=CONFIGURATION_ITEMS.filters["status"] != "retired",
    ),
    make=_make_item,
    make_many=_make_items,
    revise=revise_by(
        commands.change_configuration_item, "ref", changes_of=ChangeConfigurationItem.changes
    ),
    move=move_by(commands.move_configuration_item, "ref"),
    unsound=_unsound_item,
    claims=_claims,
    canonical=_in_order,
    patched=_patched,
    references=(Reference(("owner_team",), "owner_team_id", ("team",)),),
    statuses=Statuses(
        TRANSITIONS,
        "live",
        endings=frozenset({"retired"}),
        final=frozenset({"retired"}),
        born={one: one for one in ("planned", "in_stock", "live", "maintenance")},
        asked=True,
    ),
)
DEPENDENCY: Final = Kind(
    name="dependency",
    model=DeclareDependency,
    patch=ChangeDependency,
    rows=Rows(
        DEPENDENCIES,
        by_fields(DependencyRecord),
        present=until_after_now(DEPENDENCIES.source.selected_columns["valid_to"]),
    ),
    make=_make_dependency,
    make_many=_make_dependencies,
    revise=revise_by(commands.change_dependency, "dependency_id"),
    move=end_by(commands.remove_dependency, "dependency_id"),
    references=(Reference(("from",), "from_id", NODES), Reference(("to",), "to_id", NODES)),
    statuses=until("removed"),
    status_of=over_or_not("removed"),
    only_given=frozenset({"valid_from", "valid_to"}),
    # A group names its members, because it cannot be there before them.
    hidden=frozenset({"redundancy_group_id"}),
    unsound=_unsound_dependency,
    derive=_dependency_key,
)
