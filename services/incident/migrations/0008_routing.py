"""Add routing rules, and the category of incidents."""

from __future__ import annotations

revision = "0008_routing"
down_revision = "0007_imports"


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
