"""Rules, notifications, endpoints, read models, and what every service has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_initial"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="CloudEvents structured JSON"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_document")),
        schema="notify",
    )
    op.create_index(
        op.f("ix_document_created_at"), "document", ["created_at"], unique=False, schema="notify"
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
        schema="notify",
    )
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sa.UniqueConstraint("log_id", name=op.f("uq_feed_log_id")),
        schema="notify",
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
        schema="notify",
    )
    op.create_index(
        op.f("ix_idempotency_created_at"),
        "idempotency",
        ["created_at"],
        unique=False,
        schema="notify",
    )
    op.create_table(
        "inbox",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "event_id", name=op.f("pk_inbox")),
        schema="notify",
    )
    op.create_index(
        op.f("ix_inbox_handled_at"), "inbox", ["handled_at"], unique=False, schema="notify"
    )
    op.create_table(
        "inbox_sequence",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "key", name=op.f("pk_inbox_sequence")),
        schema="notify",
    )
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("event_sequence", sa.BigInteger(), nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("record_number", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("party_kind", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_kind", sa.Text(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "audience in ('business', 'technical', 'system')", name=op.f("ck_notification_audience")
        ),
        sa.CheckConstraint(
            "state in ('requested', 'suppressed', 'queued', 'sending', 'sent', 'dead_lettered')",
            name=op.f("ck_notification_state"),
        ),
        sa.CheckConstraint(
            "state not in ('queued', 'sending') or (due_at is not null and target is not null)",
            name=op.f("ck_notification_pending_is_due"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
        sa.UniqueConstraint(
            "event_id",
            "rule_id",
            "recipient_id",
            "channel",
            name=op.f("uq_notification_event_id_rule_id_recipient_id_channel"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="notify",
    )
    op.create_index(
        op.f("ix_notification_created_at_id"),
        "notification",
        ["created_at", "id"],
        unique=False,
        schema="notify",
    )
    op.create_index(
        op.f("ix_notification_customer_id_created_at"),
        "notification",
        ["customer_id", "created_at"],
        unique=False,
        schema="notify",
    )
    op.create_index(
        "ix_notification_in_hand",
        "notification",
        ["target"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        op.f("ix_notification_recipient_id_record_id_event_sequence"),
        "notification",
        ["recipient_id", "record_id", "event_sequence"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("state in ('queued', 'sending')"),
    )
    op.create_index(
        op.f("ix_notification_record_id_rule_id_event_sequence"),
        "notification",
        ["record_id", "rule_id", "event_sequence"],
        unique=False,
        schema="notify",
    )
    op.create_index(
        op.f("ix_notification_state_created_at"),
        "notification",
        ["state", "created_at"],
        unique=False,
        schema="notify",
    )
    op.create_index(
        op.f("ix_notification_target_due_at"),
        "notification",
        ["target", "due_at"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("state in ('queued', 'sending')"),
    )
    op.create_table(
        "outbox",
        sa.Column("log_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_outbox")),
        schema="notify",
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
        schema="notify",
    )
    op.create_index(
        op.f("ix_parked_subscription_key_id"),
        "parked",
        ["subscription", "key", "id"],
        unique=False,
        schema="notify",
    )
    op.create_table(
        "rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("event_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "audience in ('business', 'technical', 'system')", name=op.f("ck_rule_audience")
        ),
        sa.CheckConstraint(
            "condition in ('always', 'team_changed', 'not_told')", name=op.f("ck_rule_condition")
        ),
        sa.CheckConstraint(
            "recipients in ('owner_team', 'representatives_in_reach', 'told', 'webhook_endpoints')",
            name=op.f("ck_rule_recipients"),
        ),
        sa.CheckConstraint("status in ('enabled', 'disabled')", name=op.f("ck_rule_status")),
        sa.CheckConstraint("urgency in ('high', 'low')", name=op.f("ck_rule_urgency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
        schema="notify",
    )
    op.create_table(
        "stopped_subscription",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription", name=op.f("pk_stopped_subscription")),
        schema="notify",
    )
    op.create_table(
        "target",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("target", name=op.f("pk_target")),
        schema="notify",
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
        schema="notify",
    )
    op.create_index(
        op.f("ix_timer_retry_at"),
        "timer",
        ["retry_at"],
        unique=False,
        schema="notify",
        postgresql_where=sa.text("armed"),
    )
    op.create_table(
        "view_contact",
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("team_id", sa.Uuid(), nullable=True),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name=op.f("pk_view_contact")),
        schema="notify",
    )
    op.create_index(
        op.f("ix_view_contact_customer_id"),
        "view_contact",
        ["customer_id"],
        unique=False,
        schema="notify",
    )
    op.create_index(
        op.f("ix_view_contact_team_id"), "view_contact", ["team_id"], unique=False, schema="notify"
    )
    op.create_table(
        "view_customer",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("representative_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_view_customer")),
        schema="notify",
    )
    op.create_index(
        op.f("ix_view_customer_parent_id"),
        "view_customer",
        ["parent_id"],
        unique=False,
        schema="notify",
    )
    op.create_table(
        "view_incident",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("assignment_team_id", sa.Uuid(), nullable=True),
        sa.Column("description_technical", sa.Text(), nullable=False),
        sa.Column("description_business", sa.Text(), nullable=False),
        sa.Column("resolution_technical", sa.Text(), nullable=False),
        sa.Column("resolution_business", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached_services", sa.JSON(), nullable=False),
        sa.Column("reached_customers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("incident_id", name=op.f("pk_view_incident")),
        schema="notify",
    )
    op.create_table(
        "view_service",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name_business", sa.Text(), nullable=False),
        sa.Column("name_technical", sa.Text(), nullable=False),
        sa.Column("owner_team_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_view_service")),
        schema="notify",
    )
    op.create_table(
        "view_team",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_view_team")),
        schema="notify",
    )
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("event_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("exclude_origins", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("secrets", sa.JSON(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "reason in ('by_hand', 'gone')", name=op.f("ck_webhook_endpoint_reason")
        ),
        sa.CheckConstraint(
            "status in ('enabled', 'disabled')", name=op.f("ck_webhook_endpoint_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
        schema="notify",
    )
    op.create_index(
        op.f("ix_webhook_endpoint_name_id"),
        "webhook_endpoint",
        ["name", "id"],
        unique=False,
        schema="notify",
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "result in ('sending', 'accepted', 'failed', 'refused', 'gone', 'unknown')",
            name=op.f("ck_delivery_result"),
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notify.notification.id"],
            name=op.f("fk_delivery_notification_id_notification"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "notification_id", "attempt", name=op.f("uq_delivery_notification_id_attempt")
        ),
        schema="notify",
    )
    op.create_index(
        op.f("ix_delivery_started_at_id"),
        "delivery",
        ["started_at", "id"],
        unique=False,
        schema="notify",
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_delivery_started_at_id"), table_name="delivery", schema="notify")
    op.drop_table("delivery", schema="notify")
    op.drop_index(
        op.f("ix_webhook_endpoint_name_id"), table_name="webhook_endpoint", schema="notify"
    )
    op.drop_table("webhook_endpoint", schema="notify")
    op.drop_table("view_team", schema="notify")
    op.drop_table("view_service", schema="notify")
    op.drop_table("view_incident", schema="notify")
    op.drop_index(op.f("ix_view_customer_parent_id"), table_name="view_customer", schema="notify")
    op.drop_table("view_customer", schema="notify")
    op.drop_index(op.f("ix_view_contact_team_id"), table_name="view_contact", schema="notify")
    op.drop_index(op.f("ix_view_contact_customer_id"), table_name="view_contact", schema="notify")
    op.drop_table("view_contact", schema="notify")
    op.drop_index(
        op.f("ix_timer_retry_at"),
        table_name="timer",
        schema="notify",
        postgresql_where=sa.text("armed"),
    )
    op.drop_table("timer", schema="notify")
    op.drop_table("target", schema="notify")
    op.drop_table("stopped_subscription", schema="notify")
    op.drop_table("rule", schema="notify")
    op.drop_index(op.f("ix_parked_subscription_key_id"), table_name="parked", schema="notify")
    op.drop_table("parked", schema="notify")
    op.drop_table("outbox", schema="notify")
    op.drop_index(
        op.f("ix_notification_target_due_at"),
        table_name="notification",
        schema="notify",
        postgresql_where=sa.text("state in ('queued', 'sending')"),
    )
    op.drop_index(
        op.f("ix_notification_state_created_at"), table_name="notification", schema="notify"
    )
    op.drop_index(
        op.f("ix_notification_record_id_rule_id_event_sequence"),
        table_name="notification",
        schema="notify",
    )
    op.drop_index(
        op.f("ix_notification_recipient_id_record_id_event_sequence"),
        table_name="notification",
        schema="notify",
        postgresql_where=sa.text("state in ('queued', 'sending')"),
    )
    op.drop_index(
        "ix_notification_in_hand",
        table_name="notification",
        schema="notify",
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.drop_index(
        op.f("ix_notification_customer_id_created_at"), table_name="notification", schema="notify"
    )
    op.drop_index(op.f("ix_notification_created_at_id"), table_name="notification", schema="notify")
    op.drop_table("notification", schema="notify")
    op.drop_table("inbox_sequence", schema="notify")
    op.drop_index(op.f("ix_inbox_handled_at"), table_name="inbox", schema="notify")
    op.drop_table("inbox", schema="notify")
    op.drop_index(op.f("ix_idempotency_created_at"), table_name="idempotency", schema="notify")
    op.drop_table("idempotency", schema="notify")
    op.drop_table("feed", schema="notify")
    op.drop_table("event_log", schema="notify")
    op.drop_index(op.f("ix_document_created_at"), table_name="document", schema="notify")
    op.drop_table("document", schema="notify")
