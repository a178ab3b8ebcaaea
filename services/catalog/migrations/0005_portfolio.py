"""Offerings, request items, what agreements cover, and what else there is to say of a service."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005_portfolio"
down_revision = "0004_components"

ADDED = (
    ("support_calendar_id", "calendar"),
    ("service_manager_id", "contact"),
    ("inner_owner_id", "contact"),
    ("continuity_manager_id", "contact"),
)
SORTED = (
    ("service", "name_technical"),
    ("service", "criticality"),
    ("service", "created_at"),
    ("service_use", "created_at"),
)
CLASSES = "('public', 'internal', 'confidential', 'restricted')"


def _rules() -> list[tuple[str, str, str]]:
    """Return the new rules of tables that have rows: the table, the name, and the rule."""
    named = [
        (
            "service",
            f"fk_service_{column}_{table}",
            f"foreign key ({column}) references catalog.{table} (id)",
        )
        for column, table in ADDED
    ]
    return [
        *named,
        (
            "service",
            "ck_service_data_classification",
            f"check (data_classification in {CLASSES})",
        ),
        (
            "service_use",
            "fk_service_use_offering_id_offering",
            "foreign key (offering_id) references catalog.offering (id)",
        ),
    ]


def _offerings() -> None:
    op.create_table(
        "offering",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("commitments", postgresql.JSONB(), nullable=False),
        sa.Column("price_minor_units", sa.BigInteger(), nullable=True),
        sa.Column("price_currency", sa.Text(), nullable=True),
        sa.Column("price_period", sa.Text(), nullable=True),
        sa.Column("price_model", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('draft', 'published', 'withdrawn')", name=op.f("ck_offering_status")
        ),
        sa.CheckConstraint(
            "price_period in ('one_time', 'month', 'quarter', 'year')",
            name=op.f("ck_offering_price_period"),
        ),
        sa.CheckConstraint(
            "price_model in ('flat', 'per_user', 'per_device')",
            name=op.f("ck_offering_price_model"),
        ),
        sa.CheckConstraint("price_minor_units >= 0", name=op.f("ck_offering_price_minor_units")),
        sa.CheckConstraint(
            "num_nulls(price_minor_units, price_currency, price_period, price_model) in (0, 4)",
            name=op.f("ck_offering_price_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["catalog.service.id"], name=op.f("fk_offering_service_id_service")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offering")),
        schema="catalog",
        if_not_exists=True,
    )
    for name, columns in (
        ("ix_offering_service_id", ["service_id"]),
        ("ix_offering_name_id", ["name", "id"]),
        ("ix_offering_created_at_id", ["created_at", "id"]),
    ):
        op.create_index(op.f(name), "offering", columns, schema="catalog", if_not_exists=True)
    op.create_index(
        "uq_offering_present_name",
        "offering",
        ["service_id", sa.literal_column("lower(name)")],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("status <> 'withdrawn'"),
        if_not_exists=True,
    )


def _request_items() -> None:
    op.create_table(
        "request_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("form_schema", sa.JSON(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("fulfilment_target_seconds", sa.BigInteger(), nullable=True),
        sa.Column("approval", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status in ('published', 'withdrawn')", name=op.f("ck_request_item_status")
        ),
        sa.CheckConstraint(
            "approval in ('none', 'manager', 'service_manager')",
            name=op.f("ck_request_item_approval"),
        ),
        sa.CheckConstraint(
            "fulfilment_target_seconds > 0",
            name=op.f("ck_request_item_fulfilment_target_seconds"),
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"],
            ["catalog.offering.id"],
            name=op.f("fk_request_item_offering_id_offering"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_item")),
        schema="catalog",
        if_not_exists=True,
    )
    for name, columns in (
        ("ix_request_item_offering_id", ["offering_id"]),
        ("ix_request_item_name_id", ["name", "id"]),
        ("ix_request_item_created_at_id", ["created_at", "id"]),
    ):
        op.create_index(op.f(name), "request_item", columns, schema="catalog", if_not_exists=True)
    op.create_index(
        "uq_request_item_published_name",
        "request_item",
        ["offering_id", sa.literal_column("lower(name)")],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("status = 'published'"),
        if_not_exists=True,
    )


def _cover() -> None:
    op.create_table(
        "service_cover",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("agreement_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("offering_id", sa.Uuid(), nullable=True),
        sa.Column("customer_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["catalog.service.id"],
            name=op.f("fk_service_cover_service_id_service"),
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"],
            ["catalog.offering.id"],
            name=op.f("fk_service_cover_offering_id_offering"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_cover")),
        schema="catalog",
        if_not_exists=True,
        comment="What active agreements cover; kept by the area of agreements through a command.",
    )
    for name, column in (
        ("ix_service_cover_agreement_id", "agreement_id"),
        ("ix_service_cover_service_id", "service_id"),
        ("ix_service_cover_offering_id", "offering_id"),
    ):
        op.create_index(op.f(name), "service_cover", [column], schema="catalog", if_not_exists=True)
    op.create_index(
        "ix_service_cover_customer_ids",
        "service_cover",
        ["customer_ids"],
        schema="catalog",
        postgresql_using="gin",
        if_not_exists=True,
    )


def upgrade() -> None:
    # It commits half-way, so that nobody waits while rows are looked at; begun again, it goes on.
    _offerings()
    _request_items()
    _cover()
    for column, _ in ADDED:
        op.add_column("service", sa.Column(column, sa.Uuid()), schema="catalog", if_not_exists=True)
    # Services that run keep running: the guards bind what people do from now on.
    op.add_column(
        "service",
        sa.Column("no_agreement_needed", sa.Boolean(), server_default="false", nullable=False),
        schema="catalog",
        if_not_exists=True,
    )
    op.add_column(
        "service",
        sa.Column("data_classification", sa.Text(), server_default="internal", nullable=False),
        schema="catalog",
        if_not_exists=True,
    )
    op.add_column(
        "service_use", sa.Column("offering_id", sa.Uuid()), schema="catalog", if_not_exists=True
    )
    for table, name, rule in _rules():
        op.execute(
            "-- squawk-ignore ban-drop-constraint\n"
            f"alter table catalog.{table} drop constraint if exists {name}"
        )
        op.execute(f"alter table catalog.{table} add constraint {name} {rule} not valid")
    with op.get_context().autocommit_block():
        for table, name, _ in _rules():
            # Doing it twice does nothing the second time.
            op.execute(
                "-- squawk-ignore prefer-robust-stmts\n"
                f"alter table catalog.{table} validate constraint {name}"
            )
        for table, column in SORTED:
            name = f"ix_{table}_{column}_id"
            # What an attempt that was stopped left behind is of no use.
            op.execute(f"drop index concurrently if exists catalog.{name}")
            op.create_index(
                op.f(name),
                table,
                [column, "id"],
                schema="catalog",
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    for table, column in reversed(SORTED):
        op.drop_index(op.f(f"ix_{table}_{column}_id"), table_name=table, schema="catalog")
    for table, name, _ in reversed(_rules()):
        op.drop_constraint(op.f(name), table, schema="catalog")
    op.drop_column("service_use", "offering_id", schema="catalog")
    op.drop_column("service", "data_classification", schema="catalog")
    op.drop_column("service", "no_agreement_needed", schema="catalog")
    for column, _ in reversed(ADDED):
        op.drop_column("service", column, schema="catalog")
    for table in ("service_cover", "request_item", "offering"):
        op.drop_table(table, schema="catalog")
