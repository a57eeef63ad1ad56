"""Celery's side of KPIs."""

from __future__ import annotations

from celery import shared_task

from hub.kpis import services


@shared_task(name="hub.kpis.tasks.refresh_kpis")
def refresh_kpis() -> None:
    services.refresh()
