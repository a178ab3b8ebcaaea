"""Health of services, and the outages and changes that it follows from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_health"
down_revision = "0007_bundles"


def upgrade() -> None:
    op.create_table(
        "health_outage",
        sa.Column("outage_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("outage_id", name=op.f("pk_health_outage")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_health_outage_service_id"),
        "health_outage",
        ["service_id"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "health_change",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("service_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_health_change")),
        schema="catalog",
    )
    op.create_index(
        "ix_health_change_service_ids",
        "health_change",
        ["service_ids"],
        unique=False,
        schema="catalog",
        postgresql_using="gin",
        postgresql_where=sa.text("state in ('scheduled', 'implement')"),
    )
    op.create_table(
        "service_health",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("health", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("causes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "health in ('operational', 'degraded', 'outage', 'maintenance')",
            name=op.f("ck_service_health_health"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_health")),
        sa.UniqueConstraint("service_id", name=op.f("uq_service_health_service_id")),
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_table("service_health", schema="catalog")
    op.drop_table("health_change", schema="catalog")
    op.drop_table("health_outage", schema="catalog")
