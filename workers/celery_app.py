"""The worker's entry point: `celery -A workers.celery_app worker`."""

import os
from functools import cache
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_ready, worker_shutting_down

from app.config import Config
from app.core import Core
from app.queue import celery_settings
from workers.sweeper import Sweeper

# One process of a pool does one photo at a time: threads inside it would only fight for the cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

config = Config.from_env()
app = Celery("proofsheet", include=["workers.tasks"])
app.conf.update(celery_settings(config.redis_url))
app.conf.update(
    worker_concurrency=config.workers,
    worker_max_memory_per_child=config.max_memory_mb * 1024,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
)


@cache
def core() -> Core:
    """Return this process's own connections."""
    return Core.build(config)


@cache
def sweeper() -> Sweeper:
    """Return the one sweeper, which lives in the worker's main process."""
    return Sweeper(Core.build(config))


@worker_process_init.connect
def _after_fork(**_: Any) -> None:
    core.cache_clear()  # a connection must not be shared with the parent


@worker_ready.connect
def _begin(**_: Any) -> None:
    sweeper().start()


@worker_shutting_down.connect
def _end(**_: Any) -> None:
    if sweeper.cache_info().currsize:  # a signal may come before there is one, amid its imports
        sweeper().stop()
