"""What every use case of an agreement ends with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from services.catalog.agreements.domain.agreement import IN_FORCE, Agreement
from services.catalog.agreements.domain.lines import Line, covered, resolve
from services.catalog.agreements.events.states import AgreementState
from services.catalog.agreements.tables import agreements as tables
from services.catalog.agreements.tables import lines as line_tables
from services.catalog.portfolio import queries as portfolio
from services.catalog.portfolio.commands import note_cover
from shared import outbox, timers
from shared.auth import Actor
from shared.db import Row, Tx
from shared.errors import DomainError, Kind

AGREEMENT_DUE: Final = "agreement.due"
"""The one timer of an agreement: its beginning, its next version, or its end."""
_NAMED_OVERLAPS: Final = 10


class AgreementOverlapsError(DomainError):
    """Another agreement covers some of the same for a customer at some of the same time."""

    code = "agreement-overlaps"
    kind = Kind.CONFLICT
    title = "Another agreement covers the same"


async def keep(
    tx: Tx,
    before: Agreement,
    after: Agreement,
    events: Sequence[AgreementState],
    *,
    actor: Actor,
    occurred_at: datetime,
    now: datetime,
) -> None:
    """Write what became of an agreement, its lines, its events, its timer, and tell the portfolio.

    Without events nothing changed and nothing is written.

    Raises:
        AgreementOverlapsError: another agreement covers some of the same; the extras name it.
        ServiceRetiredError: a service that it begins to cover is retired.
    """
    if not events:
        return
    await write(tx, before, after, events, actor=actor, occurred_at=occurred_at, now=now)
    if after.status in IN_FORCE or before.status in IN_FORCE:
        await tell_portfolio(tx, after, now=now, present_only=False)
    await arm(tx, before, after, now=now)


async def write(
    tx: Tx,
    before: Agreement,
    after: Agreement,
    events: Sequence[AgreementState],
    *,
    actor: Actor,
    occurred_at: datetime,
    now: datetime,
) -> None:
    """Write an agreement, its lines and its events; nothing without events.

    Raises:
        AgreementOverlapsError: another agreement covers some of the same; the extras name it.
    """
    if not events:
        return
    await tables.save_agreement(tx, before, after)
    outbox.append(
        tx,
        key=after.id,
        version=after.version,
        events=events,
        actor=actor,
        occurred_at=occurred_at,
        now=now,
    )
    reserved = _reserved(after)
    if after.type == "sla" and reserved != _reserved(before):
        await line_tables.replace_lines(tx, after.id, reserved)
        await _require_alone(tx, after)


async def tell_portfolio(
    tx: Tx, agreement: Agreement, *, now: datetime, present_only: bool
) -> None:
    """Note what an agreement in force covers from now on, versions to come included.

    ``present_only`` leaves out services that were retired since the parties agreed: where nobody
    is there to hear of it, the rest of the agreement begins all the same.

    Raises:
        ServiceRetiredError: a service that it begins to cover is retired.
    """
    lines = resolve(agreement) if agreement.status in IN_FORCE else ()
    going_on = [line for line in lines if line.valid_to is None or line.valid_to > now]
    cover = covered(going_on, since=now)
    if present_only and cover:
        ids = {scope.service_id for scope in cover}
        phases = await portfolio.service_phases(tx, service_ids=ids)
        cover = frozenset(one for one in cover if phases[one.service_id] != "retired")
    customers = {customer_id for line in going_on for customer_id in line.customer_ids}
    await note_cover(tx, agreement_id=agreement.id, cover=cover, customer_ids=customers)


async def arm(tx: Tx, before: Agreement, after: Agreement, *, now: datetime) -> None:
    """Set the agreement's timer to what comes next, or take it back where nothing does."""
    due_at = after.next_wake(after=now)
    if due_at is not None:
        await timers.arm(tx, kind=AGREEMENT_DUE, subject=after.id, due_at=due_at)
    elif before.next_wake(after=before.updated_at) is not None:
        await timers.disarm(tx, kind=AGREEMENT_DUE, subject=after.id)


def _reserved(agreement: Agreement) -> tuple[Line, ...]:
    return resolve(agreement) if agreement.is_reserved else ()


async def _require_alone(tx: Tx, agreement: Agreement) -> None:
    found = await line_tables.overlapping(tx, agreement.id, limit=_NAMED_OVERLAPS)
    if found:
        numbers = ", ".join(dict.fromkeys(row["number"] for row in found))
        raise AgreementOverlapsError(
            f"{numbers} covers some of the same already, at some of the same time.",
            extras={"overlaps": [_told(row) for row in found]},
        )


def _told(row: Row) -> dict[str, object]:
    found = {name: value for name, value in row.items() if value is not None}
    ends = {name: _text(found[name]) for name in ("valid_from", "valid_to") if name in found}
    return {**found, **ends}


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
