"""The lines of service level agreements, one row for each customer, to look up and to compare."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import sqlalchemy as sa

from services.catalog.agreements.domain.agreement import AgreementId
from services.catalog.agreements.domain.lines import Line
from services.catalog.agreements.events.vocabulary import RecordType
from services.catalog.agreements.tables.agreements import one_of
from services.catalog.customers.domain import CustomerId
from services.catalog.portfolio.domain import ServiceId
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, statement

AGREEMENT_LINE: Final = sa.Table(
    "agreement_line",
    METADATA,
    sa.Column("agreement_id", sa.Uuid, sa.ForeignKey("catalog.agreement.id"), primary_key=True),
    sa.Column("line_number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("agreement_version", sa.Integer, nullable=False),
    sa.Column("cover_number", sa.Integer, nullable=False),
    sa.Column("customer_id", sa.Uuid, sa.ForeignKey("catalog.customer.id"), nullable=False),
    sa.Column("service_id", sa.Uuid, sa.ForeignKey("catalog.service.id"), nullable=False),
    sa.Column("offering_id", sa.Uuid, sa.ForeignKey("catalog.offering.id")),
    sa.Column("record_type", sa.Text, nullable=False),
    sa.Column("priority", sa.Integer),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    one_of("record_type", RecordType),
    sa.CheckConstraint("priority between 1 and 5", name="priority"),
    sa.CheckConstraint("valid_to > valid_from", name="validity"),
    sa.Index(None, "customer_id", "service_id", "record_type"),
)
"""Rows are there from the moment the parties agree; only those of agreements that were ever active,
or will be by themselves, entitle anybody."""

_DELETE: Final = statement("delete from catalog.agreement_line where agreement_id = :id")
_INSERT: Final = statement(
    "insert into catalog.agreement_line (agreement_id, line_number, agreement_version,"
    " cover_number, customer_id, service_id, offering_id, record_type, priority, valid_from,"
    " valid_to) select :id, one.* from unnest(cast(:line_number as integer[]),"
    " cast(:agreement_version as integer[]), cast(:cover_number as integer[]),"
    " cast(:customer_id as uuid[]), cast(:service_id as uuid[]), cast(:offering_id as uuid[]),"
    " cast(:record_type as text[]), cast(:priority as integer[]),"
    " cast(:valid_from as timestamptz[]), cast(:valid_to as timestamptz[])) as one"
)
_FROM_LINE: Final = (
    "agreement_version",
    "cover_number",
    "service_id",
    "offering_id",
    "record_type",
    "priority",
    "valid_from",
    "valid_to",
)
_LOCK: Final = statement(
    "select pg_advisory_xact_lock(hashtextextended('catalog.agreement_line/' || customer_id, 0))"
    " from unnest(cast(:ids as uuid[])) as customer_id"
)
_OVERLAPS: Final = statement(
    "select distinct a.number, other.customer_id, other.service_id, other.offering_id,"
    " other.record_type, other.priority, other.valid_from, other.valid_to"
    " from catalog.agreement_line mine join catalog.agreement_line other"
    " on other.customer_id = mine.customer_id and other.service_id = mine.service_id"
    " and other.record_type = mine.record_type"
    " and other.offering_id is not distinct from mine.offering_id"
    " and (other.priority is null or mine.priority is null or other.priority = mine.priority)"
    " and other.agreement_id <> mine.agreement_id"
    " and tstzrange(other.valid_from, other.valid_to) && tstzrange(mine.valid_from, mine.valid_to)"
    " join catalog.agreement a on a.id = other.agreement_id where mine.agreement_id = :id"
    " order by 1, 2, 3, 4, 5, 6, 7 limit :limit"
)
_HELD: Final = statement(
    "select l.agreement_id, l.agreement_version, l.cover_number, l.offering_id, l.record_type,"
    " l.priority, l.valid_from, l.valid_to, a.number, a.name, a.status"
    " from catalog.agreement_line l join catalog.agreement a on a.id = l.agreement_id"
    " where l.customer_id = :customer_id and l.service_id = :service_id"
    " and l.record_type = :record_type"
    " and (a.activated_at is not null or (a.status = 'agreed' and a.agreed_at < a.valid_from))"
    " order by l.agreement_id, l.line_number"
)


async def replace_lines(tx: Tx, agreement_id: AgreementId, lines: Iterable[Line]) -> None:
    """Write an agreement's lines anew, a row for each customer; none empties them.

    Agreements with a customer in common come one after the other from here to the end of their
    transactions, so that of two that overlap the later one sees the other.
    """
    pairs = [(line, customer_id) for line in lines for customer_id in line.customer_ids]
    await tx.all(_LOCK, ids=sorted({customer_id for _, customer_id in pairs}))
    await tx.run(_DELETE, id=agreement_id)
    if not pairs:
        return
    await tx.run(
        _INSERT,
        id=agreement_id,
        line_number=list(range(len(pairs))),
        customer_id=[customer_id for _, customer_id in pairs],
        **{name: [getattr(line, name) for line, _ in pairs] for name in _FROM_LINE},
    )


async def overlapping(tx: Tx, agreement_id: AgreementId, *, limit: int) -> Sequence[Row]:
    """Return lines of other agreements that cover what one of this agreement's covers too."""
    return await tx.all(_OVERLAPS, id=agreement_id, limit=limit)


async def held_lines(
    tx: ReadTx, *, customer_id: CustomerId, service_id: ServiceId, record_type: RecordType
) -> Sequence[Row]:
    """Return the lines that entitle a customer, of all times."""
    return await tx.all(
        _HELD, customer_id=customer_id, service_id=service_id, record_type=record_type
    )
