"""Calendars and the lines of agreements, as far as clocks need them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_views"
down_revision = "0001_initial"


def upgrade() -> None:
    # First, for what is built concurrently is no part of the revision's transaction.
    with op.get_context().autocommit_block():
        # What an attempt that was stopped left behind is of no use.
        op.execute(
            "drop index concurrently if exists incident.ix_view_service_use_customer_id_service_id"
        )
        op.create_index(
            op.f("ix_view_service_use_customer_id_service_id"),
            "view_service_use",
            ["customer_id", "service_id"],
            unique=False,
            schema="incident",
            postgresql_concurrently=True,
            if_not_exists=True,
        )
    op.add_column(
        "view_service_use", sa.Column("offering_id", sa.Uuid(), nullable=True), schema="incident"
    )
    op.create_table(
        "view_calendar",
        sa.Column("calendar_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("calendar_version", sa.BigInteger(), nullable=False),
        sa.Column("weeks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("days", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("calendar_id", "sequence", name=op.f("pk_view_calendar")),
        schema="incident",
    )
    op.create_table(
        "view_agreement",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        sa.Column("agreement_version", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", name=op.f("pk_view_agreement")),
        schema="incident",
    )
    op.create_table(
        "view_agreement_target",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("agreement_version", sa.BigInteger(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("calendar_id", sa.Uuid(), nullable=True),
        sa.Column("pause_on", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("runs_only_on", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("thresholds", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("agreement_id", "target_id", name=op.f("pk_view_agreement_target")),
        schema="incident",
    )
    op.create_index(
        op.f("ix_view_agreement_target_calendar_id"),
        "view_agreement_target",
        ["calendar_id"],
        unique=False,
        schema="incident",
    )
    op.create_table(
        "view_agreement_line",
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "customer_id",
            sa.Uuid(),
            nullable=True,
            comment="one row per customer; none for OLA and UC",
        ),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=True),
        sa.Column("record_type", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("agreement_version", sa.BigInteger(), nullable=False),
        sa.Column("target_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("calendar_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("agreement_id", "place", name=op.f("pk_view_agreement_line")),
        schema="incident",
    )
    op.create_index(
        op.f("ix_view_agreement_line_service_id_customer_id"),
        "view_agreement_line",
        ["service_id", "customer_id"],
        unique=False,
        schema="incident",
    )


def downgrade() -> None:
    op.drop_table("view_agreement_line", schema="incident")
    op.drop_table("view_agreement_target", schema="incident")
    op.drop_table("view_agreement", schema="incident")
    op.drop_table("view_calendar", schema="incident")
    op.drop_index(
        op.f("ix_view_service_use_customer_id_service_id"),
        table_name="view_service_use",
        schema="incident",
    )
    op.drop_column("view_service_use", "offering_id", schema="incident")
