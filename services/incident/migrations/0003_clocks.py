"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0003_clocks"
down_revision = "0002_views"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
