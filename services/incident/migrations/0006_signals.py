"""Signals that wait or are explained by changes, and what explains them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_signals"
down_revision = "0005_incidents"

_NEW = "standing in ('open', 'waiting', 'suppressed')"


def upgrade() -> None:
    op.create_table(
        "view_change",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("service_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outage_service_ids",
            postgresql.ARRAY(sa.Uuid()),
            nullable=True,
            comment="by its last content",
        ),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_view_change")),
        schema="incident",
    )
    op.create_index(
        "ix_view_change_covering",
        "view_change",
        ["outage_service_ids"],
        unique=False,
        schema="incident",
        postgresql_using="gin",
        postgresql_where=sa.text("state in ('scheduled', 'implement')"),
    )
    op.create_index(
        op.f("ix_view_dependency_from_id"),
        "view_dependency",
        ["from_id"],
        unique=False,
        schema="incident",
    )
    for name, default in (("threshold", "1"), ("window_seconds", "300")):
        op.add_column(
            "integration",
            sa.Column(name, sa.Integer(), nullable=False, server_default=default),
            schema="incident",
        )
    op.add_column(
        "signal",
        sa.Column("standing", sa.Text(), nullable=False, server_default="open"),
        schema="incident",
    )
    op.add_column(
        "signal",
        sa.Column("suppressed_by", sa.Uuid(), nullable=True, comment="a change"),
        schema="incident",
    )
    op.add_column(
        "signal", sa.Column("suppression_reason", sa.Text(), nullable=True), schema="incident"
    )
    op.create_check_constraint(
        op.f("ck_signal_standing"), "signal", _NEW, schema="incident", postgresql_not_valid=True
    )
    op.execute("alter table incident.signal validate constraint ck_signal_standing")
    op.create_index(
        "ix_signal_waiting",
        "signal",
        ["group_id", "last_seen_at"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("standing = 'waiting'"),
    )
    op.create_index(
        "ix_signal_suppressed",
        "signal",
        ["suppressed_by"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("standing = 'suppressed' and status = 'firing'"),
    )


def downgrade() -> None:
    op.drop_index("ix_signal_suppressed", table_name="signal", schema="incident")
    op.drop_index("ix_signal_waiting", table_name="signal", schema="incident")
    op.drop_constraint(op.f("ck_signal_standing"), "signal", schema="incident")
    for name in ("suppression_reason", "suppressed_by", "standing"):
        op.drop_column("signal", name, schema="incident")
    for name in ("window_seconds", "threshold"):
        op.drop_column("integration", name, schema="incident")
    op.drop_index(
        op.f("ix_view_dependency_from_id"), table_name="view_dependency", schema="incident"
    )
    op.drop_table("view_change", schema="incident")
