"""Celery's side of master data: tasks carry nothing; the work is rows."""

from __future__ import annotations

from celery import shared_task

from hub.masterdata import code_tally


@shared_task(name="hub.masterdata.tasks.fold_code_counts")
def fold_code_counts() -> None:
    code_tally.fold()


@shared_task(name="hub.masterdata.tasks.forget_old_code_counts")
def forget_old_code_counts() -> None:
    code_tally.forget_old()
