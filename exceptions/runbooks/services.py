"""What people do to runbooks and with them: write, restore, retire; tick a step, and keep what an action came to.

Writing asks for the permission at every facility: a runbook belongs to the whole group. `version` is the one that the
writer saw; where somebody else wrote meanwhile nothing is changed, and `Changed` says who did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from exceptions.acts import require_reason
from exceptions.errors import Changed, NotAllowedNow
from exceptions.models import Case
from exceptions.runbooks import selectors
from exceptions.runbooks.binding import tidied
from exceptions.runbooks.models import Runbook, RunbookUse
from exceptions.runbooks.reading import Step, steps_of, unknown_actions
from exceptions.runbooks.states import RunbookState, SafeAction, UseKind, UseOutcome
from hub.core.clock import now
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission

_LONGEST_REASON = 100  # simple_history's history_change_reason
_LONGEST_TEXT = 200
_LONGEST_DETAIL = 300


@transaction.atomic
def create(
    *, code: str, title: str, summary: str, body: str, bindings: Sequence[Mapping[str, str]], actor: Actor, reason: str
) -> Runbook:
    _require(actor, reason)
    _require_readable(body)
    made = Runbook(code=code, title=title, summary=summary, body=body, bindings=tidied(bindings))
    try:
        with transaction.atomic():
            _save(made, actor, reason)
    except IntegrityError as error:
        raise NotAllowedNow("runbook-exists", f"There is a runbook {code} already; choose another name.") from error
    _audited(made, actor, "runbook.create", reason, before={}, after={"version": 1, "title": title})
    return made


@transaction.atomic
def write(
    *,
    code: str,
    title: str,
    summary: str,
    body: str,
    bindings: Sequence[Mapping[str, str]],
    actor: Actor,
    reason: str,
    version: int | None = None,
) -> Runbook:
    """The next version. What was ticked off for a case stays so where the step's text stayed."""
    runbook = _held(code, actor, reason, version)
    _require_readable(body)
    before = {"version": runbook.version, "title": runbook.title}
    wanted = {"title": title, "summary": summary, "body": body, "bindings": tidied(bindings)}
    if all(getattr(runbook, name) == value for name, value in wanted.items()):
        raise NotAllowedNow("runbook-unchanged", "Nothing is different from what it says now.")
    for name, value in wanted.items():
        setattr(runbook, name, value)
    runbook.version += 1
    _save(runbook, actor, reason)
    _audited(runbook, actor, "runbook.write", reason, before, {"version": runbook.version, "title": title})
    return runbook


def restore(*, code: str, number: int, actor: Actor, reason: str, version: int | None = None) -> Runbook:
    """Say again what version `number` said, as the next version."""
    earlier = selectors.version(Runbook.objects.get(code=code), number)
    return write(
        code=code, title=earlier.title, summary=earlier.summary, body=earlier.body, bindings=earlier.bindings,
        actor=actor, reason=reason, version=version,
    )  # fmt: skip


@transaction.atomic
def set_state(*, code: str, state: RunbookState, actor: Actor, reason: str, version: int | None = None) -> Runbook:
    """Retire it, so that it is shown nowhere any more, or take it into use again."""
    runbook = _held(code, actor, reason, version)
    if runbook.state == state:
        raise NotAllowedNow("runbook-state", f"It is {state.label.lower()} already.")
    before, runbook.state = runbook.state, state
    runbook.version += 1
    _save(runbook, actor, reason)
    _audited(runbook, actor, "runbook.state", reason, {"state": before}, {"state": state})
    return runbook


@transaction.atomic
def tick(*, code: str, case_id: Any, mark: str, done: bool, actor: Actor) -> bool:
    """Tick a step off for a case, or take that back. False where it stood so already: somebody was quicker."""
    case = Case.objects.select_for_update(no_key=True, of=("self",)).get(pk=case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    runbook = Runbook.objects.get(code=code)
    step = next((step for step in steps_of(runbook.body) if step.mark == mark), None)
    if step is None:
        raise Changed("step-gone", f"{runbook.title} was rewritten meanwhile; this step is not in it any more.")
    if (mark in selectors.ticked(runbook, selectors.uses_of_case(case))) is done:
        return False
    kind = UseKind.STEP if done else UseKind.UNDONE
    _keep(runbook, actor, case=case, system=case.system, kind=kind, step=step)
    audit.record(
        actor=actor, action=f"runbook.{kind.value}", object_kind="case", object_id=str(case.id), facility=case.facility,
        after={"runbook": code, "version": runbook.version, "step": step.text[:_LONGEST_TEXT]},
    )  # fmt: skip
    return True


def keep_action(
    *,
    runbook: Runbook,
    action: SafeAction,
    actor: Actor,
    outcome: UseOutcome,
    detail: str,
    case: Case | None = None,
    system: str = "",
    mark: str = "",
) -> RunbookUse:
    """Write down an action that was taken from a runbook. The act itself asked for its permission and is audited."""
    step = next((step for step in steps_of(runbook.body) if step.mark == mark), None)
    return _keep(
        runbook, actor, case=case, system=system or (case.system if case else ""), kind=UseKind.ACTION, step=step,
        action=action, outcome=outcome, detail=detail,
    )  # fmt: skip


def _keep(
    runbook: Runbook,
    actor: Actor,
    *,
    case: Case | None,
    system: str,
    kind: UseKind,
    step: Step | None,
    action: SafeAction | None = None,
    outcome: UseOutcome = UseOutcome.DONE,
    detail: str = "",
) -> RunbookUse:
    said = action.label if action else (step.text if step else "")
    return RunbookUse.objects.create(
        runbook=runbook, runbook_version=runbook.version, case=case, system=system,
        facility=case.facility if case else "", kind=kind, step=step.mark if step else "",
        action=action.value if action else "", text=said[:_LONGEST_TEXT], outcome=outcome,
        detail=detail[:_LONGEST_DETAIL], by=actor.username,
    )  # fmt: skip


def _held(code: str, actor: Actor, reason: str, version: int | None) -> Runbook:
    """The runbook, held against other writers, for someone who may write it and saw its last version."""
    runbook = Runbook.objects.select_for_update().get(code=code)
    _require(actor, reason)
    if version is not None and runbook.version != version:
        raise Changed(
            "runbook-changed", f"{runbook.changed_by} wrote version {runbook.version} meanwhile; nothing was done."
        )
    return runbook


def _require(actor: Actor, reason: str) -> None:
    access.require(actor, Permission.EDIT_RUNBOOKS, "")
    require_reason(reason)


def _require_readable(body: str) -> None:
    if wrong := unknown_actions(body):
        known = ", ".join(SafeAction.values)
        raise NotAllowedNow("unknown-action", f"No such button: {', '.join(wrong)}. There are {known}.")


def _save(runbook: Runbook, actor: Actor, reason: str) -> None:
    runbook.changed_by, runbook.changed_at = actor.username, now()
    runbook._history_user = actor.user  # type: ignore[attr-defined]
    runbook._change_reason = reason[:_LONGEST_REASON]  # type: ignore[attr-defined]
    runbook.save()


def _audited(
    runbook: Runbook, actor: Actor, action: str, reason: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    audit.record(
        actor=actor, action=action, object_kind="runbook", object_id=runbook.code, reason=reason, before=before,
        after=after,
    )  # fmt: skip
