"""Photos made larger beside the library."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _of(other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_enlargement_{other}_id_{other}")
    return sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "enlargement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("factor", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(12), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("suffix", sa.String(8), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("state in ('preparing', 'ready')", name=op.f("ck_enlargement_state")),
        _of("library"),
        _of("photo"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enlargement")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_enlargement_library_id"), "enlargement", ["library_id"])
    op.create_index(op.f("ix_enlargement_photo_id"), "enlargement", ["photo_id"])


def downgrade() -> None:
    """Take it back; its files are swept with the folder."""
    op.drop_table("enlargement")
