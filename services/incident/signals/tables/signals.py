"""Where signals are kept, and the groups that lead to one incident each."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from services.incident.schema import METADATA
from services.incident.signals.domain.signal import Report, Signal, SignalRaceError
from services.incident.views.queries.changes import COVERS_FRAGMENT
from shared.db import Row, Tx, statement, violations

GROUP: Final = sa.Table(
    "signal_group",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("integration_id", sa.Uuid, sa.ForeignKey("incident.integration.id"), nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False, comment="sha256 of the sender's key"),
    sa.Column("group_key", sa.Text, nullable=False),
    sa.Column("incident_id", sa.Uuid),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("integration_id", "digest"),
)
SIGNAL: Final = sa.Table(
    "signal",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("integration_id", sa.Uuid, sa.ForeignKey("incident.integration.id"), nullable=False),
    sa.Column("group_id", sa.Uuid, sa.ForeignKey("incident.signal_group.id"), nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("service_id", sa.Uuid),
    sa.Column("service_hint", sa.Text),
    sa.Column("link", sa.Text),
    sa.Column("raw", sa.Text, nullable=False),
    sa.Column("incident_id", sa.Uuid),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("standing", sa.Text, nullable=False, server_default="open"),
    sa.Column("suppressed_by", sa.Uuid, comment="a change"),
    sa.Column("suppression_reason", sa.Text),
    sa.Column("ci_id", sa.Uuid),
    sa.Column("ci_hint", sa.Text),
    sa.CheckConstraint("status in ('firing', 'resolved')", name="status"),
    sa.CheckConstraint("standing in ('open', 'waiting', 'suppressed')", name="standing"),
    sa.UniqueConstraint("integration_id", "fingerprint", "started_at", name="uq_signal_identity"),
    sa.Index(None, "incident_id", "status"),
    sa.Index(None, "last_seen_at", "id"),
    sa.Index(
        "ix_signal_waiting",
        "group_id",
        "last_seen_at",
        postgresql_where=sa.text("standing = 'waiting'"),
    ),
    sa.Index(None, "started_at", "id"),
    sa.Index(None, "service_id", "last_seen_at", "id"),
    sa.Index(
        "ix_signal_held",
        "standing",
        "last_seen_at",
        "id",
        postgresql_where=sa.text("standing <> 'open'"),
    ),
    sa.Index(
        "ix_signal_ever_suppressed",
        "suppressed_by",
        "last_seen_at",
        "id",
        postgresql_where=sa.text("suppressed_by is not null"),
    ),
    sa.Index(
        "ix_signal_suppressed",
        "suppressed_by",
        postgresql_where=sa.text("standing = 'suppressed' and status = 'firing'"),
    ),
)

_COLUMNS: Final = tuple(SIGNAL.c.keys())
_FIXED: Final = ("id", "integration_id", "group_id", "fingerprint", "started_at", "first_seen_at")
_MAKE_GROUP: Final = statement(
    "insert into incident.signal_group"
    " (id, integration_id, digest, group_key, incident_id, created_at)"
    " values (:id, :integration_id, :digest, :group_key, null, :now) on conflict do nothing"
)
_LOCK_GROUP: Final = statement(
    "select id, incident_id from incident.signal_group"
    " where integration_id = :integration_id and digest = :digest for update"
)
_LEAD: Final = statement(
    "update incident.signal_group set incident_id = :incident_id where id = :id"
)
_KNOWN: Final = statement(
    "select * from incident.signal where integration_id = :integration_id"
    " and fingerprint = any(cast(:fingerprints as text[]))"
    " and (status = 'firing' or started_at = any(cast(:starts as timestamptz[])))"
    " order by id for update"
)
_INSERT: Final = statement(
    f"insert into incident.signal ({', '.join(_COLUMNS)})"  # noqa: S608 - our own names
    f" values ({', '.join(f':{name}' for name in _COLUMNS)})"
)
_SAVE: Final = statement(
    "update incident.signal set "  # noqa: S608 - our own names
    + ", ".join(f"{name} = :{name}" for name in _COLUMNS if name not in _FIXED)
    + " where id = :id"
)
_STILL_FIRING: Final = statement(
    "select exists (select from incident.signal where status = 'firing'"
    " and incident_id = any(cast(:incidents as uuid[])))"
)


_WAITING: Final = statement(
    "select * from incident.signal where group_id = :group_id and standing = 'waiting'"
    " and last_seen_at >= :since order by id for update"
)
_RELEASABLE: Final = statement(
    "select s.group_id from incident.signal s join incident.view_change c"  # noqa: S608 - a fragment of ours
    " on c.change_id = s.suppressed_by where s.standing = 'suppressed' and s.status = 'firing'"
    f" and not coalesce({COVERS_FRAGMENT}, false) order by s.id limit 1"
)
_GROUP: Final = statement("select * from incident.signal_group where id = :id for update")
_SUPPRESSED: Final = statement(
    "select s.* from incident.signal s join incident.view_change c"  # noqa: S608 - a fragment of ours
    " on c.change_id = s.suppressed_by where s.group_id = :group_id"
    " and s.standing = 'suppressed' and s.status = 'firing'"
    f" and not coalesce({COVERS_FRAGMENT}, false) order by s.id limit :most for update of s"
)


@dataclass(frozen=True, slots=True)
class Group:
    """A sender's group, and the incident that it led to last."""

    id: UUID
    incident_id: UUID | None


