"""Replay: shown first, approved where policy asks, done in parts, and nothing replayed that must not be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import QuerySet

from connectors.models import Delivery, Message, PostingKey, PostingState
from connectors.states import MessageState
from exceptions.errors import Changed, NotAllowedNow
from exceptions.models import Notice
from exceptions.replays import policy, report, selectors, services, work
from exceptions.replays.items import EffectState, message_items, run_items
from exceptions.replays.models import Replay, ReplayItem, ReplayRule
from exceptions.replays.states import ItemState, ReplayState, Source, Versions
from exceptions.states import MemberState, NoteKind, NoticeKind
from hub.core.clock import machine_now
from hub.core.errors import BusinessRefusal, SecurityRefusal
from hub.core.ids import uuid7
from hub.core.parking import Held
from hub.governance.access import Actor
from hub.governance.models import AuditEntry
from orchestration.models import Run, Step
from orchestration.states import RunState, StepState
from tests.exceptions.world import held, parked, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rules(db: None) -> None:
    """More than three items, or more than a thousand dollars of W5, ask for a second person."""
    ReplayRule.objects.all().delete()
    ReplayRule.objects.create(name="Large", items_above=3)
    ReplayRule.objects.create(name="Money of patients", dollars_above=Decimal("1000.00"), label="W5")


def run_of(workflow: str = "W5", facility: str = "C07", state: str = RunState.SUCCEEDED, **values: Any) -> Run:
    values = {"step": "settle", "step_index": 3, "amount": Decimal("45.00"), "version": 1} | values
    return Run.objects.create(
        workflow=workflow,
        subject=str(uuid7()),
        order_key=str(uuid7()),
        state=state,
        event_id=uuid7(),
        event_type="payment.settled",
        entity_key="P-1",
        journey_id=uuid7(),
        facility=facility,
        **values,
    )


def sent(run: Run, index: int, step: str, system: str, posting: PostingState | None) -> None:
    """`run` has sent this step's effect; `posting` is what is known of it, None where it was refused."""
    key = f"W5:{run.subject}:{step}"
    delivery = Delivery.objects.create(
        system=system, operation=f"{step}.post", posting_key=key, run_id=run.id, sealed_request=b""
    )
    Step.objects.create(run=run, index=index, name=step, state=StepState.DONE, posting_key=key, delivery_id=delivery.id)
    if posting:
        PostingKey.objects.create(system=system, key=key, delivery_id=delivery.id, state=posting, reference="J-7")


def message(state: str = MessageState.PROCESSED, facility: str = "C07", **values: Any) -> Message:
    values = {"body": b"sealed"} | values
    return Message.objects.create(
        feed_id=1, feed_code="gateway", size=1, sha256="", state=state, facility=facility, **values
    )


def asked(actor: Actor, *runs: Run, **values: Any) -> Replay:
    chosen: dict[str, Any] = {"source": Source.RUNS, "reason": "Wrong account.", "ids": [run.id for run in runs]}
    return services.request(actor=actor, **(chosen | values))


def every_run(user: Any, filters: Any) -> QuerySet[Run]:
    return Run.objects.all()


def fresh(replay: Replay) -> Replay:
    return Replay.objects.get(pk=replay.pk)


def worked_off(replay: Replay, rounds: int = 50) -> Replay:
    for _ in range(rounds):
        if not work.go_on(replay.pk):
            break
    return fresh(replay)


def outcomes(replay: Replay) -> dict[Any, tuple[str, str]]:
    return {item.ref: (item.state, item.detail) for item in replay.items.all()}


# --- the preview --------------------------------------------------------------------------------------------
def test_the_preview_says_which_effects_are_done_unknown_and_open_and_changes_nothing() -> None:
    run = run_of(state=RunState.PARKED)
    sent(run, 1, "billing", "billing", PostingState.CONFIRMED)
    sent(run, 2, "receipt", "erp", None)
    replay = asked(person("lena", "lead", "C07"), run)
    assert (replay.state, replay.counts, replay.amount) == (ReplayState.PREVIEWED, {"waiting": 1}, Decimal("45.00"))
    assert replay.effects == {EffectState.DONE: 1, EffectState.OPEN: 1}
    assert [(one["step"], one["state"], one["reference"]) for one in replay.items.get().effects] == [
        ("billing", "done", "J-7"),
        ("receipt", "open", ""),
    ]
    run.refresh_from_db()
    assert (run.state, run.generation) == (RunState.PARKED, 1)


