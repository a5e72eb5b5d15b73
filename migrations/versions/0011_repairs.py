"""Findings with their repairs, and the versions that were made of photos."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _of(table: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{other}_id_{other}")
    return sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Add both tables, and which version a photo shows."""
    op.create_table(
        "repair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("region", sa.JSON(), nullable=False),
        sa.Column("network", sa.String(120), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("changed", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("strength", sa.Double(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "state in ('suggested', 'accepted', 'rejected')", name=op.f("ck_repair_state")
        ),
        sa.CheckConstraint("source in ('machine', 'person')", name=op.f("ck_repair_source")),
        _of("repair", "library"),
        _of("repair", "photo"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair")),
    )
    op.create_index(op.f("ix_repair_photo_id"), "repair", ["photo_id"])
    queue = ["library_id", "state", "confidence", "id", "photo_id"]
    op.create_index("ix_repair_queue", "repair", queue)
    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("recipe_hash", sa.String(16), nullable=False),
        sa.Column("networks", sa.JSON(), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("suffix", sa.String(8), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        _of("version", "library"),
        _of("version", "photo"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint(
            "photo_id",
            "source_sha256",
            "recipe_hash",
            name=op.f("uq_version_photo_id_source_sha256_recipe_hash"),
        ),
    )
    op.create_index(op.f("ix_version_photo_id"), "version", ["photo_id"])
    op.create_index(op.f("ix_version_sha256"), "version", ["sha256"])
    op.add_column("photo", sa.Column("version_id", sa.Integer(), nullable=True))
    with op.batch_alter_table("export_item") as item:
        item.add_column(
            sa.Column("repaired", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        item.drop_constraint("uq_export_item_export_id_photo_id", type_="unique")
        item.create_unique_constraint(
            op.f("uq_export_item_export_id_photo_id_repaired"),
            ["export_id", "photo_id", "repaired"],
        )


def downgrade() -> None:
    """Take them back; versions' files stay on the disk until their photos are deleted."""
    op.execute("DELETE FROM export_item WHERE repaired")
    with op.batch_alter_table("export_item") as item:
        item.drop_constraint("uq_export_item_export_id_photo_id_repaired", type_="unique")
        item.create_unique_constraint(
            op.f("uq_export_item_export_id_photo_id"), ["export_id", "photo_id"]
        )
        item.drop_column("repaired")
    with op.batch_alter_table("photo") as photo:
        photo.drop_column("version_id")
    op.drop_table("version")
    op.drop_table("repair")
