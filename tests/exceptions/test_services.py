"""What people do with cases: who may, what it leaves behind, and what happens when two do it at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from exceptions import services
from exceptions.errors import Changed, HeldUndecided, NotAllowedNow
from exceptions.models import Case, Note
from exceptions.services import HeldChoice
from exceptions.states import CaseState, MemberState, NoteKind, Resolution
from hub.core.errors import SecurityRefusal
from hub.governance.access import Actor
from hub.governance.models import AuditEntry
from tests.exceptions.world import held, parked, person

pytestmark = pytest.mark.django_db

ACTS: dict[str, Callable[[Case, Actor], Any]] = {
    "take": lambda case, who: services.take(case_id=case.id, actor=who),
    "comment": lambda case, who: services.comment(case_id=case.id, actor=who, text="Asked the clinic."),
    "resolve": lambda case, who: services.resolve(
        case_id=case.id, actor=who, resolution=Resolution.NO_ACTION, reason="Test data.", held=HeldChoice.DISMISS
    ),
    "release": lambda case, who: services.release(case_id=case.id, actor=who),
    "retry_members": lambda case, who: services.retry_members(case_id=case.id, actor=who, member_ids=[]),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_specialist_works_the_cases_of_their_facility(act: str) -> None:
    case = parked(held())
    ACTS[act](case, person("alice", "specialist", "C07"))


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(("role", "facility"), [("specialist", "C08"), ("auditor", ""), ("executive", "C07")])
def test_nobody_works_a_case_outside_their_scope_or_role(act: str, role: str, facility: str) -> None:
    case = parked(held())
    with pytest.raises(PermissionDenied):
        ACTS[act](case, person("mallory", role, facility))
    case.refresh_from_db()
    assert (case.state, case.version) == (CaseState.OPEN, 1)
    assert not AuditEntry.objects.exists()


def test_a_case_of_the_whole_group_asks_for_a_grant_everywhere() -> None:
    refused = SecurityRefusal("signature-wrong", "The signature does not match the body.")
    case = parked(held(refused, facility="C07"))
    assert case.facility == ""
    with pytest.raises(PermissionDenied):
        services.take(case_id=case.id, actor=person("alice", "specialist", "C07"))
    assert services.take(case_id=case.id, actor=person("erin", "engineer")).owner is not None


def test_taking_makes_it_ones_own_and_says_so_in_story_and_audit() -> None:
    alice = person("alice", "specialist", "C07")
    case = services.take(case_id=parked(held()).id, actor=alice, version=1)
    assert (case.owner, case.state, case.version) == (alice.user, CaseState.IN_PROGRESS, 2)
    assert case.notes.get(kind=NoteKind.OWNER).text == "Taken by alice."
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.object_id, entry.facility) == ("alice", "case.take", str(case.id), "C07")
    assert (entry.before["owner"], entry.after["owner"]) == ("", "alice")

    assert services.take(case_id=case.id, actor=alice).version == 2, "it is hers already"
    assert AuditEntry.objects.count() == 1


def test_taking_from_someone_else_asks_for_the_permission_to_assign() -> None:
    case = services.take(case_id=parked(held()).id, actor=person("alice", "specialist", "C07"))
    with pytest.raises(PermissionDenied):
        services.take(case_id=case.id, actor=person("bob", "specialist", "C07"))
    lead = person("lena", "lead", "C07")
    assert services.take(case_id=case.id, actor=lead).owner == lead.user


def test_a_lead_assigns_only_to_someone_who_may_work_it_there() -> None:
    case, lead = parked(held()), person("lena", "lead", "C07")
    charlie, alice = person("charlie", "specialist", "C08").user, person("alice", "specialist", "C07").user
    with pytest.raises(NotAllowedNow, match="may not work cases at C07"):
        services.assign(case_id=case.id, actor=lead, owner=charlie)
    assert services.assign(case_id=case.id, actor=lead, owner=alice, reason="On shift.").owner == alice
    assert services.assign(case_id=case.id, actor=lead, owner=None).state == CaseState.OPEN


def test_a_specialist_does_not_assign() -> None:
    alice = person("alice", "specialist", "C07")
    with pytest.raises(PermissionDenied):
        services.assign(case_id=parked(held()).id, actor=alice, owner=alice.user)


def test_whoever_acts_on_what_they_no_longer_see_is_told_who_did_what() -> None:
    case = parked(held())
    services.take(case_id=case.id, actor=person("alice", "lead", "C07"), version=1)
    with pytest.raises(Changed, match="alice: Taken by alice"):
        services.assign(case_id=case.id, actor=person("bob", "lead", "C07"), owner=None, version=1)
    case.refresh_from_db()
    assert case.owner is not None


def test_work_that_joins_does_not_make_a_persons_view_stale() -> None:
    case = parked(held())
    parked(held())
    assert services.take(case_id=case.id, actor=person("alice", "specialist", "C07"), version=1).version == 2


def test_a_stranger_is_not_told_who_did_what() -> None:
    case = parked(held())
    with pytest.raises(PermissionDenied):
        services.take(case_id=case.id, actor=person("mallory", "specialist", "C08"), version=7)


def test_a_comment_is_kept_and_an_empty_or_endless_one_refused() -> None:
    case, alice = parked(held()), person("alice", "specialist", "C07")
    note = services.comment(case_id=case.id, actor=alice, text="  Asked the clinic. ")
    assert (note.author, note.kind, note.text) == ("alice", NoteKind.COMMENT, "Asked the clinic.")
    for text in (" ", "x" * 2001):
        with pytest.raises(NotAllowedNow, match="comment"):
            services.comment(case_id=case.id, actor=alice, text=text)
    assert Note.objects.filter(kind=NoteKind.COMMENT).count() == 1


def test_resolving_a_case_that_holds_work_asks_what_happens_with_it() -> None:
    case, alice = parked(held(), held()), person("alice", "specialist", "C07")
    with pytest.raises(HeldUndecided) as refused:
        services.resolve(case_id=case.id, actor=alice, resolution=Resolution.NO_ACTION, reason="Test data.")
    assert refused.value.subject == {"held": "2"}
    resolved = services.resolve(
        case_id=case.id, actor=alice, resolution=Resolution.NO_ACTION, reason="Test data.", held=HeldChoice.DISMISS
    )
    assert (resolved.state, resolved.resolution, resolved.held) == (CaseState.RESOLVED, Resolution.NO_ACTION, 0)
    assert set(case.members.values_list("state", flat=True)) == {MemberState.DISMISSED}
    assert AuditEntry.objects.get().after["dismissed"] == 2


def test_resolving_with_release_ends_the_case_only_when_its_work_went_through() -> None:
    case, alice = parked(held()), person("alice", "specialist", "C07")
    releasing = services.resolve(
        case_id=case.id, actor=alice, resolution=Resolution.SETTLED, reason="Paid by phone.", held=HeldChoice.RELEASE
    )
    assert (releasing.state, releasing.resolution) == (CaseState.RELEASING, Resolution.SETTLED)


def test_resolving_says_why() -> None:
    with pytest.raises(NotAllowedNow, match="Say why"):
        services.resolve(
            case_id=parked(held()).id,
            actor=person("alice", "specialist", "C07"),
            resolution=Resolution.NO_ACTION,
            reason=" ",
        )


def test_a_resolved_case_is_not_resolved_taken_or_released_again() -> None:
    case, lead = parked(held()), person("lena", "lead", "C07")
    ACTS["resolve"](case, lead)
    for act in ("take", "resolve", "release"):
        with pytest.raises(Changed, match="resolved"):
            ACTS[act](case, lead)


def test_a_resolved_case_reopens_unless_its_cause_came_back_by_itself() -> None:
    case, lead = parked(held()), person("lena", "lead", "C07")
    ACTS["resolve"](case, lead)
    again = services.reopen(case_id=case.id, actor=lead, reason="Closed by mistake.")
    assert (again.state, again.resolution, again.resolved_at) == (CaseState.OPEN, "", None)
    ACTS["resolve"](case, lead)
    newer = parked(held())
    with pytest.raises(Changed, match=f"case {newer.number} is open"):
        services.reopen(case_id=case.id, actor=lead, reason="Closed by mistake.")


def test_what_nobody_could_prove_is_never_released() -> None:
    case = parked(held(SecurityRefusal("signature-wrong", "The signature does not match the body.")))
    engineer = person("erin", "engineer")
    for act in ("release", "retry_members"):
        with pytest.raises(NotAllowedNow, match="never processed"):
            ACTS[act](case, engineer)
    with pytest.raises(NotAllowedNow, match="never processed"):
        services.resolve(
            case_id=case.id,
            actor=engineer,
            resolution=Resolution.NO_ACTION,
            reason="It looks fine.",
            held=HeldChoice.RELEASE,
        )
