"""Which record stands for which entry of an imported bundle."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_bundles"
down_revision = "0006_agreements"


def upgrade() -> None:
    op.create_table(
        "bundle_entry",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_bundle_entry")),
        sa.UniqueConstraint("record_id", name=op.f("uq_bundle_entry_record_id")),
        schema="catalog",
    )


def downgrade() -> None:
    op.drop_table("bundle_entry", schema="catalog")
