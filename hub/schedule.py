"""What runs by the clock: Celery beat's schedule, one literal. Tasks are named, never imported."""

from __future__ import annotations

from typing import TypedDict


class Entry(TypedDict, total=False):
    task: str
    schedule: float  # seconds between two runs
    options: dict[str, str | float]


SCHEDULE: dict[str, Entry] = {
    "sweep": {
        "task": "orchestration.tasks.sweep",
        "schedule": 1.0,
        "options": {"queue": "maintenance", "expires": 5.0},
    },
    "partitions": {
        "task": "orchestration.tasks.prepare_partitions",
        "schedule": 6 * 3600.0,
        "options": {"queue": "maintenance"},
    },
    "release-cases": {
        "task": "exceptions.tasks.release_cases",
        "schedule": 2.0,
        "options": {"queue": "maintenance", "expires": 10.0},
    },
    "work-replays": {
        "task": "exceptions.tasks.work_replays",
        "schedule": 1.0,
        "options": {"queue": "maintenance", "expires": 5.0},
    },
    "settle-cases": {
        "task": "exceptions.tasks.settle_cases",
        "schedule": 3.0,
        "options": {"queue": "maintenance", "expires": 15.0},
    },
    "carry-out-deeds": {
        "task": "exceptions.tasks.carry_out_deeds",
        "schedule": 5.0,
        "options": {"queue": "maintenance", "expires": 20.0},
    },
    "fold-tallies": {
        "task": "exceptions.tasks.fold_tallies",
        "schedule": 15.0,
        "options": {"queue": "maintenance", "expires": 60.0},
    },
    "fold-code-counts": {
        "task": "hub.masterdata.tasks.fold_code_counts",
        "schedule": 30.0,
        "options": {"queue": "maintenance", "expires": 60.0},
    },
    "forget-old-code-counts": {
        "task": "hub.masterdata.tasks.forget_old_code_counts",
        "schedule": 24 * 3600.0,
        "options": {"queue": "maintenance"},
    },
    "age-cases": {
        "task": "exceptions.tasks.age_cases",
        "schedule": 300.0,
        "options": {"queue": "maintenance", "expires": 300.0},
    },
    "expectations": {
        "task": "exceptions.tasks.sweep_expectations",
        "schedule": 60.0,
        "options": {"queue": "maintenance", "expires": 60.0},
    },
    "assign-cases": {
        "task": "exceptions.tasks.assign_cases",
        "schedule": 30.0,
        "options": {"queue": "maintenance", "expires": 30.0},
    },
    "escalate-cases": {
        "task": "exceptions.tasks.escalate_cases",
        "schedule": 60.0,
        "options": {"queue": "maintenance", "expires": 60.0},
    },
    "send-alerts": {
        "task": "exceptions.tasks.send_alerts",
        "schedule": 10.0,
        "options": {"queue": "maintenance", "expires": 10.0},
    },
    "mail-notices": {
        "task": "exceptions.tasks.mail_notices",
        "schedule": 30.0,
        "options": {"queue": "maintenance", "expires": 30.0},
    },
    "refresh-kpis": {
        "task": "hub.kpis.tasks.refresh_kpis",
        "schedule": 60.0,
        "options": {"queue": "maintenance", "expires": 60.0},
    },
}
