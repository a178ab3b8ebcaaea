"""Offerings and request items as entries of a bundle."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.kinds.kind import Body, Kind, Rows, Work, by_fields
from services.catalog.bundles.kinds.money import canonical_money
from services.catalog.portfolio import commands
from services.catalog.portfolio.domain import OfferingId, RequestItemId
from services.catalog.portfolio.domain.offerings import TRANSITIONS
from services.catalog.portfolio.queries import OFFERINGS, REQUEST_ITEMS
from services.catalog.portfolio.queries.offerings import offering_record
from services.catalog.portfolio.schemas.items import (
    ChangeRequestItem,
    PublishRequestItem,
    RequestItemRecord,
)
from services.catalog.portfolio.schemas.offerings import (
    ChangeOffering,
    DraftOffering,
    commitments_of,
)
from shared.db import Tx

_WITHDRAWN: Final = frozenset({"withdrawn"})


async def _draft(tx: Tx, body: DraftOffering, work: Work) -> UUID:
    made = await commands.draft_offering(
        tx,
        offering_id=OfferingId(work.new_id()),
        service_id=body.service_id,
        name=body.name,
        tier=body.tier,
        commitments=commitments_of(body.commitments),
        price=None if body.price is None else body.price.price(),
        description=body.description,
        actor=work.actor,
        now=work.now,
    )
    return made.id


async def _revise_offering(tx: Tx, record_id: UUID, changes: ChangeOffering, work: Work) -> None:
    await commands.change_offering(
        tx,
        offering_id=OfferingId(record_id),
        expected_version=None,
        changes=changes.changes(),
        actor=work.actor,
        now=work.now,
    )


async def _move_offering(tx: Tx, record_id: UUID, to: Any, work: Work) -> None:  # noqa: ANN401 - checked by the kind's statuses
    await commands.move_offering(
        tx,
        offering_id=OfferingId(record_id),
        expected_version=None,
        to=to,
        actor=work.actor,
        now=work.now,
    )


async def _publish(tx: Tx, body: PublishRequestItem, work: Work) -> UUID:
    made = await commands.publish_request_item(
        tx, item_id=RequestItemId(work.new_id()), **dict(body), actor=work.actor, now=work.now
    )
    return made.id


async def _revise_item(tx: Tx, record_id: UUID, changes: BaseModel, work: Work) -> None:
    await commands.change_request_item(
        tx,
        item_id=RequestItemId(record_id),
        expected_version=None,
        changes=changes.model_dump(exclude_unset=True),
        actor=work.actor,
        now=work.now,
    )


async def _withdraw(tx: Tx, record_id: UUID, _to: str, work: Work) -> None:
    await commands.withdraw_request_item(
        tx,
        item_id=RequestItemId(record_id),
        expected_version=None,
        actor=work.actor,
        now=work.now,
    )


def _with_amount(body: Body) -> Body:
    """Return an offering with its price as it is kept."""
    if "price" in body:
        body["price"] = canonical_money(body["price"])
    return body


OFFERING: Final = Kind(
    name="offering",
    model=DraftOffering,
    patch=ChangeOffering,
    rows=Rows(OFFERINGS, offering_record, present=OFFERINGS.filters["status"] != "withdrawn"),
    make=_draft,
    revise=_revise_offering,
    move=_move_offering,
    canonical=_with_amount,
    references=(Reference(("service",), "service_id", ("service",)),),
    statuses=Statuses(TRANSITIONS, "draft", endings=_WITHDRAWN, final=_WITHDRAWN),
)
REQUEST_ITEM: Final = Kind(
    name="request_item",
    model=PublishRequestItem,
    patch=ChangeRequestItem,
    rows=Rows(
        REQUEST_ITEMS,
        by_fields(RequestItemRecord),
        present=REQUEST_ITEMS.filters["status"] != "withdrawn",
    ),
    make=_publish,
    revise=_revise_item,
    move=_withdraw,
    references=(Reference(("offering",), "offering_id", ("offering",)),),
    statuses=Statuses(
        {"published": ("withdrawn",), "withdrawn": ()},
        "published",
        endings=_WITHDRAWN,
        final=_WITHDRAWN,
    ),
)
