"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0006_signals"
down_revision = "0005_incidents"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