def test_from_a_later_step_only_later_effects_are_concerned() -> None:
    run = run_of()
    sent(run, 1, "billing", "billing", PostingState.CONFIRMED)
    sent(run, 2, "receipt", "erp", PostingState.UNCONFIRMED)
    assert asked(person("lena", "lead"), run, from_step="receipt").effects == {EffectState.UNKNOWN: 1}


@pytest.mark.parametrize(
    ("values", "from_step", "theirs", "why"),
    [
        ({"state": RunState.SENDING}, "", False, "under way"),
        ({"state": RunState.WAITING}, "", False, "under way"),
        ({}, "no-such-step", False, "has no step no-such-step"),
        ({"workflow": "W0"}, "", False, "no longer carried"),
        ({"version": 99}, "", True, "no longer carried"),
        ({}, "", True, "not kept"),
    ],
)
def test_runs_that_cannot_be_replayed_say_why(values: dict[str, Any], from_step: str, theirs: bool, why: str) -> None:
    (item,) = run_items([run_of(**values).id], from_step, theirs=theirs)
    assert why in item.blocked


@pytest.mark.parametrize(
    ("values", "theirs", "why"),
    [
        ({"state": MessageState.DUPLICATE}, False, "repeats an earlier message"),
        ({"state": MessageState.RECEIVED}, False, "about to be processed"),
        ({"body": None}, False, "purged"),
        ({}, True, "is not kept"),
    ],
)
def test_messages_that_cannot_be_replayed_say_why(values: dict[str, Any], theirs: bool, why: str) -> None:
    (item,) = message_items([message(**values).id], theirs=theirs)
    assert why in item.blocked


def test_what_only_its_case_can_settle_is_left_out() -> None:
    run = run_of(state=RunState.PARKED)
    parked(held(BusinessRefusal("closed-period", "The period is closed."), kind=Held.RUN, ref=run.id))
    replay = asked(person("lena", "lead"), run)
    assert replay.counts == {ItemState.LEFT_OUT: 1}
    assert "closed period" in replay.items.get().detail


def test_a_message_whose_sender_was_not_proved_is_never_replayed() -> None:
    refused = message(MessageState.REJECTED)
    parked(held(SecurityRefusal("signature-wrong", "No."), ref=refused.id))
    erin = person("erin", "engineer")
    replay = services.request(actor=erin, source=Source.MESSAGES, reason="It looks fine.", ids=[refused.id])
    assert "could not be proved" in replay.items.get().detail
    with pytest.raises(NotAllowedNow, match="Nothing of it can be replayed"):
        services.run(replay_id=replay.pk, actor=erin)


def test_a_large_choice_is_previewed_in_parts_by_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exceptions.replays.preview.PART", 2)
    monkeypatch.setattr("exceptions.replays.preview.MOST", 5)
    selected = [run_of(amount=Decimal(1)) for _ in range(7)]
    monkeypatch.setattr(
        "exceptions.replays.selection._matching", {Source.RUNS: lambda user, filters: Run.objects.all()}
    )
    replay = services.request(actor=person("lena", "lead"), source=Source.RUNS, reason="All.", filters={})
    after = run_of()
    assert (replay.state, replay.total) == (ReplayState.GATHERING, 0)
    assert work.go_on(replay.pk)
    assert fresh(replay).total == 2
    replay = worked_off(replay)
    assert (replay.state, replay.total, replay.truncated, replay.amount) == (ReplayState.PREVIEWED, 5, True, Decimal(5))
    assert set(replay.items.values_list("ref", flat=True)) == {run.id for run in selected[:5]}
    assert after.id not in set(replay.items.values_list("ref", flat=True))


