"""Cases linked to one another, and ready-made answers."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from exceptions import answers, links
from exceptions.errors import Changed, NotAllowedNow
from exceptions.models import Case, CaseLink, Note
from exceptions.states import LinkKind
from hub.governance.access import Actor
from hub.governance.models import AuditEntry
from tests.exceptions.world import held, no_charge, parked, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Actor:
    return person("alice", "specialist", "C07")


def labels(actor: Actor, case: Case) -> list[tuple[str, int]]:
    return [(one.label, one.case.number) for one in links.links_of(actor, case)]


def test_a_link_is_shown_from_both_sides_and_removed_from_either(alice: Actor) -> None:
    effect, cause = parked(held(no_charge())), parked(held())
    made = links.link(case_id=effect.id, other_id=cause.id, kind=LinkKind.CAUSED_BY, actor=alice)

    assert labels(alice, effect) == [("Caused by", cause.number)]
    assert labels(alice, cause) == [("Cause of", effect.number)]
    assert Note.objects.filter(case=cause, text=f"Cause of case {effect.number}.").exists()
    links.unlink(link_id=made.pk, actor=alice)
    assert labels(alice, cause) == []
    acts = AuditEntry.objects.order_by("sequence").values_list("action", flat=True)
    assert list(acts) == ["case.link", "case.unlink"]


def test_related_cases_are_so_both_ways_and_once(alice: Actor) -> None:
    one, two = parked(held(no_charge())), parked(held(no_charge()))
    links.link(case_id=two.id, other_id=one.id, kind=LinkKind.RELATED, actor=alice)
    for case, other in ((one, two), (two, one), (one, one)):
        with pytest.raises(NotAllowedNow):
            links.link(case_id=case.id, other_id=other.id, kind=LinkKind.RELATED, actor=alice)
    assert CaseLink.objects.count() == 1


def test_nobody_links_or_sees_what_is_outside_their_facilities(alice: Actor) -> None:
    near, far = parked(held(no_charge())), parked(held(no_charge(), facility="C08"))
    with pytest.raises(PermissionDenied):
        links.link(case_id=near.id, other_id=far.id, kind=LinkKind.RELATED, actor=alice)
    links.link(case_id=near.id, other_id=far.id, kind=LinkKind.RELATED, actor=person("linda", "lead"))
    assert labels(alice, near) == []


def test_answers_are_kept_by_leads_for_one_queue_or_all(alice: Actor) -> None:
    linda = person("linda", "lead")
    cash = answers.save_answer(actor=linda, name="Asked the bank", text="The bank was asked.", queue="cash")
    answers.save_answer(actor=linda, name="Done", text="Nothing left to do.")
    assert [one.name for one in answers.answers_for("cash")] == ["Asked the bank", "Done"]
    assert [one.name for one in answers.answers_for("denials")] == ["Done"]
    answers.save_answer(
        actor=linda, name="Asked the bank", text="We asked.", queue="cash", answer_id=cash.pk, version=cash.version
    )
    with pytest.raises(Changed):
        answers.save_answer(actor=linda, name="X", text="Y", answer_id=cash.pk, version=cash.version)
    with pytest.raises(ValidationError):
        answers.save_answer(actor=linda, name="Done", text="Twice.")
    with pytest.raises(PermissionDenied):
        answers.save_answer(actor=alice, name="Mine", text="No.")
    answers.remove_answer(answer_id=cash.pk, actor=linda)
    assert not answers.answers_for("denials").filter(queue="cash").exists()
