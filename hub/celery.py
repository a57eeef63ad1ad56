"""The Celery application: `celery -A hub.celery worker`. Tasks live in each app's `tasks.py`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import setup_logging, task_postrun, worker_ready
from django.db import close_old_connections
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hub.settings")

app = Celery("hub")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def declare_queues(sender: Celery, **_: Any) -> None:
    """A worker without `-Q` serves every queue."""
    from django.conf import settings

    sender.conf.task_queues = [Queue(name) for name in settings.HUB_QUEUES]


@setup_logging.connect
def keep_django_logging(**_: Any) -> None:
    """Being connected keeps Celery from setting up logging of its own."""


@task_postrun.connect
def drop_broken_connections(**_: Any) -> None:
    """Let go of a connection that failed, as Django does after a request.

    With CELERY_DB_REUSE_MAX Celery itself keeps it, and a restarted PostgreSQL would fail the next 2,000 tasks.
    """
    close_old_connections()


@worker_ready.connect
def mark_ready(sender: Any, **_: Any) -> None:
    """Touch `HUB_VAR/ready/<node>`: the supervisor, or a container's probe, waits for it."""
    from django.conf import settings

    mark: Path = settings.VAR_DIR / "ready" / str(sender.hostname).partition("@")[0]
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
