"""Clocks of service levels, and the facts of the records that they belong to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_clocks"
down_revision = "0002_views"


def upgrade() -> None:
    op.create_table(
        "clock_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column(
            "supplier_id", sa.Uuid(), nullable=True, comment="whom a hold for a supplier waits for"
        ),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("customer_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("reached", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_record")),
        schema="incident",
    )
    op.create_index(
        "ix_clock_record_open",
        "clock_record",
        ["id"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "clock_source",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("target_sequence", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Uuid(), nullable=True, comment="the last record looked at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_source")),
        schema="incident",
    )
    op.create_table(
        "sla_clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("record_number", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_type", sa.Text(), nullable=False),
        sa.Column("agreement_version", sa.BigInteger(), nullable=False),
        sa.Column("agreement_sequence", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("target_seconds", sa.BigInteger(), nullable=False),
        sa.Column("calendar_id", sa.Uuid(), nullable=True),
        sa.Column("calendar_version", sa.BigInteger(), nullable=True),
        sa.Column("calendar_sequence", sa.BigInteger(), nullable=True),
        sa.Column("calendar_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column(
            "terms",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="the target of each priority",
        ),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "elapsed", sa.BigInteger(), nullable=False, comment="microseconds at measured_at"
        ),
        sa.Column("hits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attribution", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state in ('running', 'paused', 'met', 'breached', 'cancelled')",
            name=op.f("ck_sla_clock_state"),
        ),
        sa.CheckConstraint(
            "metric in ('response', 'update', 'resolution', 'fulfilment')",
            name=op.f("ck_sla_clock_metric"),
        ),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["incident.clock_record.id"],
            name=op.f("fk_sla_clock_record_id_clock_record"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_clock")),
        schema="incident",
    )
    op.create_index(
        "uq_sla_clock_identity",
        "sla_clock",
        [
            *("record_id", "agreement_id", "metric", "service_id"),
            *("customer_id", "team_id", "supplier_id"),
        ],
        unique=True,
        schema="incident",
        postgresql_nulls_not_distinct=True,
    )
    op.create_index(
        op.f("ix_sla_clock_customer_id_id"),
        "sla_clock",
        ["customer_id", "id"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("customer_id is not null"),
    )
    op.create_index(
        "ix_sla_clock_due",
        "sla_clock",
        ["deadline", "id"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("running and deadline is not null"),
    )


def downgrade() -> None:
    op.drop_table("sla_clock", schema="incident")
    op.drop_table("clock_source", schema="incident")
    op.drop_table("clock_record", schema="incident")
