"""Suppliers, their contacts, and how critical a customer is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_parties"
down_revision = "0002_calendars"

RULES = (
    ("customer", "ck_customer_criticality", "check (criticality between 1 and 5)"),
    (
        "contact",
        "ck_contact_one_owner",
        "check (num_nonnulls(customer_id, team_id, supplier_id) = 1)",
    ),
    (
        "contact",
        "fk_contact_supplier_id_supplier",
        "foreign key (supplier_id) references catalog.supplier (id)",
    ),
)


def upgrade() -> None:
    # It commits half-way, so that nobody waits while rows are looked at; begun again, it goes on.
    op.create_table(
        "supplier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("support_calendar_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('active', 'retired')", name=op.f("ck_supplier_status")),
        sa.ForeignKeyConstraint(
            ["support_calendar_id"],
            ["catalog.calendar.id"],
            name=op.f("fk_supplier_support_calendar_id_calendar"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        schema="catalog",
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_supplier_name_id"),
        "supplier",
        ["name", "id"],
        unique=False,
        schema="catalog",
        if_not_exists=True,
    )
    op.create_index(
        "uq_supplier_active_name",
        "supplier",
        [sa.literal_column("lower(name)")],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("status = 'active'"),
        if_not_exists=True,
    )
    op.add_column(
        "customer",
        sa.Column("criticality", sa.Integer(), server_default="3", nullable=False),
        schema="catalog",
        if_not_exists=True,
    )
    op.add_column(
        "contact",
        sa.Column("supplier_id", sa.Uuid(), nullable=True),
        schema="catalog",
        if_not_exists=True,
    )
    for table, name, rule in RULES:
        # Each gives way to one that allows more, in the same moment.
        op.execute(
            "-- squawk-ignore ban-drop-constraint\n"
            f"alter table catalog.{table} drop constraint if exists {name}"
        )
        op.execute(f"alter table catalog.{table} add constraint {name} {rule} not valid")
    with op.get_context().autocommit_block():
        for table, name, _ in RULES:
            # Doing it twice does nothing the second time.
            op.execute(
                "-- squawk-ignore prefer-robust-stmts\n"
                f"alter table catalog.{table} validate constraint {name}"
            )
        # What an attempt that was stopped left behind is of no use.
        op.execute("drop index concurrently if exists catalog.ix_contact_supplier_id")
        op.create_index(
            op.f("ix_contact_supplier_id"),
            "contact",
            ["supplier_id"],
            unique=False,
            schema="catalog",
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_contact_supplier_id"), table_name="contact", schema="catalog")
    op.drop_constraint(op.f("ck_contact_one_owner"), "contact", schema="catalog")
    # The release before has no place for contacts of suppliers; what was published stays.
    op.execute("delete from catalog.contact where supplier_id is not null")
    op.drop_constraint(op.f("fk_contact_supplier_id_supplier"), "contact", schema="catalog")
    op.drop_column("contact", "supplier_id", schema="catalog")
    op.execute(
        "alter table catalog.contact add constraint ck_contact_one_owner"
        " check (num_nonnulls(customer_id, team_id) = 1)"
    )
    op.drop_constraint(op.f("ck_customer_criticality"), "customer", schema="catalog")
    op.drop_column("customer", "criticality", schema="catalog")
    op.drop_index(
        "uq_supplier_active_name",
        table_name="supplier",
        schema="catalog",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_index(op.f("ix_supplier_name_id"), table_name="supplier", schema="catalog")
    op.drop_table("supplier", schema="catalog")
