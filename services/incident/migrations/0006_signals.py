"""Signals that wait or are explained by changes, and what explains them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_signals"
down_revision = "0005_incidents"

_INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("ix_view_dependency_from_id", "view_dependency", ["from_id"], None),
    ("ix_signal_waiting", "signal", ["group_id", "last_seen_at"], "standing = 'waiting'"),
    (
        "ix_signal_suppressed",
        "signal",
        ["suppressed_by"],
        "standing = 'suppressed' and status = 'firing'",
    ),
)


def upgrade() -> None:
    # It commits half-way, so that nobody waits while rows are looked at; begun again, it goes on.
    _changes()
    for name, default in (("threshold", "1"), ("window_seconds", "300")):
        op.add_column(
            "integration",
            sa.Column(name, sa.Integer(), nullable=False, server_default=default),
            schema="incident",
            if_not_exists=True,
        )
    for column in (
        sa.Column("standing", sa.Text(), nullable=False, server_default="open"),
        sa.Column("suppressed_by", sa.Uuid(), nullable=True, comment="a change"),
        sa.Column("suppression_reason", sa.Text(), nullable=True),
    ):
        op.add_column("signal", column, schema="incident", if_not_exists=True)
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "alter table incident.signal drop constraint if exists ck_signal_standing"
    )
    op.execute(
        "alter table incident.signal add constraint ck_signal_standing"
        " check (standing in ('open', 'waiting', 'suppressed')) not valid"
    )
    with op.get_context().autocommit_block():
        # Doing it twice does nothing the second time.
        op.execute(
            "-- squawk-ignore prefer-robust-stmts\n"
            "alter table incident.signal validate constraint ck_signal_standing"
        )
        for name, table, columns, where in _INDEXES:
            # What an attempt that was stopped left behind is of no use.
            op.execute(f"drop index concurrently if exists incident.{name}")
            op.create_index(
                name,
                table,
                columns,
                unique=False,
                schema="incident",
                postgresql_where=None if where is None else sa.text(where),
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def _changes() -> None:
    op.create_table(
        "view_change",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "planned_outages",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="service_id and minutes of each",
        ),
        sa.Column("actual_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actual_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_view_change")),
        schema="incident",
        if_not_exists=True,
    )
    for name, where in (
        ("ix_view_change_covering", "state in ('scheduled', 'implement')"),
        ("ix_view_change_carried_out", "actual_start is not null"),
    ):
        op.create_index(
            name,
            "view_change",
            ["planned_outages"],
            unique=False,
            schema="incident",
            postgresql_using="gin",
            postgresql_ops={"planned_outages": "jsonb_path_ops"},
            postgresql_where=sa.text(where),
            if_not_exists=True,
        )


def downgrade() -> None:
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table, schema="incident")
    op.drop_constraint(op.f("ck_signal_standing"), "signal", schema="incident")
    for name in ("suppression_reason", "suppressed_by", "standing"):
        op.drop_column("signal", name, schema="incident")
    for name in ("window_seconds", "threshold"):
        op.drop_column("integration", name, schema="incident")
    op.drop_table("view_change", schema="incident")
