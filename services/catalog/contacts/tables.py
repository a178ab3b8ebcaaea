"""Where contacts are kept."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.catalog.contacts.domain import Contact, ContactId, ContactNotFoundError
from services.catalog.schema import METADATA
from shared.db import ReadTx, Row, Tx, columns, statement

CONTACT: Final = sa.Table(
    "contact",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("customer_id", sa.Uuid, sa.ForeignKey("catalog.customer.id"), index=True),
    sa.Column("team_id", sa.Uuid, sa.ForeignKey("catalog.team.id"), index=True),
    sa.Column("supplier_id", sa.Uuid, sa.ForeignKey("catalog.supplier.id"), index=True),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('active', 'retired')", name="status"),
    sa.CheckConstraint("num_nonnulls(customer_id, team_id, supplier_id) = 1", name="one_owner"),
    sa.Index(None, "name", "id"),
)

_INSERT: Final = statement(
    "insert into catalog.contact (id, name, email, phone, language, customer_id, team_id,"
    " supplier_id, roles, status, version, created_at, updated_at) values (:id, :name, :email,"
    " :phone, :language, :customer_id, :team_id, :supplier_id, :roles, :status, :version,"
    " :created_at, :updated_at)"
)
_READ: Final = statement("select * from catalog.contact where id = :id")
_LOAD: Final = statement("select * from catalog.contact where id = :id for update")
_SAVE: Final = statement(
    "update catalog.contact set name = :name, email = :email, phone = :phone,"
    " language = :language, roles = :roles, status = :status, version = :version,"
    " updated_at = :updated_at where id = :id"
)


async def insert_contact(tx: Tx, contact: Contact) -> None:
    await tx.run(_INSERT, **columns(contact))


async def find_contact(tx: ReadTx, contact_id: ContactId) -> Contact:
    """Return a contact as it is now.

    Raises:
        ContactNotFoundError: there is none with this id.
    """
    return _contact(await tx.first(_READ, id=contact_id), contact_id)


async def load_contact(tx: Tx, contact_id: ContactId) -> Contact:
    """Return a contact and lock its row until the transaction ends.

    Raises:
        ContactNotFoundError: there is none with this id.
    """
    return _contact(await tx.first(_LOAD, id=contact_id), contact_id)


async def save_contact(tx: Tx, contact: Contact) -> None:
    """Write a contact that this transaction has locked."""
    await tx.run(_SAVE, **columns(contact))


def _contact(row: Row | None, contact_id: ContactId) -> Contact:
    if row is None:
        raise ContactNotFoundError(f"There is no contact {contact_id}.")
    return Contact(**{**row, "roles": tuple(row["roles"])})
