"""Add response roles of incidents."""

from __future__ import annotations

revision = "0010_roles"
down_revision = "0009_components"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