# --- approval -----------------------------------------------------------------------------------------------
def test_a_replay_that_a_rule_fits_takes_two_people() -> None:
    lena, erin, vera = person("lena", "lead", "C07"), person("erin", "engineer"), person("vera", "lead", "C08")
    replay = asked(lena, *(run_of() for _ in range(4)))
    assert replay.asks == ["Large: 4 items with $180.00 (more than 3)."]
    with pytest.raises(NotAllowedNow, match="second person"):
        services.run(replay_id=replay.pk, actor=lena)
    services.ask_for_approval(replay_id=replay.pk, actor=lena)
    assert [(one.user, one.kind) for one in Notice.objects.all()] == [(erin.user, NoticeKind.APPROVAL)]
    for actor, why in (
        (lena, NotAllowedNow),
        (vera, PermissionDenied),
        (person("stella", "steward"), PermissionDenied),
    ):
        with pytest.raises(why):
            services.approve(replay_id=replay.pk, actor=actor)
    services.approve(replay_id=replay.pk, actor=erin, reason="Seen.")
    with pytest.raises(Changed, match="erin decided"):
        services.refuse(replay_id=replay.pk, actor=erin, reason="Too late.")
    assert services.run(replay_id=replay.pk, actor=lena).state == ReplayState.RUNNING
    assert Notice.objects.filter(user=lena.user, kind=NoticeKind.DECIDED).count() == 1
    actions = list(AuditEntry.objects.order_by("sequence").values_list("actor", "action"))
    assert actions == [
        ("lena", "replay.request"), ("lena", "replay.ask"), ("erin", "replay.approve"), ("lena", "replay.run"),
    ]  # fmt: skip


def test_a_refusal_ends_it_with_its_reason() -> None:
    lena, erin = person("lena", "lead"), person("erin", "engineer")
    replay = asked(lena, run_of(amount=Decimal("1000.01")))
    assert replay.asks == ["Money of patients: 1 item of W5 with $1,000.01 (more than $1,000.00)."]
    services.ask_for_approval(replay_id=replay.pk, actor=lena)
    with pytest.raises(NotAllowedNow, match="Say why"):
        services.refuse(replay_id=replay.pk, actor=erin, reason=" ")
    replay = services.refuse(replay_id=replay.pk, actor=erin, reason="The bank has it already.")
    assert (replay.state, replay.decision_reason) == (ReplayState.REFUSED, "The bank has it already.")
    with pytest.raises(Changed):
        services.run(replay_id=replay.pk, actor=lena)


def test_rules_are_changed_by_those_who_approve_everywhere_and_seen_by_two_who_do() -> None:
    erin, rule = person("erin", "engineer"), ReplayRule.objects.get(name="Large")
    values = rule.values() | {"items_above": 10}
    with pytest.raises(PermissionDenied):
        policy.keep_rule(actor=person("lena", "lead", "C07"), values=values, rule_id=rule.pk)
    policy.keep_rule(actor=erin, values=values, rule_id=rule.pk, version=1)
    with pytest.raises(Changed):
        policy.keep_rule(actor=erin, values=values, rule_id=rule.pk, version=1)
    with pytest.raises(NotAllowedNow, match="number of items"):
        policy.keep_rule(actor=erin, values=values | {"items_above": None, "name": "Empty"})
    entry = AuditEntry.objects.get(action="replay.rule")
    assert (entry.before["items_above"], entry.after["items_above"]) == (3, 10)


# --- the work -----------------------------------------------------------------------------------------------
def test_a_replay_begins_what_it_can_follows_it_and_seals_its_report() -> None:
    lena = person("lena", "lead", "C07")
    done, fails, busy = run_of(), run_of(), run_of(state=RunState.SENDING)
    replay = asked(lena, done, fails, busy, from_step="receipt")
    services.run(replay_id=replay.pk, actor=lena)
    replay = worked_off(replay)
    done.refresh_from_db()
    busy.refresh_from_db()
    assert (done.state, done.step, done.generation) == (RunState.READY, "receipt", 2)
    assert (busy.state, busy.generation) == (RunState.SENDING, 1)
    assert (replay.state, replay.counts) == (ReplayState.RUNNING, {ItemState.LEFT_OUT: 1, ItemState.UNDER_WAY: 2})

    Run.objects.filter(pk=done.pk).update(state=RunState.SUCCEEDED)
    Run.objects.filter(pk=fails.pk).update(state=RunState.PARKED)
    Step.objects.create(run=fails, index=2, name="receipt", generation=2, state=StepState.PARKED, detail="No account.")
    replay = worked_off(replay)
    assert replay.state == ReplayState.DONE
    assert outcomes(replay)[done.id] == (ItemState.DONE, "")
    assert outcomes(replay)[fails.id] == (ItemState.FAILED, "No account.")
    entry = AuditEntry.objects.get(sequence=replay.sealed_as)
    assert (entry.action, entry.facility, entry.after) == ("replay.report", "C07", replay.report)
    assert entry.after["items"] == {"done": 1, "failed": 1, "left_out": 1}
    assert entry.after["dollars"] == {"done": "45.00", "failed": "45.00", "left_out": "45.00"}
    assert report.verify(replay).holds


