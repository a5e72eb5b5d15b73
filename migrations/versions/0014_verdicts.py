"""Whether photos are photographs: what the machine thinks, and what a person said."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

_OUTCOMES = "('photograph', 'generated', 'edited', 'inconclusive')"


def _of(other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_verdict_{other}_id_{other}")
    return sa.ForeignKeyConstraint([f"{other}_id"], [f"{other}.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "verdict",
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("found", sa.String(12), nullable=False),
        sa.Column("said", sa.String(12), nullable=True),
        sa.Column("probabilities", sa.JSON(), nullable=False),
        sa.Column("region", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("traces", sa.LargeBinary(), nullable=True),
        sa.Column("across", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(120), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(f"found in {_OUTCOMES}", name=op.f("ck_verdict_found")),
        sa.CheckConstraint(f"said in {_OUTCOMES}", name=op.f("ck_verdict_said")),
        _of("library"),
        _of("photo"),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_verdict")),
    )
    op.create_index("ix_verdict_outcome", "verdict", ["library_id", "said", "found", "photo_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("verdict")
