"""Changes, the read models, and what every service has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_initial"
down_revision = None


def upgrade() -> None:
    op.execute("create sequence change.change_number")
    op.create_table(
        "change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("description_technical", sa.Text(), nullable=False),
        sa.Column("description_business", sa.Text(), nullable=False),
        sa.Column("service_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_outages", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("implementation_plan", sa.Text(), nullable=False),
        sa.Column("test_plan", sa.Text(), nullable=False),
        sa.Column("communication_plan", sa.Text(), nullable=False),
        sa.Column("backout_plan", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("risk_level", sa.Text(), nullable=True),
        sa.Column("assessment", sa.Text(), nullable=True),
        sa.Column("authorised_by", sa.Text(), nullable=True),
        sa.Column("authorised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actual_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("actual_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overran_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_text", sa.Text(), nullable=True),
        sa.Column("close_code", sa.Text(), nullable=True),
        sa.Column("review_text", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(close_code is null) = (state not in ('closed', 'cancelled'))",
            name=op.f("ck_change_ended"),
        ),
        sa.CheckConstraint(
            "close_code in ('successful', 'successful_with_issues', 'failed', 'backed_out',"
            " 'cancelled')",
            name=op.f("ck_change_close_code"),
        ),
        sa.CheckConstraint(
            "outcome in ('successful', 'successful_with_issues', 'failed', 'backed_out')",
            name=op.f("ck_change_outcome"),
        ),
        sa.CheckConstraint(
            "risk_level in ('low', 'medium', 'high', 'very_high')",
            name=op.f("ck_change_risk_level"),
        ),
        sa.CheckConstraint(
            "state in ('draft', 'assess', 'authorize', 'scheduled', 'rejected', 'implement',"
            " 'review', 'closed', 'cancelled')",
            name=op.f("ck_change_state"),
        ),
        sa.CheckConstraint(
            "type in ('normal', 'standard', 'emergency')", name=op.f("ck_change_type")
        ),
        sa.CheckConstraint("authorised_by <> requester", name=op.f("ck_change_four_eyes")),
        sa.CheckConstraint("planned_end > planned_start", name=op.f("ck_change_window")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change")),
        sa.UniqueConstraint("number", name=op.f("uq_change_number")),
        schema="change",
    )
    op.create_index(
        op.f("ix_change_created_at_id"),
        "change",
        ["created_at", "id"],
        unique=False,
        schema="change",
    )
    op.create_index(
        op.f("ix_change_planned_start_id"),
        "change",
        ["planned_start", "id"],
        unique=False,
        schema="change",
    )
    op.create_index(
        op.f("ix_change_service_ids"),
        "change",
        ["service_ids"],
        unique=False,
        schema="change",
        postgresql_using="gin",
    )
    op.create_table(
        "customer_view",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_view")),
        schema="change",
    )
    op.create_index(
        op.f("ix_customer_view_parent_id"),
        "customer_view",
        ["parent_id"],
        unique=False,
        schema="change",
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
        schema="change",
    )
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sa.UniqueConstraint("log_id", name=op.f("uq_feed_log_id")),
        schema="change",
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
        schema="change",
    )
    op.create_index(
        op.f("ix_idempotency_created_at"),
        "idempotency",
        ["created_at"],
        unique=False,
        schema="change",
    )
    op.create_table(
        "inbox",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "event_id", name=op.f("pk_inbox")),
        schema="change",
    )
    op.create_index(
        op.f("ix_inbox_handled_at"), "inbox", ["handled_at"], unique=False, schema="change"
    )
    op.create_table(
        "inbox_sequence",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "key", name=op.f("pk_inbox_sequence")),
        schema="change",
    )
    op.create_table(
        "incident_view",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("reached_service_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_incident_view")),
        schema="change",
    )
    op.create_index(
        "ix_incident_view_urgent",
        "incident_view",
        ["incident_id"],
        unique=False,
        schema="change",
        postgresql_where=sa.text(
            "priority = 1 and state not in ('resolved', 'closed', 'cancelled', 'merged')"
        ),
    )
    op.create_table(
        "outbox",
        sa.Column("log_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_outbox")),
        schema="change",
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
        schema="change",
    )
    op.create_index(
        op.f("ix_parked_subscription_key_id"),
        "parked",
        ["subscription", "key", "id"],
        unique=False,
        schema="change",
    )
    op.create_table(
        "service_use_view",
        sa.Column("service_use_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service_use_id", name=op.f("pk_service_use_view")),
        schema="change",
    )
    op.create_index(
        op.f("ix_service_use_view_customer_id"),
        "service_use_view",
        ["customer_id"],
        unique=False,
        schema="change",
    )
    op.create_table(
        "service_view",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name_business", sa.Text(), nullable=False),
        sa.Column("name_technical", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_service_view")),
        schema="change",
    )
    op.create_table(
        "stopped_subscription",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription", name=op.f("pk_stopped_subscription")),
        schema="change",
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
        schema="change",
    )
    op.create_index(
        op.f("ix_timer_retry_at"),
        "timer",
        ["retry_at"],
        unique=False,
        schema="change",
        postgresql_where=sa.text("armed"),
    )


def downgrade() -> None:
    op.drop_index(
        op.f("ix_timer_retry_at"),
        table_name="timer",
        schema="change",
        postgresql_where=sa.text("armed"),
    )
    op.drop_table("timer", schema="change")
    op.drop_table("stopped_subscription", schema="change")
    op.drop_table("service_view", schema="change")
    op.drop_index(
        op.f("ix_service_use_view_customer_id"), table_name="service_use_view", schema="change"
    )
    op.drop_table("service_use_view", schema="change")
    op.drop_index(op.f("ix_parked_subscription_key_id"), table_name="parked", schema="change")
    op.drop_table("parked", schema="change")
    op.drop_table("outbox", schema="change")
    op.drop_index(
        "ix_incident_view_urgent",
        table_name="incident_view",
        schema="change",
        postgresql_where=sa.text(
            "priority = 1 and state not in ('resolved', 'closed', 'cancelled', 'merged')"
        ),
    )
    op.drop_table("incident_view", schema="change")
    op.drop_table("inbox_sequence", schema="change")
    op.drop_index(op.f("ix_inbox_handled_at"), table_name="inbox", schema="change")
    op.drop_table("inbox", schema="change")
    op.drop_index(op.f("ix_idempotency_created_at"), table_name="idempotency", schema="change")
    op.drop_table("idempotency", schema="change")
    op.drop_table("feed", schema="change")
    op.drop_table("event_log", schema="change")
    op.drop_index(op.f("ix_customer_view_parent_id"), table_name="customer_view", schema="change")
    op.drop_table("customer_view", schema="change")
    op.drop_index(
        op.f("ix_change_service_ids"), table_name="change", schema="change", postgresql_using="gin"
    )
    op.drop_index(op.f("ix_change_planned_start_id"), table_name="change", schema="change")
    op.drop_index(op.f("ix_change_created_at_id"), table_name="change", schema="change")
    op.drop_table("change", schema="change")
    op.execute("drop sequence change.change_number")
