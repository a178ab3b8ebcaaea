"""Taking an agreement through its life."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.catalog.agreements.commands.keeping import (
    arm,
    keep,
    tell_portfolio,
    write,
)
from services.catalog.agreements.commands.references import require_references
from services.catalog.agreements.commands.writing import with_terms
from services.catalog.agreements.domain import life
from services.catalog.agreements.domain.agreement import (
    IN_FORCE,
    Agreement,
    AgreementId,
    AgreementRef,
)
from services.catalog.agreements.events.vocabulary import AgreementStatus
from services.catalog.agreements.tables import agreements as tables
from services.catalog.permissions import require_provider
from shared.auth import Actor, platform_actor
from shared.db import Tx
from shared.errors import require_version


async def move_agreement(
    tx: Tx,
    *,
    ref: AgreementRef,
    expected_version: int | None,
    to: AgreementStatus,
    said: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Agreement:
    """Take an agreement to another status.

    ``said`` is what the step says beside it: the ``reason`` of a termination, the next
    ``review_date``. Once the parties agree, its lines are reserved: nobody else can cover the same.
    One whose beginning lies ahead then is active from that instant by itself; any other once
    somebody says so.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        AgreementNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        AgreementTransitionError: its status does not allow it.
        AgreementPeriodError: it would be active before it begins.
        AgreementReferenceError: what is to be agreed on names something that is active no longer.
        AgreementOverlapsError: another agreement covers some of the same; the extras name it.
        ServiceRetiredError: a service that it begins to cover is retired.
    Emits:
        itsm.agreement.proposed.v1, .agreed.v1, .activated.v1, .review_started.v1,
        .review_completed.v1 or .terminated.v1
    """
    require_provider(actor)
    before = await tables.load_agreement(tx, ref)
    require_version(before.version, expected_version)
    after, events = life.move(before, to, now=now, **said)
    if to == "agreed":
        await require_references(tx, after)
    await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)
    return after


async def amend_agreement(
    tx: Tx,
    *,
    ref: AgreementRef,
    expected_version: int | None,
    valid_from: datetime,
    changes: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> Agreement:
    """Make the next version of an agreement in force, which holds from ``valid_from`` on.

    ``valid_from`` (aware UTC) may lie ahead or in the past, inside the agreement; from then on the
    newest version holds, and what older ones said about that time is void. ``changes`` holds what
    differs from the newest version, the planned end of the whole agreement included.

    Raises:
        ProviderOnlyError: the actor is bounded to a customer.
        AgreementNotFoundError: there is none.
        StaleVersionError: it is not at ``expected_version``.
        AgreementTransitionError: it is not in force.
        AgreementPeriodError: the beginning lies outside the agreement, or the end is over.
        AgreementPartiesError: the parties do not fit the type.
        TermsInvalidError: the terms are not sound.
        AgreementReferenceError: something that it names does not exist, or is active no longer.
        AgreementTooLargeError: its events would be too large.
        AgreementOverlapsError: another agreement covers some of the same; the extras name it.
    Emits:
        itsm.agreement.amended.v1, unless nothing changes
    """
    require_provider(actor)
    before = await tables.load_agreement(tx, ref)
    require_version(before.version, expected_version)
    known = await with_terms(tx, before, changes)
    after, events = life.amend(before, known, valid_from=valid_from, now=now)
    if events:
        await require_references(tx, after)
    await keep(tx, before, after, events, actor=actor, occurred_at=now, now=now)
    return after


async def wake_agreement(tx: Tx, *, agreement_id: AgreementId, now: datetime) -> None:
    """Let happen what is due: an agreement begins, another of its versions holds, or it ends.

    However late this is called, beginning and end are those that were agreed on.

    Emits:
        itsm.agreement.activated.v1 and itsm.agreement.expired.v1, if their time has come
    """
    actor = platform_actor("catalog")
    before = await tables.load_agreement(tx, agreement_id)
    begun, events = life.begin_if_due(before, now=now)
    at = begun.valid_from
    await write(tx, before, begun, events, actor=actor, occurred_at=at, now=now)
    ended, events = life.expire_if_due(begun, now=now)
    at = ended.valid_to or now
    await write(tx, begun, ended, events, actor=actor, occurred_at=at, now=now)
    if before.status in IN_FORCE or ended.status != before.status:
        await tell_portfolio(tx, ended, now=now, present_only=True)
    await arm(tx, before, ended, now=now)
