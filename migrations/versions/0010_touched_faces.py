"""Which faces were spoken of since people were learned; indexes that have what lists read."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


BEFORE = {
    "ix_face_person": ["person_id", "state", "confidence", "id"],
    "ix_face_stack": ["stack", "state"],
}
AFTER = {
    "ix_face_person": ["person_id", "state", "confidence", "id", "photo_id", "quality"],
    "ix_face_stack": ["stack", "state", "photo_id", "quality", "id"],
}


def _index(columns: dict[str, list[str]]) -> None:
    for name, wanted in columns.items():
        op.drop_index(name, table_name="face")
        op.create_index(name, "face", wanted)


def upgrade() -> None:
    """Add the column; empty, it has everything learned anew."""
    _index(AFTER)
    op.add_column("people_model", sa.Column("touched", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Remove it."""
    with op.batch_alter_table("people_model") as table:
        table.drop_column("touched")
    _index(BEFORE)
