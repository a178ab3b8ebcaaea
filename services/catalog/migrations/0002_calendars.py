"""Calendars, and every state that their hours had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002_calendars"
down_revision = "0001_initial"


def upgrade() -> None:
    op.create_table(
        "calendar",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.Column("weeks", postgresql.JSONB(), nullable=False),
        sa.Column("holidays", postgresql.JSONB(), nullable=True),
        sa.Column("exceptions", postgresql.JSONB(), nullable=False),
        sa.Column("holiday_dates", postgresql.JSONB(), nullable=False),
        sa.Column("days", postgresql.JSONB(), nullable=False),
        sa.Column("expanded_from", sa.Date(), nullable=False),
        sa.Column("expanded_to", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('active', 'retired')", name=op.f("ck_calendar_status")),
        sa.CheckConstraint("expanded_from < expanded_to", name=op.f("ck_calendar_expansion")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_calendar_name_id"), "calendar", ["name", "id"], unique=False, schema="catalog"
    )
    op.create_index(
        op.f("ix_calendar_expanded_to"),
        "calendar",
        ["expanded_to"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "uq_calendar_active_name",
        "calendar",
        [sa.literal_column("lower(name)")],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "calendar_version",
        sa.Column("calendar_id", sa.Uuid(), nullable=False),
        sa.Column("calendar_version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("weeks", postgresql.JSONB(), nullable=False),
        sa.Column("holidays", postgresql.JSONB(), nullable=True),
        sa.Column("exceptions", postgresql.JSONB(), nullable=False),
        sa.Column("holiday_dates", postgresql.JSONB(), nullable=False),
        sa.Column("days", postgresql.JSONB(), nullable=False),
        sa.Column("expanded_from", sa.Date(), nullable=False),
        sa.Column("expanded_to", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["catalog.calendar.id"],
            name=op.f("fk_calendar_version_calendar_id_calendar"),
        ),
        sa.PrimaryKeyConstraint(
            "calendar_id", "calendar_version", name=op.f("pk_calendar_version")
        ),
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_table("calendar_version", schema="catalog")
    op.drop_index(
        "uq_calendar_active_name",
        table_name="calendar",
        schema="catalog",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_index(op.f("ix_calendar_expanded_to"), table_name="calendar", schema="catalog")
    op.drop_index(op.f("ix_calendar_name_id"), table_name="calendar", schema="catalog")
    op.drop_table("calendar", schema="catalog")
