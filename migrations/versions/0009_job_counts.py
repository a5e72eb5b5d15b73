"""An index from which the progress strip counts."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_job_counts", "job", ["library_id", "kind", "state"])


def downgrade() -> None:
    """Remove it."""
    op.drop_index("ix_job_counts", table_name="job")
