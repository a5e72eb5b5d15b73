"""Full text search, undo by rows, and what keeps 100,000 photos quick."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SHOWN = "trashed_at IS NULL AND stack_id IS NULL"
OLD = (
    ("ix_photo_by_date", "photo", ["library_id", "day", "sort_at", "id"], ""),
    ("ix_photo_by_name", "photo", ["library_id", "sort_name", "id"], ""),
    ("ix_photo_by_certainty", "photo", ["library_id", "certainty", "id"], ""),
    ("ix_location_folder", "location", ["library_id", "folder", "name"], ""),
    ("ix_photo_tag_tag", "photo_tag", ["tag_id", "state", "photo_id"], ""),
)
REST = ("trashed_at", "stack_id")  # so that SQLite need not read the rows for the rule
NEW = (
    ("by_date", ["day", "sort_at", "id", "width", "height", *REST], SHOWN),
    ("by_name", ["sort_name", "id", "width", "height", *REST], SHOWN),
    ("by_certainty", ["band", "certainty", "id", "width", "height", *REST], SHOWN),
    ("camera", ["camera", *REST], SHOWN),
    ("rating", ["rating", *REST], SHOWN),
    ("people", ["face_count", *REST], SHOWN),
    ("new", ["id", *REST], f"analysed_at IS NULL AND {SHOWN}"),
    ("review", ["to_review", *REST], f"to_review > 0 AND {SHOWN}"),
    ("tagged", ["id", *REST], f"confirmed > 0 AND {SHOWN}"),
    ("trash", ["trashed_at"], "trashed_at IS NOT NULL"),
)
OTHER = (
    (
        "ix_location_folder",
        "location",
        ["library_id", "folder", "name", "photo_id"],
        "",
    ),
    ("ix_photo_tag_tag", "photo_tag", ["tag_id", "state", "confidence", "photo_id"], ""),
)
INDEXES = (*((f"ix_photo_{n}", "photo", ["library_id", *c], rule) for n, c, rule in NEW), *OTHER)
FTS = (
    (
        "CREATE VIRTUAL TABLE search_words USING fts5(words, content='photo_text', "
        "content_rowid='photo_id', tokenize='unicode61 remove_diacritics 0', prefix='2 3')"
    ),
    (
        "CREATE TRIGGER search_words_insert AFTER INSERT ON photo_text BEGIN "
        "INSERT INTO search_words(rowid, words) VALUES (new.photo_id, new.words); END"
    ),
    (
        "CREATE TRIGGER search_words_delete AFTER DELETE ON photo_text BEGIN "
        "INSERT INTO search_words(search_words, rowid, words) "
        "VALUES ('delete', old.photo_id, old.words); END"
    ),
    (
        "CREATE TRIGGER search_words_update AFTER UPDATE ON photo_text BEGIN "
        "INSERT INTO search_words(search_words, rowid, words) "
        "VALUES ('delete', old.photo_id, old.words); "
        "INSERT INTO search_words(rowid, words) VALUES (new.photo_id, new.words); END"
    ),
)


def upgrade() -> None:
    """Apply the change; photos that are here already get their words from the sweeper."""
    op.add_column("photo", sa.Column("confirmed", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("photo", sa.Column("camera", sa.Text(), nullable=True))
    op.add_column("photo", sa.Column("rating", sa.Integer(), nullable=True))
    op.add_column(
        "tag", sa.Column("hidden", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("tag", sa.Column("words", sa.Text(), nullable=True))
    op.execute(
        "UPDATE photo SET confirmed = (SELECT count(*) FROM photo_tag "
        "WHERE photo_tag.photo_id = photo.id AND photo_tag.state = 'confirmed')"
    )
    _index(OLD, INDEXES)
    _make_text()
    _make_rows()
    _move_undo()


def downgrade() -> None:
    """Take the change back; what could be undone cannot be any more."""
    if op.get_bind().dialect.name == "sqlite":
        for name in ("insert", "delete", "update"):
            op.execute(f"DROP TRIGGER search_words_{name}")
        op.execute("DROP TABLE search_words")
    op.execute("DELETE FROM action")
    for table in ("action_place", "action_tag", "generation", "photo_text"):
        op.drop_table(table)
    _index(INDEXES, OLD)
    op.drop_column("tag", "words")
    op.drop_column("tag", "hidden")
    for column in ("rating", "camera", "confirmed"):
        op.drop_column("photo", column)


def _index(
    before: Sequence[tuple[str, str, list[str], str]],
    after: Sequence[tuple[str, str, list[str], str]],
) -> None:
    for name, table, _, _ in before:
        op.drop_index(name, table_name=table)
    for name, table, columns, rule in after:
        where = {"sqlite_where": sa.text(rule), "postgresql_where": sa.text(rule)} if rule else {}
        op.create_index(name, table, columns, **where)


def _make_text() -> None:
    op.create_table(
        "photo_text",
        sa.Column("photo_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("words", sa.Text(), nullable=False),
        _of("photo_text", "photo"),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo_text")),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in FTS:
            op.execute(statement)
    else:
        op.execute(
            "CREATE INDEX search_words ON photo_text USING gin (to_tsvector('simple', words))"
        )
    op.create_table(
        "generation",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_generation")),
    )
    op.execute("INSERT INTO generation (id, n) VALUES (1, 0)")


def _make_rows() -> None:
    op.create_table(
        "action_tag",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=True),
        sa.Column("boxes", sa.JSON(), nullable=True),
        sa.Column("network", sa.String(length=120), nullable=True),
        sa.Column("in_file", sa.Boolean(), nullable=True),
        *(_of("action_tag", parent) for parent in ("action", "photo", "tag")),
        sa.PrimaryKeyConstraint("action_id", "photo_id", "tag_id", name=op.f("pk_action_tag")),
    )
    op.create_index("ix_action_tag_thing", "action_tag", ["photo_id", "tag_id", "action_id"])
    op.create_table(
        "action_place",
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.Column("photo_id", sa.Integer(), nullable=False),
        sa.Column("trashed", sa.Boolean(), nullable=False),
        *(_of("action_place", parent) for parent in ("action", "photo")),
        sa.PrimaryKeyConstraint("action_id", "photo_id", name=op.f("pk_action_place")),
    )
    op.create_index("ix_action_place_thing", "action_place", ["photo_id", "action_id"])


def _of(table: str, parent: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{parent}_id_{parent}")
    return sa.ForeignKeyConstraint(
        [f"{parent}_id"], [f"{parent}.id"], name=name, ondelete="CASCADE"
    )


def _move_undo() -> None:
    """Bring what undoing writes from the actions' JSON into rows."""
    connection = op.get_bind()
    schema = sa.MetaData()
    schema.reflect(connection, only=["action", "action_tag", "action_place", "photo"])
    action, photo = schema.tables["action"], schema.tables["photo"]
    here = set(connection.scalars(sa.select(photo.c.id)))
    query = sa.select(action.c.id, sa.type_coerce(action.c.inverse, sa.JSON))
    for action_id, inverse in connection.execute(query.where(action.c.undone_at.is_(None))).all():
        for table, rows in (
            ("action_tag", _tag_rows(action_id, inverse.pop("tags", []))),
            ("action_place", _place_rows(action_id, inverse.pop("places", []))),
        ):
            known = {(row["photo_id"], row.get("tag_id")): row for row in rows}
            kept = [row for row in known.values() if row["photo_id"] in here]
            if kept:
                connection.execute(schema.tables[table].insert(), kept)
        changed = sa.update(action).where(action.c.id == action_id)
        connection.execute(changed.values(inverse=sa.type_coerce(inverse, sa.JSON)))


def _tag_rows(action_id: int, entries: Sequence[Any]) -> Iterator[dict[str, Any]]:
    names = ("source", "state", "confidence", "boxes", "network", "in_file")
    for photo_id, tag_id, before in entries:
        row = {"action_id": action_id, "photo_id": photo_id, "tag_id": tag_id}
        yield row | dict(zip(names, before or [None] * len(names), strict=True))


def _place_rows(action_id: int, entries: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for photo_id, trashed in entries:
        yield {"action_id": action_id, "photo_id": photo_id, "trashed": trashed}
