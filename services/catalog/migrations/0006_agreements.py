"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0006_agreements"
down_revision = "0005_portfolio"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
