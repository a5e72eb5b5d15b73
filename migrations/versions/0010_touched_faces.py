"""Which faces were spoken of since a library's people were learned."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; empty, it has everything learned anew."""
    op.add_column("people_model", sa.Column("touched", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Remove it."""
    with op.batch_alter_table("people_model") as table:
        table.drop_column("touched")
