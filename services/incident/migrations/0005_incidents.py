"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0005_incidents"
down_revision = "0004_outages"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
