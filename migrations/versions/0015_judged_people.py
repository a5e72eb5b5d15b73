"""What is found on each person of a photo by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the list, empty for what was looked at before."""
    with op.batch_alter_table("verdict") as table:
        table.add_column(sa.Column("people", sa.JSON(), nullable=False, server_default="[]"))
    with op.batch_alter_table("verdict") as table:
        table.alter_column("people", server_default=None)


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("verdict") as table:
        table.drop_column("people")
