"""Which deeds the case page offers to whom. The services have the last word; this only spares a refusal."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.urls import reverse

from exceptions import inquiries
from exceptions.models import Case, Watch
from exceptions.states import CaseState
from hub.console.denial_deeds import denial_deeds
from hub.console.selectors import mend
from hub.console.selectors.decide import denial_of
from hub.core.clock import now
from hub.core.errors import FailureClass
from hub.governance import access
from hub.governance.roles import Permission
from hub.ui.pages import Action


def deeds(who: User | AnonymousUser, case: Case) -> list[Action]:
    if not access.may(who, Permission.WORK_CASES, case.facility):
        return [watching(who, case)]
    if case.state == CaseState.RESOLVED:
        return [_action(case, "Reopen", "case-reopen", "rotate-ccw")]
    asked = [*_denial(who, case), *_mending(who, case)]
    return [
        *_owning(who, case),
        *_retrying(who, case),
        *asked,
        _action(case, "Resolve", "case-resolve", "check", primary=not asked),
        *_arranging(who, case),
    ]


def _arranging(who: User | AnonymousUser, case: Case) -> list[Action]:
    """What is done now and then: behind the buttons, in the menu."""
    if case.snoozed_until is not None and case.snoozed_until > now():
        aside = _action(case, "Put back into the queue", "case-wake", "alarm-clock", at_once=True, more=True)
    else:
        aside = _action(case, "Snooze", "case-snooze", "alarm-clock", more=True)
    return [
        aside,
        watching(who, case),
        _action(case, "Attach a file", "case-attach", "paperclip", more=True),
        _action(case, "Link to another case", "case-link", "link", more=True),
        _action(case, "Merge into another case", "case-merge", "merge", more=True),
        *_moving(who, case),
    ]


def _moving(who: User | AnonymousUser, case: Case) -> list[Action]:
    """To another team, for those who assign."""
    if not access.may(who, Permission.ASSIGN_CASES, case.facility):
        return []
    return [_action(case, "Move to another team", "case-move", "users", more=True)]


def watching(who: User | AnonymousUser, case: Case) -> Action:
    """Watch it, or no more."""
    if Watch.objects.filter(case=case, user_id=who.pk or 0).exists():
        return _action(case, "Stop watching", "case-unwatch", "eye-off", at_once=True, more=True)
    return _action(case, "Watch", "case-watch", "eye", at_once=True, more=True)


def _denial(who: User | AnonymousUser, case: Case) -> list[Action]:
    """What may be done about the denial that a case follows; giving it up is the case's own deed."""
    denial = denial_of(case)
    return denial_deeds(who, denial, in_case=True) if denial is not None else []


def _mending(who: User | AnonymousUser, case: Case) -> list[Action]:
    """What sets the work going again, or ends it, by an act of its own: ask again, send back, write off."""
    found = []
    if again := inquiries.again_for(case):
        found.append(_action(case, again.label, "case-ask-again", "send"))
    if mend.may_return(who, case):
        found.append(_action(case, "Send back", "case-send-back", "undo-2"))
    if label := mend.write_off_label(who, case):
        found.append(_action(case, label, "case-write-off", "archive"))
    return found


def _owning(who: User | AnonymousUser, case: Case) -> list[Action]:
    found = []
    may_assign = access.may(who, Permission.ASSIGN_CASES, case.facility)
    if case.owner_id is None or (may_assign and case.owner_id != who.pk):
        label = "Take" if case.owner_id is None else "Take over"
        found.append(_action(case, label, "case-take", "hand", at_once=True))
    if may_assign:
        found.append(_action(case, "Assign", "case-assign", "user-plus"))
    return found


def _retrying(who: User | AnonymousUser, case: Case) -> list[Action]:
    if not case.held or case.state == CaseState.RELEASING or case.failure_class == FailureClass.SECURITY:
        return []
    found = [_action(case, "Retry", "case-retry", "refresh-cw")]
    if access.may(who, Permission.REPLAY, case.facility):
        found.append(_action(case, "Replay", "case-replay", "repeat"))
    return found


def _action(
    case: Case, label: str, name: str, icon: str, *, primary: bool = False, at_once: bool = False, more: bool = False
) -> Action:
    url = reverse(f"console:{name}", args=[case.number])
    return Action(label, url, icon, primary=primary, at_once=at_once, more=more, version=case.version)
