"""Who may do what. One table; pages, admin, API and commands all ask `may()` in `access`."""

from __future__ import annotations

from enum import StrEnum

from django.db import models


class Role(models.TextChoices):
    SPECIALIST = "specialist", "Revenue-cycle specialist"
    LEAD = "lead", "Revenue-cycle lead"
    FINANCE = "finance", "Finance analyst"
    STEWARD = "steward", "Master-data steward"
    ENGINEER = "engineer", "Integration engineer"
    AUDITOR = "auditor", "Auditor"
    EXECUTIVE = "executive", "Executive"
    MACHINE = "machine", "Machine client"


class Permission(StrEnum):
    VIEW_KPIS = "kpis.view"
    VIEW_CASES = "cases.view"
    WORK_CASES = "cases.work"  # comment, take, resolve, retry
    ASSIGN_CASES = "cases.assign"
    MANAGE_TEAMS = "teams.manage"  # teams, hours of others, routing, service levels, escalation, alerts, answers
    REPLAY = "replay.run"
    APPROVE_REPLAY = "replay.approve"  # decide about the replays of others, and when a second person has to
    VIEW_JOURNEYS = "journeys.view"
    VIEW_RUNS = "runs.view"
    VIEW_MESSAGES = "messages.view"
    BREAK_GLASS = "messages.break_glass"  # see a payload unmasked, with a reason, logged
    MAKE_FIXTURES = "messages.fixture"  # take a copy without the persons in it, with a reason, logged
    VIEW_MAPPINGS = "mappings.view"
    PROPOSE_MAPPINGS = "mappings.propose"
    APPROVE_MAPPINGS = "mappings.approve"
    PROPOSE_RULES = "rules.propose"  # decision tables
    APPROVE_RULES = "rules.approve"
    WRITE_OFF = "write_offs.approve"  # decide what others ask to give up beyond their own limits
    APPROVE_CORRECTIONS = "corrections.approve"  # decide a correction of a record that takes two people
    EDIT_RUNBOOKS = "runbooks.edit"
    VIEW_SYSTEMS = "systems.view"
    OPERATE_SYSTEMS = "systems.operate"  # pause, resume, drain
    VIEW_LEDGER = "ledger.view"
    RUN_TIE_OUT = "ledger.tie_out"
    POST_LATE = "ledger.post_late"  # have entries of a closed period posted in an open one
    VIEW_AUDIT = "audit.view"


_VIEW_WORK = {
    Permission.VIEW_KPIS,
    Permission.VIEW_CASES,
    Permission.VIEW_JOURNEYS,
    Permission.VIEW_RUNS,
    Permission.VIEW_MESSAGES,
    Permission.VIEW_MAPPINGS,
    Permission.VIEW_SYSTEMS,
    Permission.VIEW_LEDGER,
}

PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.SPECIALIST: frozenset(
        _VIEW_WORK - {Permission.VIEW_LEDGER, Permission.VIEW_SYSTEMS} | {Permission.WORK_CASES}
    ),
    Role.LEAD: frozenset(
        _VIEW_WORK
        | {
            Permission.WORK_CASES,
            Permission.ASSIGN_CASES,
            Permission.MANAGE_TEAMS,
            Permission.REPLAY,
            Permission.EDIT_RUNBOOKS,
            Permission.APPROVE_REPLAY,
            Permission.PROPOSE_RULES,
            Permission.APPROVE_RULES,
            Permission.WRITE_OFF,
            Permission.APPROVE_CORRECTIONS,
        }
    ),
    Role.FINANCE: frozenset(
        _VIEW_WORK
        | {
            Permission.WORK_CASES,
            Permission.RUN_TIE_OUT,
            Permission.POST_LATE,
            Permission.APPROVE_RULES,
            Permission.WRITE_OFF,
        }
    ),
    Role.STEWARD: frozenset(
        _VIEW_WORK - {Permission.VIEW_LEDGER}
        | {
            Permission.WORK_CASES,
            Permission.PROPOSE_MAPPINGS,
            Permission.APPROVE_MAPPINGS,
            Permission.PROPOSE_RULES,
            Permission.REPLAY,
        }
    ),
    Role.ENGINEER: frozenset(
        _VIEW_WORK - {Permission.VIEW_JOURNEYS}
        | {
            Permission.WORK_CASES,
            Permission.ASSIGN_CASES,
            Permission.REPLAY,
            Permission.EDIT_RUNBOOKS,
            Permission.APPROVE_REPLAY,
            Permission.BREAK_GLASS,
            Permission.MAKE_FIXTURES,
            Permission.OPERATE_SYSTEMS,
        }
    ),
    Role.AUDITOR: frozenset(_VIEW_WORK | {Permission.VIEW_AUDIT}),
    Role.EXECUTIVE: frozenset({Permission.VIEW_KPIS}),
    Role.MACHINE: frozenset(_VIEW_WORK - {Permission.VIEW_LEDGER}),
}
