"""Keep networks' words apart from people's names, sizes over 2 GB, sort names by character."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "tag_word",
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("word", sa.String(length=200), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["library.id"],
            name=op.f("fk_tag_word_library_id_library"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tag.id"], name=op.f("fk_tag_word_tag_id_tag"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("library_id", "kind", "word", name=op.f("pk_tag_word")),
    )
    op.create_index(op.f("ix_tag_word_tag_id"), "tag_word", ["tag_id"])
    op.execute(
        "INSERT INTO tag_word (library_id, kind, word, tag_id) "
        "SELECT library_id, kind, name, id FROM tag WHERE kind IN ('object', 'category')"
    )
    op.execute("DELETE FROM action")  # what undoing wrote had another form
    if op.get_bind().dialect.name == "postgresql":  # SQLite has one integer and one collation
        op.alter_column("photo", "size", type_=sa.BigInteger())
        op.alter_column("upload", "size", type_=sa.BigInteger())
        op.alter_column("photo", "sort_name", type_=sa.Text(collation="C"))


def downgrade() -> None:
    """Take the change back."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("photo", "sort_name", type_=sa.Text(collation="default"))
        op.alter_column("upload", "size", type_=sa.Integer())
        op.alter_column("photo", "size", type_=sa.Integer())
    op.execute("DELETE FROM action")
    op.drop_table("tag_word")
