"""Stacks, how tags are written, what a download gives back."""

from collections import defaultdict

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WRITES = "write in ('write', 'as', 'never')"


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("photo") as table:
        table.add_column(sa.Column("stack_id", sa.Integer(), nullable=True))
        table.add_column(
            sa.Column("apart", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        table.create_foreign_key(
            op.f("fk_photo_stack_id_photo"), "photo", ["stack_id"], ["id"], ondelete="SET NULL"
        )
        table.create_index(op.f("ix_photo_stack_id"), ["stack_id"])
    with op.batch_alter_table("tag") as table:
        table.add_column(
            sa.Column("write", sa.String(length=8), nullable=False, server_default="write")
        )
        table.add_column(sa.Column("write_as", sa.Text(), nullable=True))
        table.create_check_constraint(op.f("ck_tag_write"), WRITES)
    with op.batch_alter_table("sidecar") as table:
        table.add_column(sa.Column("changed_at", sa.DateTime(), nullable=True))
    with op.batch_alter_table("export_item") as table:
        table.add_column(sa.Column("sidecars", sa.JSON(), nullable=False, server_default="[]"))
        table.alter_column("photo_id", existing_type=sa.Integer(), nullable=True)
    _keep_keywords()


def _keep_keywords() -> None:
    """Give photos that were read before the list of what their files said."""
    photo = sa.table("photo", sa.column("id", sa.Integer), sa.column("metadata", sa.JSON))
    tag = sa.table("tag", sa.column("id", sa.Integer), sa.column("name", sa.Text))
    said = sa.table(
        "photo_tag",
        sa.column("photo_id", sa.Integer),
        sa.column("tag_id", sa.Integer),
        sa.column("in_file", sa.Boolean),
    )
    connection = op.get_bind()
    found: dict[int, list[list[str]]] = defaultdict(list)
    query = sa.select(said.c.photo_id, tag.c.name).join_from(said, tag, said.c.tag_id == tag.c.id)
    for photo_id, name in connection.execute(query.where(said.c.in_file)):
        found[photo_id].append(name.split(" > "))
    known = sa.select(photo.c.id, photo.c.metadata)
    for photo_id, metadata in connection.execute(known).all():
        if photo_id in found:
            values = {"metadata": (metadata or {}) | {"keywords": found[photo_id]}}
            connection.execute(sa.update(photo).where(photo.c.id == photo_id).values(values))


def downgrade() -> None:
    """Take the change back."""
    op.execute("DELETE FROM export_item WHERE photo_id IS NULL")
    with op.batch_alter_table("export_item") as table:
        table.alter_column("photo_id", existing_type=sa.Integer(), nullable=False)
        table.drop_column("sidecars")
    with op.batch_alter_table("sidecar") as table:
        table.drop_column("changed_at")
    with op.batch_alter_table("tag") as table:
        table.drop_constraint(op.f("ck_tag_write"), type_="check")
        table.drop_column("write_as")
        table.drop_column("write")
    with op.batch_alter_table("photo") as table:
        table.drop_index(op.f("ix_photo_stack_id"))
        table.drop_constraint(op.f("fk_photo_stack_id_photo"), type_="foreignkey")
        table.drop_column("apart")
        table.drop_column("stack_id")
