"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0003_parties"
down_revision = "0002_calendars"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
