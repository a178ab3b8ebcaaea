"""Who has which part in the response to an incident, beside its commander."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_roles"
down_revision = "0009_components"

_ROLES: tuple[str, ...] = ("communications", "scribe", "liaison")


def upgrade() -> None:
    for role in _ROLES:
        op.add_column("incident", sa.Column(role, sa.Text(), nullable=True), schema="incident")


def downgrade() -> None:
    for role in reversed(_ROLES):
        op.drop_column("incident", role, schema="incident")
