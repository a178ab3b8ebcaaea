"""Agreements, the versions of their terms, and the lines that entitle customers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_agreements"
down_revision = "0005_portfolio"

STATUSES = "'draft', 'proposed', 'agreed', 'active', 'under_review', 'expired', 'terminated'"
RECORD_TYPES = "'incident', 'service_request', 'problem', 'change'"


def upgrade() -> None:
    op.execute("create sequence catalog.agreement_number")
    _agreement()
    _version()
    _line()


def _agreement() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("customer_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("service_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("agreement_version", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_date", sa.Date(), nullable=True),
        sa.Column("parent_agreement_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("type in ('sla', 'ola', 'uc')", name=op.f("ck_agreement_type")),
        sa.CheckConstraint(f"status in ({STATUSES})", name=op.f("ck_agreement_status")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_agreement_validity")),
        sa.CheckConstraint(
            "(type = 'sla') = (cardinality(customer_ids) > 0) and (type = 'ola') = (team_id is not"
            " null) and (type = 'uc') = (supplier_id is not null)",
            name=op.f("ck_agreement_parties"),
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["catalog.team.id"], name=op.f("fk_agreement_team_id_team")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"],
            ["catalog.supplier.id"],
            name=op.f("fk_agreement_supplier_id_supplier"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
        sa.UniqueConstraint("number", name=op.f("uq_agreement_number")),
        schema="catalog",
    )
    for columns in (["name", "id"], ["valid_from", "id"], ["team_id"], ["supplier_id"]):
        name = f"ix_agreement_{'_'.join(columns)}"
        op.create_index(op.f(name), "agreement", columns, schema="catalog")
    for column in ("customer_ids", "service_ids"):
        op.create_index(
            op.f(f"ix_agreement_{column}"),
            "agreement",
            [column],
            schema="catalog",
            postgresql_using="gin",
        )


def _version() -> None:
    op.create_table(
        "agreement_version",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["catalog.agreement.id"],
            name=op.f("fk_agreement_version_agreement_id_agreement"),
        ),
        sa.PrimaryKeyConstraint(
            "agreement_id", "agreement_version", name=op.f("pk_agreement_version")
        ),
        schema="catalog",
    )


def _line() -> None:
    op.create_table(
        "agreement_line",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("line_number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agreement_version", sa.Integer(), nullable=False),
        sa.Column("cover_number", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=True),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            f"record_type in ({RECORD_TYPES})", name=op.f("ck_agreement_line_record_type")
        ),
        sa.CheckConstraint("priority between 1 and 5", name=op.f("ck_agreement_line_priority")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_agreement_line_validity")),
        *(
            sa.ForeignKeyConstraint(
                [f"{table}_id"],
                [f"catalog.{table}.id"],
                name=op.f(f"fk_agreement_line_{table}_id_{table}"),
            )
            for table in ("agreement", "customer", "service", "offering")
        ),
        sa.PrimaryKeyConstraint("agreement_id", "line_number", name=op.f("pk_agreement_line")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_agreement_line_customer_id_service_id_record_type"),
        "agreement_line",
        ["customer_id", "service_id", "record_type"],
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_table("agreement_line", schema="catalog")
    op.drop_table("agreement_version", schema="catalog")
    op.drop_table("agreement", schema="catalog")
    op.execute("drop sequence catalog.agreement_number")
