"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0008_metrics"
down_revision = "0007_imports"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
