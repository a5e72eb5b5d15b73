"""The app over a fresh SQLite file for each test, migrated once and copied."""

from tests.in_process import it, migrated

__all__ = ["it", "migrated"]
