"""Asking for configuration items."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from services.incident.views.domain import ItemUnknownError, recognise
from shared.db import ReadTx, statement

_BY_HINT: Final = statement(
    "select h.hint, found.configuration_item_id from (select cast(hint as text) as hint,"
    " cast(number as text) as number, cast(id as uuid) as id from unnest("
    "cast(:hints as text[]), cast(:numbers as text[]), cast(:ids as uuid[])) h(hint, number, id)) h"
    " cross join lateral (select configuration_item_id, number"
    " from incident.view_configuration_item where configuration_item_id = h.id"
    " and status <> 'retired' union all select configuration_item_id, number"
    " from incident.view_configuration_item where number = h.number and status <> 'retired'"
    " union all select configuration_item_id, number from incident.view_configuration_item"
    " where lower(name) = lower(h.hint) and status <> 'retired' limit 100) found"
    " order by h.hint, found.number desc"
)
_KNOWN: Final = statement(
    "select configuration_item_id from incident.view_configuration_item"
    " where configuration_item_id = any(cast(:item_ids as uuid[]))"
)


async def find_items_hinted(tx: ReadTx, *, hints: Collection[str]) -> dict[str, UUID]:
    """Return configuration items by what a sender calls them: number, id or name, in any case.

    Hints that fit nothing, or only what is retired, are left out; where a name fits two, the older
    one is taken.
    """
    asked = sorted(hints)
    recognised = [recognise(hint) for hint in asked]
    rows = await tx.all(
        _BY_HINT,
        hints=asked,
        numbers=[number for _, number in recognised],
        ids=[item_id for item_id, _ in recognised],
    )
    return {row["hint"]: row["configuration_item_id"] for row in rows}


async def require_items(tx: ReadTx, *, item_ids: Collection[UUID]) -> None:
    """Check that configuration items are known.

    Raises:
        ItemUnknownError: one is not.
    """
    rows = await tx.all(_KNOWN, item_ids=list(item_ids))
    refuse_unknown_items(set(item_ids) - {row["configuration_item_id"] for row in rows})


def refuse_unknown_items(unknown: Collection[UUID]) -> None:
    """Refuse configuration items that are not known; none is fine.

    Raises:
        ItemUnknownError: there is one.
    """
    if unknown:
        message = f"There is no configuration item {min(unknown)}."
        raise ItemUnknownError(message, pointer="/ci_ids")
