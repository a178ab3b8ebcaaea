"""Add configuration items in the read model and on incidents."""

from __future__ import annotations

revision = "0009_components"
down_revision = "0008_routing"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
