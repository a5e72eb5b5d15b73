"""Messages to the workers: ids only, sent after the commit that made the rows.

A message may be lost, doubled or late without harm: the job row is the truth, a claim lets one
worker through, and the sweeper sends again what nobody took.
"""

from collections.abc import Sequence
from typing import Any

from celery import Celery
from kombu import Queue as KombuQueue
from kombu.exceptions import KombuError
from redis import RedisError

RUN = "jobs.run"  # the one task: workers.tasks runs what the job rows say
CHUNK = 8  # jobs a message: enough to batch, few enough to share out and to repeat

# Workers look at queues in the order of their names.
FIRST, ANALYSE, IDLE = "1-first", "2-analyse", "3-idle"
QUEUES = (FIRST, ANALYSE, IDLE)


def celery_settings(redis_url: str) -> dict[str, Any]:
    """Return the settings that sender and worker share."""
    return {
        "broker_url": redis_url,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "queue_order_strategy": "sorted",  # by name; the first that has something wins
            "visibility_timeout": 3600,
            "unacked_restore_interval": 10,
            "socket_connect_timeout": 2,
            "socket_timeout": 10,
        },
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,  # the sweeper requeues: a poison photo must not loop
        "worker_prefetch_multiplier": 1,
        "task_queues": [KombuQueue(name, routing_key=name) for name in QUEUES],
        "task_default_queue": ANALYSE,
        "task_serializer": "json",
        "accept_content": ["json"],
    }


AWAY = (OSError, KombuError, RedisError)  # what a broker that cannot be reached makes of a call


class Queue:
    """Sends job ids to the workers."""

    def __init__(self, redis_url: str) -> None:
        self._celery = Celery("proofsheet", set_as_current=False)
        self._celery.conf.update(celery_settings(redis_url))
        # A broker that is down costs a request nothing: the sweeper sends later.
        self._celery.conf.broker_transport_options |= {
            "max_retries": 0,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
        }

    def publish(self, queue: str, job_ids: Sequence[int]) -> bool:
        """Send ids in chunks; False when the broker cannot be reached (the sweeper sends later)."""
        try:
            for start in range(0, len(job_ids), CHUNK):
                chunk = list(job_ids[start : start + CHUNK])
                self._celery.send_task(RUN, args=[chunk], queue=queue, retry=False)
        except AWAY:
            return False
        return True

    def length(self, queue: str) -> int | None:
        """Return how many messages wait in a queue; None when the broker cannot be reached."""
        try:
            pooled: Any = self._celery.pool
            with pooled.acquire(block=True, timeout=5) as connection:
                return int(connection.default_channel.client.llen(queue))
        except AWAY:
            return None

    def reachable(self) -> bool:
        """Tell whether the broker answers."""
        return self.length(FIRST) is not None
