"""Runbooks: what their text becomes, which one fits, how they are written, and what is kept of their use."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from exceptions.errors import Changed, NotAllowedNow
from exceptions.models import Case
from exceptions.runbooks import selectors, services
from exceptions.runbooks.binding import Trouble, best
from exceptions.runbooks.first_load import first_runbooks, install
from exceptions.runbooks.models import Runbook, RunbookUse
from exceptions.runbooks.reading import Prose, Steps, read, steps_of, unknown_actions
from exceptions.runbooks.states import RunbookState, SafeAction, UseKind, UseOutcome
from hub.core.errors import FailureClass
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry
from hub.governance.roles import Role
from tests.exceptions.world import held, no_charge, parked
from tests.hub.governance.people import actor

BODY = "Look first.\n\n- [ ] Ask whether it *answers*. {test-connection erp}\n- [ ] Wait.\n\nThen rest.\n"


# --- reading ------------------------------------------------------------------------------------------------
def test_steps_stand_between_the_prose_with_their_buttons() -> None:
    first, steps, last = read(BODY)
    assert (first, last) == (Prose("<p>Look first.</p>\n"), Prose("<p>Then rest.</p>\n"))
    assert isinstance(steps, Steps)
    ask, wait = steps.steps
    assert (ask.html, ask.action, ask.target) == ("Ask whether it <em>answers</em>.", SafeAction.TEST, "erp")
    assert (wait.text, wait.action) == ("Wait.", None)


def test_a_step_keeps_its_mark_when_only_others_change_and_twice_the_same_is_two() -> None:
    marks = [step.mark for step in steps_of("- [ ] Wait.\n- [ ] Wait.\n")]
    assert len(set(marks)) == 2
    assert marks[0] in {step.mark for step in steps_of("- [ ] New\n- [ ] wait.  {drain}\n")}


def test_what_looks_like_a_step_in_code_is_code() -> None:
    assert steps_of("```\n- [ ] not one\n```\n") == []


def test_headings_begin_below_the_cards_and_leave_no_level_out() -> None:
    [prose] = read("# A\n\n#### B\n")
    assert prose == Prose("<h3>A</h3>\n<h4>B</h4>\n")


def test_a_brace_that_is_no_button_is_named() -> None:
    assert unknown_actions("- [ ] Do it {explode}\n- [ ] Ask {drain}\n") == ["explode"]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("<>\"'&;:/()[]{}!*_`#-| \nscript=onerjavtyl")), max_size=120))
def test_nothing_that_an_author_types_becomes_markup_of_its_own(text: str) -> None:
    hostile = text + "<script>x</script><img src=x onerror=y>[a](javascript:x)![p](https://evil/p.png)[b](//evil)"
    html = "".join(
        block.html if isinstance(block, Prose) else "".join(step.html for step in block.steps)
        for block in read(hostile)
    )
    for forbidden in ("<script", "<img", 'href="javascript:', 'href="//', "<iframe", "<style"):
        assert forbidden not in html.lower()


# --- binding ------------------------------------------------------------------------------------------------
def test_the_binding_that_says_most_wins() -> None:
    down = Trouble("outage", "system-down", "erp", frozenset({"system.down"}))
    by_class, by_system = [{"failure_class": "outage"}], [{"failure_class": "outage", "system": "erp"}]
    by_code, elsewhere = [{"code": "system-down"}], [{"failure_class": "outage", "system": "billing"}]
    scores = [best(bindings, down) for bindings in (by_code, by_system, by_class, elsewhere, [{}], [])]
    assert scores == [8, 6, 2, 0, 0, 0]


# --- the first ones -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_class_of_failure_has_a_first_runbook_and_the_load_adds_only_what_is_missing() -> None:
    for first in first_runbooks():
        assert steps_of(first.body), first.code
        assert unknown_actions(first.body) == [], first.code
    call_command("install_runbooks", verbosity=0)
    made = Runbook.objects.count()
    uncovered = {
        kind.value
        for kind in FailureClass
        if kind is not FailureClass.BUSINESS and not selectors.fitting(Trouble(kind))
    }
    assert (uncovered, made > 20, install(Actor.command())) == (set(), True, 0)
    assert selectors.fitting(Trouble("outage", "system-down", "erp"))[0].code == "erp-down"


# --- writing ------------------------------------------------------------------------------------------------
def lou() -> Actor:
    found = User.objects.filter(username="lou").first()
    return Actor.of(found, Door.PAGE) if found else actor("lou", Role.LEAD)


def make(**changes: Any) -> Runbook:
    values = {"code": "wait", "title": "Wait", "summary": "", "body": BODY, "bindings": [{"failure_class": "business"}]}
    return services.create(**{**values, **changes}, actor=lou(), reason="New")  # type: ignore[arg-type]


def write(version: int | None = None, **changes: Any) -> Runbook:
    now = Runbook.objects.get(code="wait")
    values = {name: getattr(now, name) for name in ("title", "summary", "body", "bindings")}
    return services.write(code="wait", **{**values, **changes}, actor=lou(), reason="Better", version=version)


@pytest.mark.django_db
def test_each_version_is_kept_and_an_earlier_one_can_be_said_again() -> None:
    make()
    write(body="- [ ] Only this.\n")
    restored = services.restore(code="wait", number=1, actor=lou(), reason="It was better", version=2)
    assert (restored.version, restored.body) == (3, BODY)
    assert [(row.version, row.history_change_reason) for row in selectors.versions(restored)] == [
        (3, "It was better"), (2, "Better"), (1, "New"),
    ]  # fmt: skip
    assert list(AuditEntry.objects.order_by("sequence").values_list("action", flat=True)) == [
        "runbook.create", "runbook.write", "runbook.write",
    ]  # fmt: skip


@pytest.mark.django_db
def test_two_people_writing_at_once_see_each_others_change_instead_of_losing_it() -> None:
    make()
    write(version=1, title="Wait longer")
    with pytest.raises(Changed, match="lou wrote version 2 meanwhile"):
        write(version=1, title="Wait less")
    assert Runbook.objects.get().title == "Wait longer"


@pytest.mark.django_db
def test_what_cannot_be_written_is_refused_and_changes_nothing() -> None:
    make()
    for wrong in ({"body": "- [ ] x {explode}"}, {}):
        with pytest.raises(NotAllowedNow):
            write(**wrong)
    with pytest.raises(NotAllowedNow, match="There is a runbook wait already"):
        make()
    for who in (actor("sam", Role.STEWARD), actor("len", Role.LEAD, facility="C07")):
        with pytest.raises(PermissionDenied):
            services.write(code="wait", title="x", summary="", body="x", bindings=[], actor=who, reason="x")
    assert Runbook.objects.get().version == 1


@pytest.mark.django_db
def test_a_retired_runbook_is_shown_nowhere_by_itself() -> None:
    make()
    services.set_state(code="wait", state=RunbookState.RETIRED, actor=lou(), reason="Old", version=1)
    assert selectors.fitting(Trouble("business")) == []


# --- use ----------------------------------------------------------------------------------------------------
@pytest.fixture
def case(db: None) -> Case:
    return parked(held(no_charge(), facility="C07", amount="10.00"))


def tick(case: Case, mark: str, *, done: bool = True, who: Actor | None = None) -> bool:
    return services.tick(code="wait", case_id=case.pk, mark=mark, done=done, actor=who or lou())


def test_a_step_is_ticked_once_by_whoever_is_first_and_can_be_taken_back(case: Case) -> None:
    runbook = make()
    mark = steps_of(BODY)[1].mark
    assert (tick(case, mark), tick(case, mark)) == (True, False)
    assert selectors.ticked(runbook, selectors.uses_of_case(case))[mark].by == "lou"
    assert tick(case, mark, done=False)
    assert selectors.ticked(runbook, selectors.uses_of_case(case)) == {}
    assert list(RunbookUse.objects.order_by("id").values_list("kind", "by")) == [
        (UseKind.STEP, "lou"), (UseKind.UNDONE, "lou"),
    ]  # fmt: skip
    assert AuditEntry.objects.filter(action="runbook.step", facility="C07").count() == 1


def test_what_is_ticked_stays_so_where_the_steps_text_stayed(case: Case) -> None:
    runbook = make()
    ask, wait = (step.mark for step in steps_of(BODY))
    tick(case, ask)
    tick(case, wait)
    write(body="- [ ] Something before.\n- [ ] Wait.\n")
    done = selectors.ticked(runbook, selectors.uses_of_case(case))
    [before, still] = [step.mark in done for step in steps_of(Runbook.objects.get().body)]
    assert (before, still) == (False, True)
    with pytest.raises(Changed, match="not in it any more"):
        tick(case, ask, done=False)


def test_an_action_that_was_refused_does_not_count_as_its_step_done(case: Case) -> None:
    runbook = make()
    ask = steps_of(BODY)[0].mark
    for outcome, expected in ((UseOutcome.REFUSED, False), (UseOutcome.DONE, True)):
        services.keep_action(
            runbook=runbook, action=SafeAction.TEST, actor=lou(), outcome=outcome, detail="x", case=case, mark=ask
        )
        assert (ask in selectors.ticked(runbook, selectors.uses_of_case(case))) is expected


def test_nobody_ticks_a_step_for_a_case_of_another_facility(case: Case) -> None:
    make()
    with pytest.raises(PermissionDenied):
        tick(case, steps_of(BODY)[1].mark, who=actor("kim", Role.SPECIALIST, facility="NLM"))
    assert not RunbookUse.objects.exists()
