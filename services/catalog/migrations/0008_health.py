"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0008_health"
down_revision = "0007_bundles"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
