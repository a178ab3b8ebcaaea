"""Configuration items: in the read model with their redundancy, of incidents, hinted by signals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009_components"
down_revision = "0008_routing"

_INDEXES: tuple[tuple[str, str, list[str]], ...] = (
    ("ix_view_dependency_to_id", "view_dependency", ["to_id"]),
    ("ix_view_service_use_service_id", "view_service_use", ["service_id"]),
)


def upgrade() -> None:
    # It commits half-way, so that nobody waits while rows are looked at; begun again, it goes on.
    _views()
    op.add_column(
        "incident",
        sa.Column("ci_ids", postgresql.ARRAY(sa.Uuid()), nullable=False, server_default="{}"),
        schema="incident",
        if_not_exists=True,
    )
    with op.get_context().autocommit_block():
        # An intake locks signals before incidents: whoever held those would wait in a circle.
        for column in (
            sa.Column("ci_id", sa.Uuid(), nullable=True),
            sa.Column("ci_hint", sa.Text(), nullable=True),
        ):
            op.add_column("signal", column, schema="incident", if_not_exists=True)
        # Nobody waits for an index while it is made, however many rows there are.
        op.execute("set statement_timeout = '1h'")
        for name, table, columns in _INDEXES:
            # What an attempt that was stopped left behind is of no use.
            op.execute(f"drop index concurrently if exists incident.{name}")
            op.create_index(
                name,
                table,
                columns,
                unique=False,
                schema="incident",
                postgresql_concurrently=True,
                if_not_exists=True,
            )
        op.execute("drop index concurrently if exists incident.ix_incident_ci_ids")
        op.create_index(
            "ix_incident_ci_ids",
            "incident",
            ["ci_ids"],
            unique=False,
            schema="incident",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
            postgresql_where=sa.text("ci_ids <> '{}'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.execute("reset statement_timeout")


def _views() -> None:
    op.create_table(
        "view_configuration_item",
        sa.Column("configuration_item_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_class", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("configuration_item_id", name=op.f("pk_view_configuration_item")),
        schema="incident",
        if_not_exists=True,
    )
    for name, columns in (
        (op.f("ix_view_configuration_item_number"), ["number"]),
        ("ix_view_configuration_item_name", [sa.text("lower(name)")]),
    ):
        op.create_index(
            name,
            "view_configuration_item",
            columns,
            unique=False,
            schema="incident",
            if_not_exists=True,
        )
    op.create_table(
        "view_redundancy_group",
        sa.Column("redundancy_group_id", sa.Uuid(), nullable=False),
        sa.Column("min_up", sa.Integer(), nullable=False),
        sa.Column("min_up_unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("redundancy_group_id", name=op.f("pk_view_redundancy_group")),
        schema="incident",
        if_not_exists=True,
    )
    op.create_table(
        "view_redundancy_member",
        sa.Column("dependency_id", sa.Uuid(), nullable=False),
        sa.Column("redundancy_group_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("dependency_id", name=op.f("pk_view_redundancy_member")),
        schema="incident",
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_view_redundancy_member_redundancy_group_id"),
        "view_redundancy_member",
        ["redundancy_group_id"],
        unique=False,
        schema="incident",
        if_not_exists=True,
    )


def downgrade() -> None:
    op.drop_index("ix_incident_ci_ids", table_name="incident", schema="incident")
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table, schema="incident")
    for name in ("ci_hint", "ci_id"):
        op.drop_column("signal", name, schema="incident")
    op.drop_column("incident", "ci_ids", schema="incident")
    for name in ("view_redundancy_member", "view_redundancy_group", "view_configuration_item"):
        op.drop_table(name, schema="incident")
