"""Alembic's environment: one connection, the models' metadata, names as the models have them."""

from alembic import context
from sqlalchemy import engine_from_config, pool

from app.models import Base


def migrate() -> None:
    """Run the migrations that are missing, each in its own transaction."""
    section = context.config.get_section(context.config.config_ini_section) or {}
    url = section["sqlalchemy.url"]
    if url.startswith("postgresql://"):
        section["sqlalchemy.url"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = engine_from_config(section, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


migrate()
