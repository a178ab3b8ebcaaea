"""Incidents, signals, the read models, and what every service has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_initial"
down_revision = None


def upgrade() -> None:
    op.execute("create sequence incident.incident_number")
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
        schema="incident",
    )
    op.create_table(
        "feed",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("log_id", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_feed")),
        sa.UniqueConstraint("log_id", name=op.f("uq_feed_log_id")),
        schema="incident",
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
        schema="incident",
    )
    op.create_index(
        op.f("ix_idempotency_created_at"),
        "idempotency",
        ["created_at"],
        unique=False,
        schema="incident",
    )
    op.create_table(
        "inbox",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "event_id", name=op.f("pk_inbox")),
        schema="incident",
    )
    op.create_index(
        op.f("ix_inbox_handled_at"), "inbox", ["handled_at"], unique=False, schema="incident"
    )
    op.create_table(
        "inbox_sequence",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "key", name=op.f("pk_inbox_sequence")),
        schema="incident",
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description_technical", sa.Text(), nullable=False),
        sa.Column("description_business", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("caller", sa.Text(), nullable=True),
        sa.Column("customer_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("affected_service_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("dedup_key", sa.Text(), nullable=True),
        sa.Column("impact", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("priority_source", sa.Text(), nullable=False),
        sa.Column("priority_reason", sa.Text(), nullable=True),
        sa.Column("assignment_team_id", sa.Uuid(), nullable=True),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hold_reason", sa.Text(), nullable=True),
        sa.Column("follow_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("major_state", sa.Text(), server_default="none", nullable=False),
        sa.Column("major_reason", sa.Text(), nullable=True),
        sa.Column("commander", sa.Text(), nullable=True),
        sa.Column("business_impact", sa.Text(), nullable=True),
        sa.Column("next_update_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolution_code", sa.Text(), nullable=True),
        sa.Column("resolution_technical", sa.Text(), nullable=True),
        sa.Column("resolution_business", sa.Text(), nullable=True),
        sa.Column("workaround", sa.Text(), nullable=True),
        sa.Column("resolution_recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("auto_close_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancellation_reason", sa.Text(), nullable=True),
        sa.Column("duplicate_of", sa.Uuid(), nullable=True),
        sa.Column("reopen_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("identified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mitigated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("impact_assessed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("map_version", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "channel in ('phone', 'mail', 'portal', 'chat', 'walk_up', 'api', 'monitoring')",
            name=op.f("ck_incident_channel"),
        ),
        sa.CheckConstraint(
            "major_state in ('none', 'proposed', 'accepted', 'rejected', 'stood_down')",
            name=op.f("ck_incident_major_state"),
        ),
        sa.CheckConstraint(
            "not (state = 'on_hold' and major_state = 'accepted')",
            name=op.f("ck_incident_major_hold"),
        ),
        sa.CheckConstraint(
            "priority_source in ('matrix', 'override')", name=op.f("ck_incident_priority_source")
        ),
        sa.CheckConstraint(
            "state in ('new', 'assigned', 'in_progress', 'on_hold',"
            " 'resolved', 'closed', 'cancelled', 'merged')",
            name=op.f("ck_incident_state"),
        ),
        sa.CheckConstraint(
            "impact between 1 and 3 and urgency between 1 and 3 and priority between 1 and 5",
            name=op.f("ck_incident_levels"),
        ),
        sa.ForeignKeyConstraint(
            ["duplicate_of"],
            ["incident.incident.id"],
            name=op.f("fk_incident_duplicate_of_incident"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("number", name=op.f("uq_incident_number")),
        schema="incident",
    )
    op.create_index(
        op.f("ix_incident_created_at_id"),
        "incident",
        ["created_at", "id"],
        unique=False,
        schema="incident",
    )
    op.create_index(
        op.f("ix_incident_duplicate_of"),
        "incident",
        ["duplicate_of"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("duplicate_of is not null"),
    )
    op.create_index(
        "ix_incident_open",
        "incident",
        ["state", "priority"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("state in ('new', 'assigned', 'in_progress', 'on_hold')"),
    )
    op.create_index(
        op.f("ix_incident_service_id"), "incident", ["service_id"], unique=False, schema="incident"
    )
    op.create_table(
        "integration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("default_service_id", sa.Uuid(), nullable=True),
        sa.Column("default_team_id", sa.Uuid(), nullable=True),
        sa.Column("resolve_on", sa.Text(), nullable=False),
        sa.Column("reopen_window_hours", sa.Integer(), nullable=False),
        sa.Column("severities", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind in ('generic', 'alertmanager')", name=op.f("ck_integration_kind")),
        sa.CheckConstraint(
            "resolve_on in ('all', 'first', 'never')", name=op.f("ck_integration_resolve_on")
        ),
        sa.CheckConstraint("status in ('active', 'retired')", name=op.f("ck_integration_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_integration")),
        schema="incident",
    )
    op.create_index(
        "uq_integration_active_name",
        "integration",
        [sa.literal_column("lower(name)")],
        unique=True,
        schema="incident",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "outbox",
        sa.Column("log_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("log_id", name=op.f("pk_outbox")),
        schema="incident",
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
        schema="incident",
    )
    op.create_index(
        op.f("ix_parked_subscription_key_id"),
        "parked",
        ["subscription", "key", "id"],
        unique=False,
        schema="incident",
    )
    op.create_table(
        "priority_matrix",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("cells", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority_matrix")),
        schema="incident",
    )
    op.create_table(
        "stopped_subscription",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subscription", name=op.f("pk_stopped_subscription")),
        schema="incident",
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
        schema="incident",
    )
    op.create_index(
        op.f("ix_timer_retry_at"),
        "timer",
        ["retry_at"],
        unique=False,
        schema="incident",
        postgresql_where=sa.text("armed"),
    )
    op.create_table(
        "view_customer",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_view_customer")),
        schema="incident",
    )
    op.create_index(
        op.f("ix_view_customer_parent_id"),
        "view_customer",
        ["parent_id"],
        unique=False,
        schema="incident",
    )
    op.create_table(
        "view_dependency",
        sa.Column("dependency_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False, comment="the consumer"),
        sa.Column("from_kind", sa.Text(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False, comment="the provider"),
        sa.Column("to_kind", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("dependency_id", name=op.f("pk_view_dependency")),
        schema="incident",
    )
    op.create_table(
        "view_service",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name_business", sa.Text(), nullable=False),
        sa.Column("name_technical", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("owner_team_id", sa.Uuid(), nullable=True),
        sa.Column("criticality", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service_id", name=op.f("pk_view_service")),
        schema="incident",
    )
    op.create_index(
        op.f("ix_view_service_number"), "view_service", ["number"], unique=False, schema="incident"
    )
    op.create_index(
        "ix_view_service_technical",
        "view_service",
        [sa.literal_column("lower(name_technical)")],
        unique=False,
        schema="incident",
    )
    op.create_table(
        "view_service_use",
        sa.Column("service_use_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("service_use_id", name=op.f("pk_view_service_use")),
        schema="incident",
    )
    op.create_table(
        "view_team",
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_view_team")),
        schema="incident",
    )
    op.create_table(
        "reached_customer",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("service_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.incident.id"],
            name=op.f("fk_reached_customer_incident_id_incident"),
        ),
        sa.PrimaryKeyConstraint("incident_id", "customer_id", name=op.f("pk_reached_customer")),
        schema="incident",
    )
    op.create_index(
        op.f("ix_reached_customer_customer_id"),
        "reached_customer",
        ["customer_id"],
        unique=False,
        schema="incident",
    )
    op.create_table(
        "reached_service",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("name_business", sa.Text(), nullable=False),
        sa.Column("distance", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.incident.id"],
            name=op.f("fk_reached_service_incident_id_incident"),
        ),
        sa.PrimaryKeyConstraint("incident_id", "service_id", name=op.f("pk_reached_service")),
        schema="incident",
    )
    op.create_table(
        "signal_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("integration_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="sha256 of the sender's key"),
        sa.Column("group_key", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["incident.integration.id"],
            name=op.f("fk_signal_group_integration_id_integration"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal_group")),
        sa.UniqueConstraint(
            "integration_id", "digest", name=op.f("uq_signal_group_integration_id_digest")
        ),
        schema="incident",
    )
    op.create_table(
        "timeline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("visibility", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "visibility in ('internal', 'customer', 'public')", name=op.f("ck_timeline_visibility")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.incident.id"], name=op.f("fk_timeline_incident_id_incident")
        ),
        sa.PrimaryKeyConstraint("incident_id", "sequence", name=op.f("pk_timeline")),
        schema="incident",
    )
    op.create_table(
        "signal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("integration_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("service_hint", sa.Text(), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status in ('firing', 'resolved')", name=op.f("ck_signal_status")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["incident.signal_group.id"], name=op.f("fk_signal_group_id_signal_group")
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["incident.integration.id"],
            name=op.f("fk_signal_integration_id_integration"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signal")),
        sa.UniqueConstraint(
            "integration_id", "fingerprint", "started_at", name="uq_signal_identity"
        ),
        schema="incident",
    )
    op.create_index(
        op.f("ix_signal_incident_id_status"),
        "signal",
        ["incident_id", "status"],
        unique=False,
        schema="incident",
    )
    op.create_index(
        op.f("ix_signal_last_seen_at_id"),
        "signal",
        ["last_seen_at", "id"],
        unique=False,
        schema="incident",
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_signal_last_seen_at_id"), table_name="signal", schema="incident")
    op.drop_index(op.f("ix_signal_incident_id_status"), table_name="signal", schema="incident")
    op.drop_table("signal", schema="incident")
    op.drop_table("timeline", schema="incident")
    op.drop_table("signal_group", schema="incident")
    op.drop_table("reached_service", schema="incident")
    op.drop_index(
        op.f("ix_reached_customer_customer_id"), table_name="reached_customer", schema="incident"
    )
    op.drop_table("reached_customer", schema="incident")
    op.drop_table("view_team", schema="incident")
    op.drop_table("view_service_use", schema="incident")
    op.drop_index("ix_view_service_technical", table_name="view_service", schema="incident")
    op.drop_index(op.f("ix_view_service_number"), table_name="view_service", schema="incident")
    op.drop_table("view_service", schema="incident")
    op.drop_table("view_dependency", schema="incident")
    op.drop_index(op.f("ix_view_customer_parent_id"), table_name="view_customer", schema="incident")
    op.drop_table("view_customer", schema="incident")
    op.drop_index(
        op.f("ix_timer_retry_at"),
        table_name="timer",
        schema="incident",
        postgresql_where=sa.text("armed"),
    )
    op.drop_table("timer", schema="incident")
    op.drop_table("stopped_subscription", schema="incident")
    op.drop_table("priority_matrix", schema="incident")
    op.drop_index(op.f("ix_parked_subscription_key_id"), table_name="parked", schema="incident")
    op.drop_table("parked", schema="incident")
    op.drop_table("outbox", schema="incident")
    op.drop_index(
        "uq_integration_active_name",
        table_name="integration",
        schema="incident",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_table("integration", schema="incident")
    op.drop_index(op.f("ix_incident_service_id"), table_name="incident", schema="incident")
    op.drop_index(
        "ix_incident_open",
        table_name="incident",
        schema="incident",
        postgresql_where=sa.text("state in ('new', 'assigned', 'in_progress', 'on_hold')"),
    )
    op.drop_index(
        op.f("ix_incident_duplicate_of"),
        table_name="incident",
        schema="incident",
        postgresql_where=sa.text("duplicate_of is not null"),
    )
    op.drop_index(op.f("ix_incident_created_at_id"), table_name="incident", schema="incident")
    op.drop_table("incident", schema="incident")
    op.drop_table("inbox_sequence", schema="incident")
    op.drop_index(op.f("ix_inbox_handled_at"), table_name="inbox", schema="incident")
    op.drop_table("inbox", schema="incident")
    op.drop_index(op.f("ix_idempotency_created_at"), table_name="idempotency", schema="incident")
    op.drop_table("idempotency", schema="incident")
    op.drop_table("feed", schema="incident")
    op.drop_table("event_log", schema="incident")
    op.execute("drop sequence incident.incident_number")
