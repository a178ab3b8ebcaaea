"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0002_calendars"
down_revision = "0001_initial"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
