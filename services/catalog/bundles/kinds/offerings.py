"""Offerings and request items as entries of a bundle."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.catalog.bundles.domain.documents import Reference
from services.catalog.bundles.domain.statuses import Statuses
from services.catalog.bundles.kinds.commands import end_by, make_by, move_by, revise_by
from services.catalog.bundles.kinds.kind import Body, Kind, Rows, Work, by_fields
from services.catalog.bundles.kinds.money import canonical_money
from services.catalog.portfolio import commands
from services.catalog.portfolio.domain import OfferingId
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
    revise=revise_by(commands.change_offering, "offering_id", changes_of=ChangeOffering.changes),
    move=move_by(commands.move_offering, "offering_id"),
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
    make=make_by(commands.publish_request_item, "item_id"),
    revise=revise_by(commands.change_request_item, "item_id"),
    move=end_by(commands.withdraw_request_item, "item_id"),
    references=(Reference(("offering",), "offering_id", ("offering",)),),
    statuses=Statuses(
        {"published": ("withdrawn",), "withdrawn": ()},
        "published",
        endings=_WITHDRAWN,
        final=_WITHDRAWN,
    ),
)
