"""Labels and numbers of nodes, configuration items, redundancy groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_components"
down_revision = "0003_parties"

# So far a map has services alone, some hundreds: what is checked or built on their rows here is
# done within milliseconds, and widened checks keep what the release before relies on.
SMALL = "-- squawk-ignore {}\n"


def upgrade() -> None:
    op.execute("create sequence catalog.configuration_item_number")
    _label_nodes()
    _create_items()
    _create_groups()
    _extend_dependencies()


def downgrade() -> None:
    for name in ("created_at_id", "type_valid_from_id", "degrading", "discovered", "valid_to"):
        op.execute(f"drop index catalog.ix_dependency_{name}")
    op.execute("create index ix_dependency_from_id on catalog.dependency (from_id)")
    op.execute("drop index catalog.ix_dependency_from_id_to_id_type")
    op.drop_column("dependency", "evidence", schema="catalog")
    op.drop_column("dependency", "redundancy_group_id", schema="catalog")
    op.drop_table("redundancy_group", schema="catalog")
    op.drop_table("external_ref", schema="catalog")
    op.drop_table("configuration_item", schema="catalog")
    # The release before has services alone on its map.
    op.execute("delete from catalog.dependency where 'configuration_item' in (from_kind, to_kind)")
    op.execute("delete from catalog.node where kind = 'configuration_item'")
    _kinds("'service'")
    op.execute("drop index catalog.uq_node_number")
    op.drop_column("node", "number", schema="catalog")
    op.drop_column("node", "label", schema="catalog")
    op.execute("drop sequence catalog.configuration_item_number")


def _label_nodes() -> None:
    op.add_column(
        "node", sa.Column("label", sa.Text(), server_default="", nullable=False), schema="catalog"
    )
    op.add_column("node", sa.Column("number", sa.Text(), nullable=True), schema="catalog")
    op.execute(
        "update catalog.node n set label = s.name_technical, number = s.number"
        " from catalog.service s where s.id = n.id"
    )
    _index("create unique index uq_node_number on catalog.node (number)")
    _kinds("'service', 'configuration_item'")


def _kinds(kinds: str) -> None:
    op.execute(
        SMALL.format("ban-drop-constraint")
        + "alter table catalog.node drop constraint ck_node_kind"
    )
    op.execute(
        f"alter table catalog.node add constraint ck_node_kind check (kind in ({kinds})) not valid"
    )
    _validate("node", "ck_node_kind")


def _create_items() -> None:
    op.create_table(
        "configuration_item",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_class", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("owner_team_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attributes", postgresql.JSONB(), nullable=False),
        sa.Column("external_refs", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('hardware', 'network', 'software', 'data')",
            name=op.f("ck_configuration_item_kind"),
        ),
        sa.CheckConstraint(
            "environment in ('production', 'staging', 'test', 'development')",
            name=op.f("ck_configuration_item_environment"),
        ),
        sa.CheckConstraint(
            "status in ('planned', 'in_stock', 'live', 'maintenance', 'retired')",
            name=op.f("ck_configuration_item_status"),
        ),
        sa.ForeignKeyConstraint(
            ["id"], ["catalog.node.id"], name=op.f("fk_configuration_item_id_node")
        ),
        sa.ForeignKeyConstraint(
            ["owner_team_id"],
            ["catalog.team.id"],
            name=op.f("fk_configuration_item_owner_team_id_team"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_configuration_item")),
        sa.UniqueConstraint("number", name=op.f("uq_configuration_item_number")),
        schema="catalog",
    )
    for first in ("name", "created_at"):
        _index_of("configuration_item", first, "id")
    for first in ("kind", "item_class", "environment", "status", "location", "owner_team_id"):
        _index_of("configuration_item", first, "name", "id")
    op.create_table(
        "external_ref",
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("configuration_item_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["configuration_item_id"],
            ["catalog.configuration_item.id"],
            name=op.f("fk_external_ref_configuration_item_id_configuration_item"),
        ),
        sa.PrimaryKeyConstraint("system", "external_id", name=op.f("pk_external_ref")),
        schema="catalog",
    )
    _index_of("external_ref", "configuration_item_id")


def _create_groups() -> None:
    op.create_table(
        "redundancy_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("node_kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("min_up", sa.Integer(), nullable=False),
        sa.Column("min_up_unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "min_up_unit in ('count', 'percent')", name=op.f("ck_redundancy_group_min_up_unit")
        ),
        sa.CheckConstraint(
            "min_up >= 1 and (min_up_unit = 'count' or min_up <= 100)",
            name=op.f("ck_redundancy_group_min_up"),
        ),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_redundancy_group_validity")),
        sa.ForeignKeyConstraint(
            ["node_id"], ["catalog.node.id"], name=op.f("fk_redundancy_group_node_id_node")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redundancy_group")),
        schema="catalog",
    )
    _index_of("redundancy_group", "node_id")
    for first in ("name", "valid_from", "created_at"):
        _index_of("redundancy_group", first, "id")
    op.create_index(
        "uq_redundancy_group_present_name",
        "redundancy_group",
        ["node_id", sa.literal_column("lower(name)")],
        unique=True,
        schema="catalog",
        postgresql_where=sa.text("valid_to is null"),
    )


def _extend_dependencies() -> None:
    op.add_column(
        "dependency", sa.Column("redundancy_group_id", sa.Uuid(), nullable=True), schema="catalog"
    )
    op.execute(
        "alter table catalog.dependency add constraint"
        " fk_dependency_redundancy_group_id_redundancy_group foreign key (redundancy_group_id)"
        " references catalog.redundancy_group (id) not valid"
    )
    _validate("dependency", "fk_dependency_redundancy_group_id_redundancy_group")
    op.add_column(
        "dependency",
        sa.Column("evidence", sa.Text(), server_default="declared", nullable=False),
        schema="catalog",
    )
    op.execute(
        "alter table catalog.dependency add constraint ck_dependency_evidence"
        " check (evidence in ('declared', 'discovered')) not valid"
    )
    _validate("dependency", "ck_dependency_evidence")
    for name, columns in (
        ("from_id_to_id_type", "(from_id, to_id, type)"),
        ("created_at_id", "(created_at, id)"),
        ("type_valid_from_id", "(type, valid_from, id)"),
        ("degrading", "(valid_from, id) where failure_mode = 'degrade'"),
        ("discovered", "(valid_from, id) where evidence = 'discovered'"),
        ("valid_to", "(valid_to) where valid_to is not null"),
        ("redundancy_group_id", "(redundancy_group_id) where redundancy_group_id is not null"),
    ):
        _index(f"create index ix_dependency_{name} on catalog.dependency {columns}")
    _index("drop index catalog.ix_dependency_from_id")


def _index_of(table: str, *columns: str) -> None:
    name = op.f(f"ix_{table}_{'_'.join(columns)}")
    op.create_index(name, table, list(columns), unique=False, schema="catalog")


def _index(sql: str) -> None:
    rules = ("require-concurrent-index-creation", "require-concurrent-index-deletion")
    op.execute(SMALL.format(",".join(rules)) + sql)


def _validate(table: str, name: str) -> None:
    op.execute(
        SMALL.format("constraint-missing-not-valid")
        + f"alter table catalog.{table} validate constraint {name}"
    )
