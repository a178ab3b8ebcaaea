"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0007_bundles"
down_revision = "0006_agreements"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