async def lock_group(
    tx: Tx, *, group_id: UUID, integration_id: UUID, group_key: str, now: datetime
) -> Group:
    """Return a group, made at its first delivery, and lock it until the transaction ends.

    Two deliveries of one group at once (a pair of senders) go one after the other here.
    """
    digest = hashlib.sha256(group_key.encode()).digest()
    await tx.run(
        _MAKE_GROUP,
        id=group_id,
        integration_id=integration_id,
        digest=digest,
        group_key=group_key,
        now=now,
    )
    row = await tx.first(_LOCK_GROUP, integration_id=integration_id, digest=digest)
    if row is None:
        raise AssertionError
    return Group(id=row["id"], incident_id=row["incident_id"])


async def lead_group(tx: Tx, *, group_id: UUID, incident_id: UUID) -> None:
    """Note the incident that a locked group leads to."""
    await tx.run(_LEAD, id=group_id, incident_id=incident_id)


async def load_known(tx: Tx, *, integration_id: UUID, reports: Sequence[Report]) -> list[Signal]:
    """Return, locked, the signals that reports may be about."""
    rows = await tx.all(
        _KNOWN,
        integration_id=integration_id,
        fingerprints=list({report.fingerprint for report in reports}),
        starts=list({report.started_at for report in reports if report.started_at is not None}),
    )
    return [signal_of(row) for row in rows]


async def load_waiting(tx: Tx, *, group_id: UUID, since: datetime) -> list[Signal]:
    """Return, locked, the signals of a locked group that wait for more since an instant."""
    return [signal_of(row) for row in await tx.all(_WAITING, group_id=group_id, since=since)]


async def load_released(tx: Tx, *, now: datetime, most: int) -> tuple[Row, list[Signal]] | None:
    """Return, locked, a group with firing signals that no change explains any more, and them."""
    found = await tx.first(_RELEASABLE, now=now)
    if found is None:
        return None
    group = await tx.first(_GROUP, id=found["group_id"])
    if group is None:
        raise AssertionError
    rows = await tx.all(_SUPPRESSED, group_id=group["id"], now=now, most=most)
    return group, [signal_of(row) for row in rows]


async def write_signals(tx: Tx, *, new: Iterable[Signal], changed: Iterable[Signal]) -> None:
    """Write new signals and those that this transaction has locked.

    Raises:
        SignalRaceError: another delivery has just written one of the new ones.
    """
    born, known = list(map(_values, new)), list(map(_values, changed))
    race = SignalRaceError("Send it again: another delivery brought one of these signals.")
    if born:
        with violations({"uq_signal_identity": race}):
            await tx.run_many(_INSERT, born)
    if known:
        await tx.run_many(_SAVE, known)


async def is_any_firing(tx: Tx, *, incident_ids: Collection[UUID]) -> bool:
    """Tell whether a signal of one of some incidents fires."""
    firing: bool = await tx.value(_STILL_FIRING, incidents=list(incident_ids))
    return firing


def signal_of(row: Row) -> Signal:
    """Return the signal that a row holds."""
    return Signal(**{name: row[name] for name in _COLUMNS})


def _values(signal: Signal) -> dict[str, object]:
    return {name: getattr(signal, name) for name in _COLUMNS}
