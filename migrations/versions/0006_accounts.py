"""Accounts and API keys."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    with op.batch_alter_table("user") as user:
        user.add_column(sa.Column("key", sa.String(length=120), nullable=True))
        user.add_column(sa.Column("role", sa.String(length=8), nullable=True))
        user.add_column(sa.Column("password", sa.String(length=200), nullable=True))
        user.add_column(sa.Column("disabled_at", sa.DateTime(), nullable=True))
    op.execute("UPDATE \"user\" SET key = lower(name), role = 'member'")
    op.execute('UPDATE "user" SET role = \'owner\' WHERE id = (SELECT min(id) FROM "user")')
    with op.batch_alter_table("user") as user:
        user.alter_column("key", existing_type=sa.String(length=120), nullable=False)
        user.alter_column("role", existing_type=sa.String(length=8), nullable=False)
        user.create_unique_constraint(op.f("uq_user_key"), ["key"])
        user.create_check_constraint("ck_user_role", "role in ('owner', 'member')")
    _of_user(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=300), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("digest", name=op.f("uq_sign_in_digest")),
    )
    _of_user(
        "password_link",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_password_link")),
    )
    _of_user(
        "api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_key_digest")),
    )
    op.create_table(
        "failed_attempt",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_failed_attempt")),
    )
    op.create_index(op.f("ix_failed_attempt_last_at"), "failed_attempt", ["last_at"])


def _of_user(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        *columns,
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f(f"fk_{table}_user_id_user"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f(f"ix_{table}_user_id"), table, ["user_id"])


def downgrade() -> None:
    """Take the change back."""
    for table in ("failed_attempt", "api_key", "password_link", "sign_in"):
        op.drop_table(table)
    with op.batch_alter_table("user") as user:
        user.drop_constraint("ck_user_role", type_="check")
        user.drop_constraint(op.f("uq_user_key"), type_="unique")
        for column in ("disabled_at", "password", "role", "key"):
            user.drop_column(column)
