"""Which incidents of another system were imported, and as what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_imports"
down_revision = "0006_signals"


def upgrade() -> None:
    op.create_table(
        "import_record",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_number", sa.Text(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="SHA-256 of the facts"),
        sa.Column(
            "ends_digest",
            sa.LargeBinary(),
            nullable=False,
            comment="SHA-256 of how it ended",
        ),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "source_number", name=op.f("pk_import_record")),
        sa.UniqueConstraint("incident_id", name=op.f("uq_import_record_incident_id")),
        schema="incident",
    )


def downgrade() -> None:
    op.drop_table("import_record", schema="incident")
