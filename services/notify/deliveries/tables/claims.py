"""Handing due notifications to workers, target by target, and keeping what became of each try."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from services.notify.channels.domain import Receipt
from services.notify.deliveries.domain import Notification
from services.notify.deliveries.tables.rows import notification_of
from shared.db import Tx, statement

# Each target is asked for its own oldest few, so that a long queue before one that is down costs
# the others nothing. A record's later events wait behind its earlier ones, per recipient. The
# conditions are repeated where the rows are locked: another worker may have just taken them.
_CLAIM: Final = statement(
    "with open_target as ("
    "  select t.target,"
    "   case when t.failures >= :probing then 1 else cast(:per_target as bigint) end"
    "   - (select count(*) from notify.notification h where h.target = t.target"
    "      and h.state = 'sending' and h.due_at > :now) as room"
    "  from notify.target t where t.doubtful = :doubtful"
    "   and (t.paused_until is null or t.paused_until <= :now)"
    "), candidate as ("
    "  select c.id from open_target t cross join lateral ("
    "   select n.id, n.due_at from notify.notification n where n.target = t.target"
    "    and n.state in ('queued', 'sending') and n.due_at <= :now"
    "    and not exists (select from notify.notification e"
    "     where e.recipient_id = n.recipient_id and e.record_id = n.record_id"
    "      and e.event_sequence < n.event_sequence and e.channel = n.channel"
    "      and e.state in ('queued', 'sending'))"
    "    order by n.due_at limit greatest(t.room, 0)"
    "  ) c order by c.due_at limit :limit"
    "), chosen as ("
    "  select n.id from notify.notification n where n.id in (select id from candidate)"
    "   and n.state in ('queued', 'sending') and n.due_at <= :now for update skip locked"
    ")"
    " update notify.notification n set state = 'sending', due_at = :lease_until,"
    " attempts = n.attempts + 1, tries = n.tries + 1"
    " from chosen where n.id = chosen.id returning n.*"
)
_LOST: Final = statement(
    "update notify.delivery set result = 'unknown', finished_at = :now,"
    " detail = 'no receipt within the lease'"
    " where notification_id = any(cast(:ids as uuid[])) and result = 'sending'"
)
_OPEN: Final = statement(
    "insert into notify.delivery (id, notification_id, attempt, channel, result, detail,"
    " started_at) values (:id, :notification_id, :attempt, :channel, 'sending', '', :now)"
)
_CLOSE: Final = statement(
    "update notify.delivery set result = :result, status_code = :status_code, detail = :detail,"
    " provider_id = :provider_id, finished_at = :now"
    " where notification_id = :notification_id and attempt = :attempt"
)
_DOCUMENT: Final = statement("select body from notify.document where event_id = :event_id")
_FORGET: Final = statement(
    "delete from notify.document where event_id in (select d.event_id from notify.document d"
    " where d.created_at < :before and not exists (select from notify.notification n"
    "  where n.event_id = d.event_id and n.state not in ('sent', 'suppressed'))"
    " order by d.created_at limit :limit for update skip locked)"
)
_FAILURES: Final = statement("select failures from notify.target where target = :target for update")
# Written only where something differs, so that a target in good health is no point of contention.
_NOTE: Final = statement(
    "update notify.target set doubtful = :doubtful, failures = :failures,"
    " paused_until = :paused_until where target = :target"
    " and (doubtful, failures, paused_until) is distinct from"
    " (cast(:doubtful as boolean), cast(:failures as integer), cast(:paused_until as timestamptz))"
)


async def claim_notifications(
    tx: Tx,
    *,
    doubtful: bool,
    per_target: int,
    probing: int,
    limit: int,
    lease_until: datetime,
    now: datetime,
) -> list[Notification]:
    """Take due notifications of the targets in good, or in doubtful, health; return them as taken.

    A target with ``probing`` failures in a row or more gets one at a time.
    """
    rows = await tx.all(
        _CLAIM,
        doubtful=doubtful,
        per_target=per_target,
        probing=probing,
        limit=limit,
        lease_until=lease_until,
        now=now,
    )
    taken = [notification_of(row) for row in rows]
    if taken:
        await tx.run(_LOST, ids=[one.id for one in taken], now=now)
    return taken


async def open_deliveries(
    tx: Tx, taken: Sequence[Notification], *, new_id: Callable[[], UUID], now: datetime
) -> None:
    """Note that a try of each begins."""
    rows: list[dict[str, object]] = [
        {
            "id": new_id(),
            "notification_id": one.id,
            "attempt": one.attempts,
            "channel": one.channel,
            "now": now,
        }
        for one in taken
    ]
    await tx.run_many(_OPEN, rows)


async def close_delivery(
    tx: Tx, *, notification_id: UUID, attempt: int, receipt: Receipt, now: datetime
) -> None:
    """Note how a try ended."""
    await tx.run(
        _CLOSE,
        notification_id=notification_id,
        attempt=attempt,
        result=receipt.result,
        status_code=receipt.status_code,
        detail=receipt.detail,
        provider_id=receipt.provider_id,
        now=now,
    )


async def read_document(tx: Tx, *, event_id: UUID) -> str:
    """Return an event's document; it is kept as long as a notification may need it."""
    body: str = await tx.value(_DOCUMENT, event_id=event_id)
    return body


async def forget_documents(tx: Tx, *, before: datetime, limit: int) -> int:
    """Delete old documents that no notification needs any more; return how many."""
    return await tx.run(_FORGET, before=before, limit=limit)


async def target_failures(tx: Tx, *, target: str) -> int:
    """Return how often in a row a target was in trouble, and lock its row."""
    found: int | None = await tx.value(_FAILURES, target=target)
    return found or 0


async def note_target(
    tx: Tx, *, target: str, doubtful: bool, failures: int, paused_until: datetime | None
) -> None:
    """Write a target's health, if it differs."""
    await tx.run(
        _NOTE, target=target, doubtful=doubtful, failures=failures, paused_until=paused_until
    )
