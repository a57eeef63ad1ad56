"""Nothing that is not needed: no middleware, no templates; the hub's own database and broker."""

from __future__ import annotations

import os
from pathlib import Path

import environ

from hub import embedded

_VAR = Path(os.environ["HUB_VAR"])

SECRET_KEY = "bench"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1"]
USE_TZ = True
INSTALLED_APPS = ["bench.plain"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "bench.plain.urls"
WSGI_APPLICATION = "bench.plain.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# As in the hub: connections stay open.
DATABASES = {"default": environ.Env().db_url_config(embedded.database_url(_VAR)) | {"CONN_MAX_AGE": None}}

# A queue of its own on the hub's broker, and what Celery needs to reuse its connections: without it, half the rate.
CELERY_BROKER_URL = embedded.broker_url(embedded.redis_url(_VAR))
CELERY_TASK_DEFAULT_QUEUE = "plain"
CELERY_TASK_IGNORE_RESULT = True
CELERY_DB_REUSE_MAX = 1000
