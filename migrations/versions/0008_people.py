"""People and who is on which face."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATES = "state in ('open', 'suggested', 'named', 'unsure', 'stranger', 'not_face')"


def upgrade() -> None:
    """Add people, rejections, and what is said of a face."""
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("private", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("cover_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["library.id"],
            name=op.f("fk_person_library_id_library"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("library_id", "key", name=op.f("uq_person_library_id_key")),
    )
    with op.batch_alter_table("face") as face:
        face.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        face.add_column(sa.Column("state", sa.String(10), server_default="open", nullable=False))
        face.add_column(sa.Column("source", sa.String(8), nullable=True))
        face.add_column(sa.Column("confidence", sa.Double(), nullable=True))
        face.add_column(sa.Column("stack", sa.Integer(), nullable=True))
        face.create_foreign_key(
            op.f("fk_face_person_id_person"),
            "person",
            ["person_id"],
            ["id"],
            ondelete="SET NULL",
        )
        face.create_check_constraint(op.f("ck_face_state"), STATES)
        face.create_check_constraint(
            op.f("ck_face_source"), "source in ('machine', 'person', 'file')"
        )
        face.create_index("ix_face_person", ["person_id", "state", "confidence", "id"])
        face.create_index("ix_face_stack", ["stack", "state"])
    op.create_table(
        "face_rejection",
        sa.Column("face_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["face_id"],
            ["face.id"],
            name=op.f("fk_face_rejection_face_id_face"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_face_rejection_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("face_id", "person_id", name=op.f("pk_face_rejection")),
    )
    op.create_index(op.f("ix_face_rejection_person_id"), "face_rejection", ["person_id"])
    op.create_table(
        "people_model",
        sa.Column("library_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("learned", sa.Integer(), nullable=False),
        sa.Column("network", sa.String(120), nullable=True),
        sa.Column("trained_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["library_id"],
            ["library.id"],
            name=op.f("fk_people_model_library_id_library"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("library_id", name=op.f("pk_people_model")),
    )


def downgrade() -> None:
    """Take it back; faces stay, names go."""
    op.drop_table("people_model")
    op.drop_index(op.f("ix_face_rejection_person_id"), table_name="face_rejection")
    op.drop_table("face_rejection")
    with op.batch_alter_table("face") as face:
        face.drop_index("ix_face_stack")
        face.drop_index("ix_face_person")
        face.drop_constraint(op.f("ck_face_source"), type_="check")
        face.drop_constraint(op.f("ck_face_state"), type_="check")
        face.drop_constraint(op.f("fk_face_person_id_person"), type_="foreignkey")
        for column in ("stack", "confidence", "source", "state", "person_id"):
            face.drop_column(column)
    op.drop_table("person")
