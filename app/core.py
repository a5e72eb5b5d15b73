"""What every entry point shares: settings, database, storage, queue."""

from dataclasses import dataclass
from typing import Self

from app.config import Config
from app.extensions import Database
from app.queue import Queue
from app.storage import Storage


@dataclass(frozen=True)
class Core:
    """The parts of one installation; web and worker each build their own."""

    config: Config
    db: Database
    storage: Storage
    queue: Queue

    @classmethod
    def build(cls, config: Config) -> Self:
        """Open the parts that the settings name; nothing is connected before its first use."""
        return cls(
            config=config,
            db=Database(config.database_url),
            storage=Storage(config.data),
            queue=Queue(config.redis_url),
        )
