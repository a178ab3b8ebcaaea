"""TODO of the one who fills it."""

from __future__ import annotations

revision = "0004_components"
down_revision = "0003_parties"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
