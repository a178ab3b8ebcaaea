"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0007_imports"
down_revision = "0006_signals"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
