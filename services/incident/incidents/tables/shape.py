"""The tables of incidents and their timeline; what is read and written is in ``incidents``."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.incident.schema import METADATA


def _moment(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _one_of(name: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{name} in ({listed})", name=name)


_IS_OPEN: Final = sa.text("state in ('new', 'assigned', 'in_progress', 'on_hold')")
IDS: Final = postgresql.ARRAY(sa.Uuid)
NUMBERS: Final = sa.Sequence("incident_number", metadata=METADATA, schema="incident")
INCIDENT: Final = sa.Table(
    "incident",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description_technical", sa.Text, nullable=False),
    sa.Column("description_business", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("category", sa.Text),
    sa.Column("caller", sa.Text),
    sa.Column("customer_ids", IDS, nullable=False),
    sa.Column("service_id", sa.Uuid),
    sa.Column("affected_service_ids", IDS, nullable=False),
    sa.Column("dedup_key", sa.Text),
    sa.Column("impact", sa.Integer, nullable=False),
    sa.Column("urgency", sa.Integer, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("priority_source", sa.Text, nullable=False),
    sa.Column("priority_reason", sa.Text),
    sa.Column("assignment_team_id", sa.Uuid),
    sa.Column("assignee", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    _moment("state_since", nullable=False),
    sa.Column("hold_reason", sa.Text),
    _moment("follow_up_at"),
    sa.Column("major_state", sa.Text, nullable=False, server_default="none"),
    sa.Column("major_reason", sa.Text),
    sa.Column("commander", sa.Text),
    sa.Column("communications", sa.Text),
    sa.Column("scribe", sa.Text),
    sa.Column("liaison", sa.Text),
    sa.Column("business_impact", sa.Text),
    _moment("next_update_at"),
    sa.Column("resolution_code", sa.Text),
    sa.Column("resolution_technical", sa.Text),
    sa.Column("resolution_business", sa.Text),
    sa.Column("workaround", sa.Text),
    _moment("resolution_recorded_at"),
    _moment("auto_close_at"),
    sa.Column("cancellation_reason", sa.Text),
    sa.Column("duplicate_of", sa.Uuid, sa.ForeignKey("incident.incident.id")),
    sa.Column("reopen_count", sa.Integer, nullable=False, server_default="0"),
    _moment("started_at", nullable=False),
    _moment("detected_at", nullable=False),
    _moment("reported_at", nullable=False),
    _moment("acknowledged_at"),
    _moment("identified_at"),
    _moment("mitigated_at"),
    _moment("resolved_at"),
    _moment("closed_at"),
    _moment("impact_assessed_at"),
    sa.Column("map_version", sa.BigInteger),
    sa.Column("parent_id", sa.Uuid, sa.ForeignKey("incident.incident.id")),
    sa.Column("problem_id", sa.Uuid),
    sa.Column("caused_by_change_id", sa.Uuid),
    sa.Column("fixed_by_change_ids", IDS, nullable=False, server_default="{}"),
    sa.Column("ci_ids", IDS, nullable=False, server_default="{}"),
    sa.Column("version", sa.BigInteger, nullable=False),
    _moment("created_at", nullable=False),
    _moment("updated_at", nullable=False),
    _one_of(
        "state",
        *("new", "assigned", "in_progress", "on_hold"),
        *("resolved", "closed", "cancelled", "merged"),
    ),
    _one_of("major_state", "none", "proposed", "accepted", "rejected", "stood_down"),
    _one_of("channel", "phone", "mail", "portal", "chat", "walk_up", "api", "monitoring"),
    _one_of("priority_source", "matrix", "override"),
    sa.CheckConstraint(
        "impact between 1 and 3 and urgency between 1 and 3 and priority between 1 and 5",
        name="levels",
    ),
    sa.CheckConstraint("not (state = 'on_hold' and major_state = 'accepted')", name="major_hold"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "service_id", "created_at", "id"),
    sa.Index("ix_incident_open_of_service", "service_id", "id", postgresql_where=_IS_OPEN),
    sa.Index(
        None, "assignee", "created_at", "id", postgresql_where=sa.text("assignee is not null")
    ),
    sa.Index(
        None, "major_state", "created_at", "id", postgresql_where=sa.text("major_state <> 'none'")
    ),
    sa.Index(None, "duplicate_of", postgresql_where=sa.text("duplicate_of is not null")),
    sa.Index("ix_incident_queue", "priority", "id", postgresql_where=_IS_OPEN),
    sa.Index(
        "ix_incident_queue_of_team",
        "assignment_team_id",
        "priority",
        "id",
        postgresql_where=_IS_OPEN,
    ),
    sa.Index(None, "updated_at", "id"),
    sa.Index(None, "parent_id", postgresql_where=sa.text("parent_id is not null")),
    # Costs nothing for the many incidents that name none.
    sa.Index(
        "ix_incident_ci_ids",
        "ci_ids",
        postgresql_using="gin",
        # Each question asks for one item at a time, and would read what waits to be sorted in.
        postgresql_with={"fastupdate": "off"},
        postgresql_where=sa.text("ci_ids <> '{}'"),
    ),
)
TIMELINE: Final = sa.Table(
    "timeline",
    METADATA,
    # One index is enough: an entry is always looked for in its incident's timeline. No foreign key:
    # the first entry comes with its incident in one statement, and no incident is ever deleted.
    sa.Column("id", sa.Uuid, nullable=False),
    sa.Column("incident_id", sa.Uuid, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    _moment("occurred_at", nullable=False),
    _moment("recorded_at", nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("customer_id", sa.Uuid),
    sa.Column("visibility", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    _one_of("visibility", "internal", "customer", "public"),
)