@pytest.mark.parametrize("forged", ["item", "report", "entry"])
def test_a_report_that_somebody_changed_does_not_hold(forged: str) -> None:
    lena, run = person("lena", "lead"), run_of()
    replay = asked(lena, run)
    services.run(replay_id=replay.pk, actor=lena)
    worked_off(replay)
    Run.objects.update(state=RunState.SUCCEEDED)
    replay = worked_off(replay)
    if forged == "item":
        ReplayItem.objects.update(state=ItemState.FAILED)
    elif forged == "report":
        replay.report["items"]["done"] = 2
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("UPDATE governance_auditentry SET actor = 'nobody' WHERE sequence = %s", [replay.sealed_as])
            cursor.execute("SET session_replication_role = DEFAULT")
    assert not report.verify(replay).holds


def test_replaying_twice_by_mistake_is_once() -> None:
    run, lena = run_of(), person("lena", "lead")
    first, second = asked(lena, run), asked(lena, run)
    for replay in (first, second):
        services.run(replay_id=replay.pk, actor=lena)
        worked_off(replay)
    run.refresh_from_db()
    assert (run.generation, fresh(second).counts) == (2, {ItemState.LEFT_OUT: 1})
    assert "under way" in second.items.get().detail


def test_messages_are_processed_again_whether_held_refused_or_done() -> None:
    lena = person("lena", "lead")
    messages = [message(state) for state in (MessageState.PROCESSED, MessageState.HELD, MessageState.REJECTED)]
    ids = [row.id for row in messages]
    replay = services.request(actor=lena, source=Source.MESSAGES, reason="Translator corrected.", ids=ids)
    services.run(replay_id=replay.pk, actor=lena)
    worked_off(replay)
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.RECEIVED}
    Message.objects.filter(pk=ids[0]).update(state=MessageState.HELD, detail="PID-5 is missing.")
    Message.objects.filter(pk__in=ids[1:]).update(state=MessageState.PROCESSED)
    replay = worked_off(replay)
    assert outcomes(replay)[ids[0]] == (ItemState.FAILED, "PID-5 is missing.")
    assert replay.counts == {ItemState.DONE: 2, ItemState.FAILED: 1}


def test_a_case_is_replayed_by_what_it_holds_lets_go_of_it_and_says_by_whom() -> None:
    run, row, lena = run_of(state=RunState.PARKED), message(MessageState.HELD), person("lena", "lead", "C07")
    case = parked(held(kind=Held.RUN, ref=run.id), held(ref=row.id))
    replay = services.request(actor=lena, source=Source.CASES, reason="Mapped.", ids=[case.id])
    assert {(item.kind, item.ref) for item in replay.items.all()} == {("run", run.id), ("message", row.id)}
    assert replay.classes == {"mapping": [2, "45.00"]}
    services.run(replay_id=replay.pk, actor=lena)
    worked_off(replay)
    assert set(case.members.values_list("state", flat=True)) == {MemberState.RELEASED}
    note = case.notes.get(kind=NoteKind.RELEASED)
    assert (note.author, note.text) == ("lena", f"Replay {replay.number} takes up what is held here. Mapped.")


