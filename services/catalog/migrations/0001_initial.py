"""Customers, contacts, teams, the portfolio, the map, and what every service has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_initial"
down_revision = None


def upgrade() -> None:
    op.execute("create sequence catalog.customer_number")
    op.execute("create sequence catalog.service_number")
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("representative_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('internal', 'external')", name=op.f("ck_customer_kind")),
        sa.CheckConstraint("status in ('active', 'inactive')", name=op.f("ck_customer_status")),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_customer_not_own_parent")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["catalog.customer.id"], name=op.f("fk_customer_parent_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_number")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_customer_name_id"), "customer", ["name", "id"], unique=False, schema="catalog"
    )
    op.create_index(
        op.f("ix_customer_parent_id"), "customer", ["parent_id"], unique=False, schema="catalog"
    )
    op.create_table(
        "event_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("causation_id", sa.Uuid(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False, comment="JSON, byte for byte as published"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_log")),
        sa.UniqueConstraint("key", "sequence", name=op.f("uq_event_log_key_sequence")),
        schema="catalog",
    )
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sa.UniqueConstraint("log_id", name=op.f("uq_feed_log_id")),
        schema="catalog",
    )
    op.create_table(
        "idempotency",
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="sha256 of actor and key"),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_idempotency")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_idempotency_created_at"),
        "idempotency",
        ["created_at"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "inbox",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "event_id", name=op.f("pk_inbox")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_inbox_handled_at"), "inbox", ["handled_at"], unique=False, schema="catalog"
    )
    op.create_table(
        "inbox_sequence",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "key", name=op.f("pk_inbox_sequence")),
        schema="catalog",
    )
    op.create_table(
        "node",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('service')", name=op.f("ck_node_kind")),
        sa.CheckConstraint("status in ('active', 'retired')", name=op.f("ck_node_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
        schema="catalog",
    )
    op.create_table(
        "outbox",
        sa.Column("log_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_outbox")),
        schema="catalog",
    )
    op.create_table(
        "parked",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("record_key", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason in ('malformed', 'failed', 'behind')", name=op.f("ck_parked_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_parked_subscription_key_id"),
        "parked",
        ["subscription", "key", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_table(
        "stopped_subscription",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription", name=op.f("pk_stopped_subscription")),
        schema="catalog",
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('active', 'retired')", name=op.f("ck_team_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        schema="catalog",
    )
    op.create_index(op.f("ix_team_name_id"), "team", ["name", "id"], unique=False, schema="catalog")
    op.create_index(
        "uq_team_active_name",
        "team",
        [sa.literal_column("lower(name)")],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "timer",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("armed", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_timer")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_timer_retry_at"),
        "timer",
        ["retry_at"],
        unique=False,
        schema="catalog",
        postgresql_where=sa.text("armed"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('active', 'retired')", name=op.f("ck_contact_status")),
        sa.CheckConstraint(
            "num_nonnulls(customer_id, team_id) = 1", name=op.f("ck_contact_one_owner")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["catalog.customer.id"], name=op.f("fk_contact_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["catalog.team.id"], name=op.f("fk_contact_team_id_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_contact_customer_id"), "contact", ["customer_id"], unique=False, schema="catalog"
    )
    op.create_index(
        op.f("ix_contact_name_id"), "contact", ["name", "id"], unique=False, schema="catalog"
    )
    op.create_index(
        op.f("ix_contact_team_id"), "contact", ["team_id"], unique=False, schema="catalog"
    )
    op.create_table(
        "dependency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("from_kind", sa.Text(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("to_kind", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("strength", sa.Double(), nullable=False),
        sa.Column("failure_mode", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "failure_mode in ('down', 'degrade')", name=op.f("ck_dependency_failure_mode")
        ),
        sa.CheckConstraint(
            "type in ('depends_on', 'hosted_on', 'part_of', 'connects_to', 'uses_data_of')",
            name=op.f("ck_dependency_type"),
        ),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_dependency_two_ends")),
        sa.CheckConstraint("strength between 0 and 1", name=op.f("ck_dependency_strength")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_dependency_validity")),
        sa.ForeignKeyConstraint(
            ["from_id"], ["catalog.node.id"], name=op.f("fk_dependency_from_id_node")
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["catalog.node.id"], name=op.f("fk_dependency_to_id_node")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dependency")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_dependency_from_id"), "dependency", ["from_id"], unique=False, schema="catalog"
    )
    op.create_index(
        op.f("ix_dependency_to_id"), "dependency", ["to_id"], unique=False, schema="catalog"
    )
    op.create_index(
        op.f("ix_dependency_valid_from_id"),
        "dependency",
        ["valid_from", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "uq_dependency_present",
        "dependency",
        ["from_id", "to_id", "type"],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("valid_to is null"),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name_business", sa.Text(), nullable=False),
        sa.Column("name_technical", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("owner_team_id", sa.Uuid(), nullable=False),
        sa.Column("criticality", sa.Integer(), nullable=False),
        sa.Column("description_business", sa.Text(), nullable=False),
        sa.Column("description_technical", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('business', 'technical')", name=op.f("ck_service_kind")),
        sa.CheckConstraint(
            "phase in ('pipeline', 'catalogue', 'retired')", name=op.f("ck_service_phase")
        ),
        sa.CheckConstraint(
            "status in ('requirements', 'definition', 'analysis', 'approved', 'chartered', "
            " 'design', 'development', 'build_test_release', 'operational', "
            " 'retiring', 'retired', 'obsolete', 'cancelled')",
            name=op.f("ck_service_status"),
        ),
        sa.CheckConstraint("criticality between 1 and 5", name=op.f("ck_service_criticality")),
        sa.ForeignKeyConstraint(["id"], ["catalog.node.id"], name=op.f("fk_service_id_node")),
        sa.ForeignKeyConstraint(
            ["owner_team_id"], ["catalog.team.id"], name=op.f("fk_service_owner_team_id_team")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("number", name=op.f("uq_service_number")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_service_name_business_id"),
        "service",
        ["name_business", "id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        op.f("ix_service_owner_team_id"),
        "service",
        ["owner_team_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        "uq_service_present_name",
        "service",
        [sa.literal_column("lower(name_technical)")],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("phase <> 'retired'"),
    )
    op.create_table(
        "service_use",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_service_use_validity")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["catalog.customer.id"],
            name=op.f("fk_service_use_customer_id_customer"),
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["catalog.service.id"], name=op.f("fk_service_use_service_id_service")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_use")),
        schema="catalog",
    )
    op.create_index(
        op.f("ix_service_use_customer_id"),
        "service_use",
        ["customer_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        op.f("ix_service_use_service_id"),
        "service_use",
        ["service_id"],
        unique=False,
        schema="catalog",
    )
    op.create_index(
        op.f("ix_service_use_valid_from_id"),
        "service_use",
        ["valid_from", "id"],
        unique=False,
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_service_use_valid_from_id"), table_name="service_use", schema="catalog")
    op.drop_index(op.f("ix_service_use_service_id"), table_name="service_use", schema="catalog")
    op.drop_index(op.f("ix_service_use_customer_id"), table_name="service_use", schema="catalog")
    op.drop_table("service_use", schema="catalog")
    op.drop_index(
        "uq_service_present_name",
        table_name="service",
        schema="catalog",
        postgresql_where=sa.text("phase <> 'retired'"),
    )
    op.drop_index(op.f("ix_service_owner_team_id"), table_name="service", schema="catalog")
    op.drop_index(op.f("ix_service_name_business_id"), table_name="service", schema="catalog")
    op.drop_table("service", schema="catalog")
    op.drop_index(
        "uq_dependency_present",
        table_name="dependency",
        schema="catalog",
        postgresql_where=sa.text("valid_to is null"),
    )
    op.drop_index(op.f("ix_dependency_valid_from_id"), table_name="dependency", schema="catalog")
    op.drop_index(op.f("ix_dependency_to_id"), table_name="dependency", schema="catalog")
    op.drop_index(op.f("ix_dependency_from_id"), table_name="dependency", schema="catalog")
    op.drop_table("dependency", schema="catalog")
    op.drop_index(op.f("ix_contact_team_id"), table_name="contact", schema="catalog")
    op.drop_index(op.f("ix_contact_name_id"), table_name="contact", schema="catalog")
    op.drop_index(op.f("ix_contact_customer_id"), table_name="contact", schema="catalog")
    op.drop_table("contact", schema="catalog")
    op.drop_index(
        op.f("ix_timer_retry_at"),
        table_name="timer",
        schema="catalog",
        postgresql_where=sa.text("armed"),
    )
    op.drop_table("timer", schema="catalog")
    op.drop_index(
        "uq_team_active_name",
        table_name="team",
        schema="catalog",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_index(op.f("ix_team_name_id"), table_name="team", schema="catalog")
    op.drop_table("team", schema="catalog")
    op.drop_table("stopped_subscription", schema="catalog")
    op.drop_index(op.f("ix_parked_subscription_key_id"), table_name="parked", schema="catalog")
    op.drop_table("parked", schema="catalog")
    op.drop_table("outbox", schema="catalog")
    op.drop_table("node", schema="catalog")
    op.drop_table("inbox_sequence", schema="catalog")
    op.drop_index(op.f("ix_inbox_handled_at"), table_name="inbox", schema="catalog")
    op.drop_table("inbox", schema="catalog")
    op.drop_index(op.f("ix_idempotency_created_at"), table_name="idempotency", schema="catalog")
    op.drop_table("idempotency", schema="catalog")
    op.drop_table("feed", schema="catalog")
    op.drop_table("event_log", schema="catalog")
    op.drop_index(op.f("ix_customer_parent_id"), table_name="customer", schema="catalog")
    op.drop_index(op.f("ix_customer_name_id"), table_name="customer", schema="catalog")
    op.drop_table("customer", schema="catalog")
    op.execute("drop sequence catalog.service_number")
    op.execute("drop sequence catalog.customer_number")
