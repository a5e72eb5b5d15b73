"""Own tags learned from examples."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "concept",
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(length=120), nullable=True),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("learned", sa.String(length=200), nullable=False),
        sa.Column("yes", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("ranked", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("trained_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["library.id"],
            name=op.f("fk_concept_library_id_library"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name=op.f("fk_concept_tag_id_tag"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tag_id", name=op.f("pk_concept")),
    )
    op.create_index(op.f("ix_concept_library_id"), "concept", ["library_id"])


def downgrade() -> None:
    """Take the change back."""
    op.execute("DELETE FROM job WHERE kind = 'concept'")
    op.drop_table("concept")
