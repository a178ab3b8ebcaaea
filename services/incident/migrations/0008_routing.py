"""Add routing rules, and the category of incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_routing"
down_revision = "0007_imports"


def upgrade() -> None:
    op.add_column("incident", sa.Column("category", sa.Text(), nullable=True), schema="incident")
    ids, texts = postgresql.ARRAY(sa.Uuid()), postgresql.ARRAY(sa.Text())
    op.create_table(
        "routing_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("service_ids", ids, nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("channels", texts, nullable=False),
        sa.Column("customer_ids", ids, nullable=False),
        sa.Column("priorities", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("title_words", texts, nullable=False),
        sa.Column("title_patterns", texts, nullable=False, comment="title_words, for like"),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('active', 'retired')", name=op.f("ck_routing_rule_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
        schema="incident",
    )
    op.create_index(
        "uq_routing_rule_active_name",
        "routing_rule",
        [sa.text("lower(name)")],
        unique=True,
        schema="incident",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(
        "ix_routing_rule_in_force",
        "routing_rule",
        ["position", "id"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("enabled and status = 'active'"),
    )


def downgrade() -> None:
    op.drop_table("routing_rule", schema="incident")
    op.drop_column("incident", "category", schema="incident")
