"""Reading agreements."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.sql import operators

from services.catalog.agreements.domain.agreement import (
    Agreement,
    AgreementNotFoundError,
    AgreementRef,
)
from services.catalog.agreements.events.states import AgreementDrafted
from services.catalog.agreements.schemas.records import (
    AgreementRecord,
    AgreementSummary,
    AgreementVersionRecord,
)
from services.catalog.agreements.tables import agreements as tables
from services.catalog.agreements.tables.agreements import AGREEMENT
from services.catalog.customers.domain import CustomerId
from services.catalog.customers.queries import visible_customers
from services.catalog.permissions import require_provider
from shared.auth import Actor
from shared.db import ReadTx
from shared.history import History, HistoryEntry
from shared.paging import Listing, PageRequest, page
from shared.schemas import Page, of_row


class _Among(sa.Uuid[UUID]):
    """An array of ids that equals each id in it, as a filter of a list compares."""

    class Comparator(sa.Uuid.Comparator[UUID]):
        def operate(
            self,
            op: operators.OperatorType,
            *other: Any,  # noqa: ANN401 - as SQLAlchemy has it
            **kwargs: Any,  # noqa: ANN401 - as SQLAlchemy has it
        ) -> sa.ColumnElement[Any]:
            if op is operators.eq:
                ids = sa.type_coerce(self.expr, ARRAY(sa.Uuid))
                return ids.contains(array([sa.type_coerce(one, sa.Uuid) for one in other]))
            return super().operate(op, *other, **kwargs)

    comparator_factory: Callable[..., Any] = Comparator


AGREEMENTS: Final = Listing(
    source=sa.select(*(AGREEMENT.c[name] for name in AgreementSummary.model_fields)),
    key=AGREEMENT.c.id,
    filters={
        "number": AGREEMENT.c.number,
        "name": AGREEMENT.c.name,
        "type": AGREEMENT.c.type,
        "status": AGREEMENT.c.status,
        "customer_id": sa.type_coerce(AGREEMENT.c.customer_ids, _Among()),
        "service_id": sa.type_coerce(AGREEMENT.c.service_ids, _Among()),
        "team_id": AGREEMENT.c.team_id,
        "supplier_id": AGREEMENT.c.supplier_id,
        "valid_from": AGREEMENT.c.valid_from,
        "valid_to": AGREEMENT.c.valid_to,
    },
    sorts={
        "name": AGREEMENT.c.name,
        "number": AGREEMENT.c.number,
        "valid_from": AGREEMENT.c.valid_from,
        "created_at": AGREEMENT.c.created_at,
        "id": AGREEMENT.c.id,
    },
    default_sort="name",
)
HISTORY: Final = History("catalog", "agreement")


async def list_agreements(
    tx: ReadTx, *, asked: PageRequest, actor: Actor
) -> Page[AgreementSummary]:
    """Return a page of agreements; of their own service level agreements where actors are bounded.

    Raises:
        ProblemError: a parameter is not valid.
    """
    visible = await visible_customers(tx, actor=actor)
    where: list[sa.ColumnElement[bool]] = []
    if visible is not None:
        mine = visible
        if (wanted := asked.filters.get("customer_id")) is not None:
            # To find by somebody else's id what is also theirs would tell that it is.
            named = wanted.lower().split(",")
            mine = frozenset(one for one in visible if str(one) in named)
        where = [
            AGREEMENT.c.type == "sla",
            AGREEMENT.c.status != "draft",
            AGREEMENT.c.customer_ids.overlap(sa.literal(sorted(mine), ARRAY(sa.Uuid))),
        ]
    rows, following = await page(tx, AGREEMENTS, asked, where=where)
    items = [of_row(AgreementSummary, row) for row in rows]
    if visible is not None:
        items = [
            item.model_copy(
                update={"customer_ids": [one for one in item.customer_ids if one in visible]}
            )
            for item in items
        ]
    return Page[AgreementSummary](items=items, next=following)


async def read_agreement(
    tx: ReadTx, *, ref: AgreementRef, as_of: datetime | None = None, actor: Actor
) -> AgreementRecord:
    """Return one agreement as it is now, or as it was known at an instant.

    Raises:
        AgreementNotFoundError: there is none, was none yet, or the actor may not see it.
    """
    agreement, visible = await _visible(tx, ref, actor=actor)
    if as_of is None:
        return AgreementRecord.of(agreement).seen_by(visible)
    told = await HISTORY.state_at(tx, key=agreement.id, as_of=as_of)
    if told is None:
        raise AgreementNotFoundError(f"There was no agreement {ref} then.")
    record = AgreementRecord.told(
        AgreementDrafted.model_validate_json(told.data),
        version=told.sequence,
        created_at=told.created_at,
        updated_at=told.updated_at,
    ).seen_by(visible)
    if visible is not None and (record.status == "draft" or not record.customer_ids):
        raise AgreementNotFoundError(f"There was no agreement {ref} then.")
    return record


async def list_agreement_versions(
    tx: ReadTx, *, ref: AgreementRef, actor: Actor
) -> Page[AgreementVersionRecord]:
    """Return all versions of an agreement's terms, the oldest first; they fit one page.

    Raises:
        AgreementNotFoundError: there is none, or the actor may not see it.
    """
    agreement, visible = await _visible(tx, ref, actor=actor)
    ends = {version.agreement_version: end for version, _, end in agreement.windows()}
    records = [
        AgreementVersionRecord.of(
            version,
            valid_to=ends.get(version.agreement_version, version.valid_from),
            visible=visible,
        )
        for version in agreement.versions
    ]
    if visible is not None:
        records = [record for record in records if record.customer_ids]
    return Page[AgreementVersionRecord](items=records, next=None)


async def read_agreement_history(
    tx: ReadTx, *, ref: AgreementRef, asked: PageRequest, actor: Actor
) -> Page[HistoryEntry]:
    """Return a page of what happened to an agreement, by sequence.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        AgreementNotFoundError: there is none.
        ProblemError: a parameter is not valid.
    """
    require_provider(actor)
    agreement = await tables.find_agreement(tx, ref)
    found = await HISTORY.entries(tx, key=agreement.id, asked=asked)
    if found is None:
        raise AgreementNotFoundError(f"There is no agreement {ref}.")
    return found


async def _visible(
    tx: ReadTx, ref: AgreementRef, *, actor: Actor
) -> tuple[Agreement, frozenset[CustomerId] | None]:
    """Return an agreement that the actor may see, and the customers that bound them.

    A customer's user sees their own service level agreements once they were proposed to them.
    """
    visible = await visible_customers(tx, actor=actor)
    agreement = await tables.find_agreement(tx, ref)
    if visible is not None and (
        agreement.type != "sla"
        or agreement.status == "draft"
        or visible.isdisjoint(agreement.customer_ids)
    ):
        raise AgreementNotFoundError(f"There is no agreement {ref}.")
    return agreement, visible
