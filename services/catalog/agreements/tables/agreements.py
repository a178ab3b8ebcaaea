"""Agreements and the versions of their terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args
from uuid import UUID

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.catalog.agreements.domain.agreement import (
    Agreement,
    AgreementId,
    AgreementNotFoundError,
    AgreementRef,
    Version,
)
from services.catalog.agreements.domain.terms import Terms
from services.catalog.agreements.events.vocabulary import AgreementStatus, AgreementType
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, statement


def one_of(column: str, closed_set: object) -> sa.CheckConstraint:
    """Return the check that a column holds one of a closed set of words."""
    values = ", ".join(f"'{value}'" for value in get_args(closed_set))
    return sa.CheckConstraint(f"{column} in ({values})", name=column)


AGREEMENT_NUMBER: Final = sa.Sequence("agreement_number", metadata=METADATA, schema="catalog")
AGREEMENT: Final = sa.Table(
    "agreement",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("customer_ids", ARRAY(sa.Uuid), nullable=False),
    sa.Column("service_ids", ARRAY(sa.Uuid), nullable=False),
    sa.Column("team_id", sa.Uuid, sa.ForeignKey("catalog.team.id"), index=True),
    sa.Column("supplier_id", sa.Uuid, sa.ForeignKey("catalog.supplier.id"), index=True),
    sa.Column("agreement_version", sa.Integer, nullable=False),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("valid_to", sa.DateTime(timezone=True)),
    sa.Column("review_date", sa.Date),
    sa.Column("parent_agreement_ids", ARRAY(sa.Uuid), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("agreed_at", sa.DateTime(timezone=True)),
    sa.Column("activated_at", sa.DateTime(timezone=True)),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    one_of("type", AgreementType),
    one_of("status", AgreementStatus),
    sa.CheckConstraint("valid_to >= valid_from", name="validity"),
    sa.CheckConstraint(
        "(type = 'sla') = (cardinality(customer_ids) > 0) and (type = 'ola') = (team_id is not"
        " null) and (type = 'uc') = (supplier_id is not null)",
        name="parties",
    ),
    sa.Index(None, "name", "id"),
    sa.Index(None, "valid_from", "id"),
    sa.Index(None, "customer_ids", postgresql_using="gin"),
    sa.Index(None, "service_ids", postgresql_using="gin"),
)
AGREEMENT_VERSION: Final = sa.Table(
    "agreement_version",
    METADATA,
    sa.Column("agreement_id", sa.Uuid, sa.ForeignKey("catalog.agreement.id"), primary_key=True),
    sa.Column("agreement_version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
    sa.Column("customer_ids", ARRAY(sa.Uuid), nullable=False),
    sa.Column("terms", JSONB, nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
)

_TERMS: Final = TypeAdapter(Terms)
_NAMES: Final = tuple(column.name for column in AGREEMENT.columns)
_OWN: Final = frozenset(_NAMES) & frozenset(Agreement.__dataclass_fields__)
_NEXT_NUMBER: Final = statement("select nextval('catalog.agreement_number')")
_INSERT: Final = statement(sa.insert(AGREEMENT))
_SAVE: Final = statement(sa.update(AGREEMENT).where(AGREEMENT.c.id == sa.bindparam("key")))
# A version that was agreed on is never written again: the one at hand is new, or a draft's.
_KEEP_VERSION: Final = statement(
    "insert into catalog.agreement_version (agreement_id, agreement_version, valid_from,"
    " customer_ids, terms, recorded_at) values (:agreement_id, :agreement_version, :valid_from,"
    " :customer_ids, :terms, :recorded_at) on conflict (agreement_id, agreement_version)"
    " do update set valid_from = excluded.valid_from, customer_ids = excluded.customer_ids,"
    " terms = excluded.terms, recorded_at = excluded.recorded_at"
)
_BY_REF: Final = "select * from catalog.agreement where id = :id or number = :number"
_READ: Final = statement(_BY_REF)
_LOAD: Final = statement(f"{_BY_REF} for update")
_VERSIONS: Final = statement(
    "select * from catalog.agreement_version where agreement_id = :id order by agreement_version"
)
_TERMS_OF: Final = statement(
    "select terms from catalog.agreement_version"
    " where agreement_id = :id and agreement_version = :agreement_version"
)
_KNOWN: Final = statement("select id from catalog.agreement where id = any(:ids)")
_LOCK_PARENTS: Final = statement(
    "select pg_advisory_xact_lock(hashtextextended('catalog.agreement_parents', 0))"
)
_RESTS_ON: Final = statement(
    "with recursive above as (select unnest(cast(:ids as uuid[])) as id union"
    " select unnest(a.parent_agreement_ids) from catalog.agreement a join above on above.id = a.id)"
    " select exists (select from above where id = :id)"
)


async def next_number(tx: Tx) -> str:
    """Return the next agreement number."""
    return f"AGR{await tx.value(_NEXT_NUMBER):07d}"


async def insert_agreement(tx: Tx, agreement: Agreement) -> None:
    """Write a new agreement with its first version."""
    await tx.run(_INSERT, **_columns(agreement))
    await _keep_version(tx, agreement.id, agreement.newest)


async def find_agreement(tx: ReadTx, ref: AgreementRef) -> Agreement:
    """Return an agreement as it is now.

    Raises:
        AgreementNotFoundError: there is none.
    """
    return await _agreement(tx, await tx.first(_READ, **_ref(ref)), ref)


async def load_agreement(tx: Tx, ref: AgreementRef) -> Agreement:
    """Return an agreement and lock its row until the transaction ends.

    Raises:
        AgreementNotFoundError: there is none.
    """
    return await _agreement(tx, await tx.first(_LOAD, **_ref(ref)), ref)


async def save_agreement(tx: Tx, before: Agreement, after: Agreement) -> None:
    """Write an agreement that this transaction has locked."""
    await tx.run(_SAVE, key=after.id, **_columns(after))
    if after.newest != before.newest:
        await _keep_version(tx, after.id, after.newest)


async def known_agreements(tx: ReadTx, ids: Iterable[AgreementId]) -> frozenset[AgreementId]:
    """Return those of some agreements that there are."""
    rows = await tx.all(_KNOWN, ids=list(ids))
    return frozenset(AgreementId(row["id"]) for row in rows)


async def rests_on(tx: Tx, agreement_id: AgreementId, parents: tuple[AgreementId, ...]) -> bool:
    """Tell whether some agreements rest on another one; nobody else changes that meanwhile."""
    await tx.value(_LOCK_PARENTS)
    return bool(await tx.value(_RESTS_ON, ids=list(parents), id=agreement_id))


async def terms_of(tx: ReadTx, agreement_id: AgreementId, agreement_version: int) -> Terms:
    """Return the terms of a version that there is."""
    found = await tx.value(_TERMS_OF, id=agreement_id, agreement_version=agreement_version)
    return _TERMS.validate_python(found)


def version_of(row: Row) -> Version:
    """Return the version that a row holds."""
    return Version(
        agreement_version=row["agreement_version"],
        valid_from=row["valid_from"],
        customer_ids=tuple(row["customer_ids"]),
        terms=_TERMS.validate_python(row["terms"]),
        recorded_at=row["recorded_at"],
    )


async def _keep_version(tx: Tx, agreement_id: AgreementId, version: Version) -> None:
    await tx.run(
        _KEEP_VERSION,
        agreement_id=agreement_id,
        agreement_version=version.agreement_version,
        valid_from=version.valid_from,
        customer_ids=list(version.customer_ids),
        terms=_TERMS.dump_python(version.terms, mode="json"),
        recorded_at=version.recorded_at,
    )


def _columns(agreement: Agreement) -> dict[str, Any]:
    found = {name: getattr(agreement, name) for name in _NAMES}
    lists = ("customer_ids", "service_ids", "parent_agreement_ids")
    return {**found, **{name: list(found[name]) for name in lists}}


def _ref(ref: AgreementRef) -> Mapping[str, Any]:
    by_id = isinstance(ref, UUID)
    return {"id": ref if by_id else None, "number": None if by_id else ref}


async def _agreement(tx: ReadTx, row: Row | None, ref: AgreementRef) -> Agreement:
    if row is None:
        raise AgreementNotFoundError(f"There is no agreement {ref}.")
    versions = await tx.all(_VERSIONS, id=row["id"])
    own = {name: row[name] for name in _OWN}
    own["parent_agreement_ids"] = tuple(own["parent_agreement_ids"])
    return Agreement(versions=tuple(version_of(one) for one in versions), **own)
