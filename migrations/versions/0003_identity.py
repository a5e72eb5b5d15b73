"""Know a picture by its image data; keep every file of it; leave files where they lie."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("photo") as table:
        table.add_column(sa.Column("image_sha256", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("edited_at", sa.DateTime(), nullable=True))
    op.create_index("ix_photo_image", "photo", ["library_id", "image_sha256"])
    edited = sa.text("edited_at IS NOT NULL")
    op.create_index(
        "ix_photo_edited",
        "photo",
        ["library_id", "edited_at"],
        sqlite_where=edited,
        postgresql_where=edited,
    )
    _create_revision()
    _create_reference()
    _create_import()
    op.execute(
        "INSERT INTO revision (library_id, photo_id, sha256, size, kept, added_at) "
        "SELECT library_id, id, sha256, size, storage, added_at FROM photo"
    )


def _big() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _owner(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE")


def _create_revision() -> None:
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("image_sha256", sa.String(length=64), nullable=True),
        sa.Column("size", _big(), nullable=False),
        sa.Column("kept", sa.String(length=10), nullable=False),
        sa.Column("said", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("sidecar", sa.String(length=64), nullable=True),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("kept in ('managed', 'referenced', 'known')", name="ck_revision_kept"),
        _owner("revision", "library_id", "library"),
        _owner("revision", "photo_id", "photo"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("library_id", "sha256", name=op.f("uq_revision_library_id_sha256")),
    )
    op.create_index(op.f("ix_revision_photo_id"), "revision", ["photo_id"])


def _create_reference() -> None:
    op.create_table(
        "reference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", _big(), nullable=False),
        sa.Column("mtime_ns", _big(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("trouble", sa.String(length=8), nullable=True),
        sa.Column("trouble_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("trouble in ('missing', 'changed')", name="ck_reference_trouble"),
        _owner("reference", "library_id", "library"),
        _owner("reference", "photo_id", "photo"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference")),
        sa.UniqueConstraint("library_id", "path", name=op.f("uq_reference_library_id_path")),
    )
    op.create_index(op.f("ix_reference_photo_id"), "reference", ["photo_id"])
    op.create_index("ix_reference_trouble", "reference", ["library_id", "trouble"])


def _create_import() -> None:
    op.create_table(
        "import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("cursor", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("problems", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "state in ('running', 'done', 'failed', 'cancelled')", name="ck_import_state"
        ),
        _owner("import", "library_id", "library"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import")),
    )
    op.create_index(op.f("ix_import_library_id"), "import", ["library_id"])


def downgrade() -> None:
    """Take the change back; files beside the current ones are forgotten, the bytes stay."""
    for table in ("import", "reference", "revision"):
        op.drop_table(table)
    op.drop_index("ix_photo_edited", "photo")
    op.drop_index("ix_photo_image", "photo")
    with op.batch_alter_table("photo") as table:
        table.drop_column("edited_at")
        table.drop_column("image_sha256")
