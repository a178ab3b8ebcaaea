"""Writing an agreement until the parties agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.catalog.agreements.commands.keeping import keep
from services.catalog.agreements.commands.references import require_references, with_services
from services.catalog.agreements.domain import life
from services.catalog.agreements.domain.agreement import (
    Agreement,
    AgreementId,
    AgreementRef,
    Version,
)
from services.catalog.agreements.domain.terms import Cover, Penalty, Terms
from services.catalog.agreements.events.vocabulary import AgreementType
from services.catalog.agreements.tables import agreements as tables
from services.catalog.customers.domain import CustomerId
from services.catalog.permissions import require_provider
from shared import outbox
from shared.auth import Actor
from shared.db import Tx
from shared.errors import require_version


async def draft_agreement(
    tx: Tx,
    *,
    agreement_id: AgreementId,
    type: AgreementType,  # noqa: A002 - the name of the field everywhere
    name: str,
    customer_ids: Sequence[CustomerId],
    team_id: UUID | None,
    supplier_id: UUID | None,
    valid_from: datetime | None,
    valid_to: datetime | None,
    review_date: date | None,
    parent_agreement_ids: Sequence[AgreementId],
    covers: Sequence[Cover],
    penalties: Sequence[Penalty],
    actor: Actor,
    now: datetime,
) -> Agreement:
    """Begin to write an agreement: with customers (sla), a team (ola) or a supplier (uc).

    ``valid_from`` (aware UTC) may lie in the past; None is now. ``valid_to`` is the planned end.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        AgreementPartiesError: the parties do not fit the type.
        AgreementPeriodError: it would end before it begins.
        TermsInvalidError: the terms are not sound.
        AgreementReferenceError: something that it names does not exist, or is active no longer.
        AgreementTooLargeError: its events would be too large.
    Emits:
        itsm.agreement.drafted.v1
    """
    require_provider(actor)
    version = Version(
        agreement_version=1,
        valid_from=valid_from or now,
        customer_ids=tuple(customer_ids),
        terms=Terms(await with_services(tx, covers), tuple(penalties)),
        recorded_at=now,
    )
    agreement, events = life.draft(
        Agreement(
            id=agreement_id,
            number=await tables.next_number(tx),
            name=name,
            type=type,
            team_id=team_id,
            supplier_id=supplier_id,
            versions=(version,),
            valid_to=valid_to,
            review_date=review_date,
            parent_agreement_ids=tuple(parent_agreement_ids),
            created_at=now,
            updated_at=now,
        )
    )
    await require_references(tx, agreement)
    await tables.insert_agreement(tx, agreement)
    outbox.append(
        tx,
        key=agreement.id,
        version=agreement.version,
        events=events,
        actor=actor,
        occurred_at=now,
        now=now,
    )
    return agreement


async def change_agreement(
    tx: Tx,
    *,
    ref: AgreementRef,
    expected_version: int | None,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Agreement:
    """Write anew what is still a draft or proposed; ``changes`` holds the new values.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        AgreementNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        AgreementSettledError: it is neither a draft nor proposed.
        AgreementPartiesError: the parties do not fit the type.
        AgreementPeriodError: it would end before it begins.
        TermsInvalidError: the terms are not sound.
        AgreementReferenceError: something that it names does not exist, or is active no longer.
        AgreementTooLargeError: its events would be too large.
    Emits:
        itsm.agreement.revised.v1, unless nothing changes
    """
    require_provider(actor)
    before = await tables.load_agreement(tx, ref)
    require_version(before.version, expected_version)
    known = await with_terms(tx, before, changes)
    after, events = life.revise(before, known, now=now)
    if events:
        await require_references(tx, after)
    await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)
    return after


async def with_terms(tx: Tx, agreement: Agreement, changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return changes with terms in place of covers and penalties; what is not named stays.

    Raises:
        AgreementReferenceError: an offering does not exist.
    """
    rest = {name: value for name, value in changes.items() if name not in ("covers", "penalties")}
    if len(rest) == len(changes):
        return rest
    newest = agreement.newest.terms
    covers = newest.covers
    if "covers" in changes:
        covers = await with_services(tx, changes["covers"])
    return {**rest, "terms": Terms(covers, tuple(changes.get("penalties", newest.penalties)))}