def test_a_rate_begins_so_many_a_second_and_pausing_begins_none() -> None:
    lena = person("lena", "lead")
    replay = asked(lena, *(run_of() for _ in range(3)), rate=1)
    services.run(replay_id=replay.pk, actor=lena, rate=1)
    worked_off(replay)
    assert Run.objects.filter(state=RunState.READY).count() == 1
    assert fresh(replay).due_at > machine_now()  # type: ignore[operator]
    services.pause(replay_id=replay.pk, actor=lena)
    Replay.objects.update(due_at=None)
    worked_off(replay)
    assert Run.objects.filter(state=RunState.READY).count() == 1
    services.resume(replay_id=replay.pk, actor=lena)
    services.set_rate(replay_id=replay.pk, actor=lena, rate=0)
    worked_off(replay)
    assert Run.objects.filter(state=RunState.READY).count() == 3


def test_stopping_leaves_out_what_has_not_begun_and_reports_when_the_rest_is_over() -> None:
    lena = person("lena", "lead")
    replay = asked(lena, *(run_of() for _ in range(3)))
    services.run(replay_id=replay.pk, actor=lena, rate=1)
    worked_off(replay)
    services.stop(replay_id=replay.pk, actor=lena, reason="Wrong filter.")
    replay = worked_off(replay)
    assert (replay.state, replay.counts) == (ReplayState.STOPPING, {ItemState.UNDER_WAY: 1, ItemState.LEFT_OUT: 2})
    Run.objects.filter(state=RunState.READY).update(state=RunState.SUCCEEDED)
    replay = worked_off(replay)
    assert (replay.state, replay.report["items"]["done"]) == (ReplayState.STOPPED, 1)


# --- who ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("role", "facility"), [("specialist", "C07"), ("auditor", ""), ("lead", "C08")])
def test_nobody_replays_outside_their_role_or_scope(role: str, facility: str) -> None:
    run, who = run_of(), person("mallory", role, facility)
    with pytest.raises(PermissionDenied):
        asked(who, run)
    replay = asked(person("lena", "lead"), run)
    with pytest.raises(PermissionDenied):
        services.run(replay_id=replay.pk, actor=who)
    assert (facility == "C08") is not selectors.replays(who).filter(pk=replay.pk).exists()


def test_what_a_filter_finds_out_of_scope_is_left_out_and_told_nothing_of(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = run_of(), run_of(facility="C08")
    monkeypatch.setattr(
        "exceptions.replays.selection._matching", {Source.RUNS: lambda user, filters: Run.objects.all()}
    )
    replay = worked_off(
        services.request(actor=person("lena", "lead", "C07"), source=Source.RUNS, reason="All.", filters={})
    )
    assert (replay.facilities, replay.chosen) == (["C07"], 1)
    left = replay.items.get(ref=theirs.id)
    assert (left.state, left.label, left.facility, left.amount) == (ItemState.LEFT_OUT, "", "", 0)
    assert replay.items.get(ref=mine.id).state == ItemState.WAITING


def test_a_replay_says_why_what_and_how_much() -> None:
    lena = person("lena", "lead")
    for values, why in (
        ({"reason": " "}, "Say why"),
        ({"ids": [uuid7() for _ in range(services.MOST_IDS + 1)]}, "At most"),
        ({"ids": []}, "Choose what"),
        ({"source": Source.MESSAGES, "ids": [message().id], "from_step": "plan"}, "Only runs have steps"),
    ):
        with pytest.raises(NotAllowedNow, match=why):
            asked(lena, **values)


def test_two_people_see_each_others_change() -> None:
    lena, erin = person("lena", "lead"), person("erin", "engineer")
    replay = asked(lena, run_of(), versions=Versions.TODAY)
    seen = replay.version
    services.withdraw(replay_id=replay.pk, actor=erin, version=seen)
    with pytest.raises(Changed, match="withdrawn"):
        services.run(replay_id=replay.pk, actor=lena, version=seen)


def test_a_command_holds_reports_against_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    lena, run = person("lena", "lead"), run_of()
    replay = asked(lena, run)
    services.run(replay_id=replay.pk, actor=lena)
    with pytest.raises(CommandError, match="has no report"):
        call_command("verify_replay", str(replay.number))
    worked_off(replay)
    Run.objects.update(state=RunState.SUCCEEDED)
    worked_off(replay)
    call_command("verify_replay")
    assert f"replay {replay.number} holds" in capsys.readouterr().out
    ReplayItem.objects.update(detail="Nothing happened here.")
    with pytest.raises(CommandError, match="not those that the report was made of"):
        call_command("verify_replay", str(replay.number))
