"""Replay: shown first, then done, with nothing happening twice outside and nothing replayed that must not be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from connectors.models import Delivery, Message, PostingKey, PostingState
from connectors.states import MessageState
from exceptions import replay
from exceptions.errors import ConfirmationNeeded, NotAllowedNow
from exceptions.replay import EffectState
from exceptions.states import MemberState, NoteKind
from hub.core.errors import SecurityRefusal
from hub.core.ids import uuid7
from hub.core.parking import Held
from hub.governance.models import AuditEntry
from orchestration.models import Run, Step
from orchestration.states import RunState, StepState
from tests.exceptions.world import held, parked, person

pytestmark = pytest.mark.django_db


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


def test_the_preview_says_which_effects_are_done_unknown_and_open() -> None:
    run = run_of(state=RunState.PARKED)
    sent(run, 1, "billing", "billing", PostingState.CONFIRMED)
    sent(run, 2, "receipt", "erp", None)
    (item,) = replay.preview(who=person("lena", "lead", "C07"), run_ids=[run.id]).items
    assert (item.blocked, item.amount, item.from_step) == ("", Decimal("45.00"), "match")
    assert item.steps == ("match", "billing", "receipt", "settle")
    assert [(e.step, e.system, e.state, e.reference) for e in item.effects] == [
        ("billing", "billing", EffectState.DONE, "J-7"),
        ("receipt", "erp", EffectState.OPEN, ""),
    ]


def test_from_a_later_step_only_later_effects_are_concerned() -> None:
    run = run_of()
    sent(run, 1, "billing", "billing", PostingState.CONFIRMED)
    sent(run, 2, "receipt", "erp", PostingState.UNCONFIRMED)
    plan = replay.preview(who=person("lena", "lead"), run_ids=[run.id], from_step="receipt")
    assert plan.items[0].steps == ("receipt", "settle")
    assert (plan.effects(EffectState.DONE), plan.effects(EffectState.UNKNOWN)) == (0, 1)


def test_the_preview_changes_nothing() -> None:
    run = run_of()
    replay.preview(who=person("lena", "lead"), run_ids=[run.id])
    run.refresh_from_db()
    assert (run.state, run.generation) == (RunState.SUCCEEDED, 1)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("values", "from_step", "why"),
    [
        ({"state": RunState.SENDING}, "", "under way"),
        ({"state": RunState.WAITING}, "", "under way"),
        ({}, "no-such-step", "has no step no-such-step"),
        ({"workflow": "W0"}, "", "no longer carried"),
        ({"version": 99}, "", "no longer carried"),
    ],
)
def test_what_cannot_be_replayed_says_why(values: dict[str, Any], from_step: str, why: str) -> None:
    plan = replay.preview(who=person("lena", "lead"), run_ids=[run_of(**values).id], from_step=from_step)
    assert why in plan.blocked[0].blocked
    assert plan.amount == 0


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"state": MessageState.DUPLICATE}, "repeats an earlier message"),
        ({"state": MessageState.RECEIVED}, "about to be processed"),
        ({"body": None}, "purged"),
    ],
)
def test_messages_that_cannot_be_replayed_say_why(values: dict[str, Any], why: str) -> None:
    plan = replay.preview(who=person("lena", "lead"), message_ids=[message(**values).id])
    assert why in plan.blocked[0].blocked


def test_a_message_whose_sender_was_not_proved_is_never_replayed() -> None:
    refused = message(MessageState.REJECTED)
    parked(held(SecurityRefusal("signature-wrong", "No."), ref=refused.id))
    engineer = person("erin", "engineer")
    report = replay.replay(actor=engineer, reason="It looks fine.", message_ids=[refused.id])
    refused.refresh_from_db()
    assert (report.replayed, refused.state) == (0, MessageState.REJECTED)
    assert "could not be proved" in report.outcomes[0].detail


def test_replaying_lets_the_runs_go_on_from_the_step_and_is_audited() -> None:
    done, busy = run_of(), run_of(state=RunState.SENDING)
    report = replay.replay(
        actor=person("lena", "lead", "C07"), reason="Wrong account.", run_ids=[done.id, busy.id], from_step="receipt"
    )
    done.refresh_from_db()
    busy.refresh_from_db()
    assert (done.state, done.step, done.generation) == (RunState.READY, "receipt", 2)
    assert (busy.state, busy.generation) == (RunState.SENDING, 1)
    assert {outcome.ref: outcome.replayed for outcome in report.outcomes} == {done.id: True, busy.id: False}
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.facility, entry.reason) == ("replay.run", "C07", "Wrong account.")
    assert (entry.after["replayed"], entry.after["left_out"], entry.after["dollars"]) == (1, 1, "45.00")


def test_replaying_twice_by_mistake_is_once() -> None:
    run, lead = run_of(), person("lena", "lead")
    replay.replay(actor=lead, reason="Once.", run_ids=[run.id, run.id])
    second = replay.replay(actor=lead, reason="Twice.", run_ids=[run.id])
    run.refresh_from_db()
    assert (second.replayed, run.generation) == (0, 2)


def test_messages_are_processed_again_whether_held_refused_or_done() -> None:
    messages = [message(state) for state in (MessageState.PROCESSED, MessageState.HELD, MessageState.REJECTED)]
    report = replay.replay(
        actor=person("lena", "lead"), reason="Translator corrected.", message_ids=[row.id for row in messages]
    )
    assert report.replayed == 3
    assert set(Message.objects.values_list("state", flat=True)) == {MessageState.RECEIVED}


def test_the_case_that_held_what_is_replayed_lets_go_of_it_and_says_by_whom() -> None:
    run = run_of(state=RunState.PARKED)
    case = parked(held(kind=Held.RUN, ref=run.id))
    assert replay.held_by(case.id) == ([run.id], [])
    replay.replay(actor=person("lena", "lead"), reason="Mapped.", run_ids=[run.id], from_step="billing")
    member = case.members.get()
    assert (member.state, member.released_at is not None) == (MemberState.RELEASED, True)
    note = case.notes.get(kind=NoteKind.RELEASED)
    assert (note.author, note.text) == ("lena", "Replayed 1 held from step billing.")


@pytest.mark.parametrize(("role", "facility"), [("specialist", "C07"), ("auditor", ""), ("lead", "C08")])
def test_nobody_replays_outside_their_role_or_scope(role: str, facility: str) -> None:
    run, who = run_of(), person("mallory", role, facility)
    with pytest.raises(PermissionDenied):
        replay.preview(who=who, run_ids=[run.id])
    with pytest.raises(PermissionDenied):
        replay.replay(actor=who, reason="Because.", run_ids=[run.id])
    run.refresh_from_db()
    assert run.generation == 1


def test_one_run_out_of_scope_stops_the_whole_replay() -> None:
    mine, theirs = run_of(), run_of(facility="C08")
    with pytest.raises(PermissionDenied):
        replay.replay(actor=person("lena", "lead", "C07"), reason="Both.", run_ids=[mine.id, theirs.id])
    mine.refresh_from_db()
    assert mine.generation == 1


def test_many_at_once_ask_for_a_confirmation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "CONFIRM_ABOVE", 2)
    runs, lead = [run_of().id for _ in range(3)], person("lena", "lead")
    with pytest.raises(ConfirmationNeeded) as asked:
        replay.replay(actor=lead, reason="All.", run_ids=runs)
    assert asked.value.subject == {"items": "3"}
    assert replay.replay(actor=lead, reason="All.", run_ids=runs, confirmed=True).replayed == 3


def test_a_replay_says_why_and_has_a_limit() -> None:
    lead = person("lena", "lead")
    with pytest.raises(NotAllowedNow, match="Say why"):
        replay.replay(actor=lead, reason="", run_ids=[run_of().id])
    with pytest.raises(NotAllowedNow, match="at most"):
        replay.replay(actor=lead, reason="All.", run_ids=[uuid7() for _ in range(replay.MOST + 1)])


def test_a_case_is_previewed_by_what_it_holds() -> None:
    run, row = run_of(state=RunState.PARKED), message(MessageState.HELD)
    case = parked(held(kind=Held.RUN, ref=run.id), held(ref=row.id))
    plan = replay.preview_case(who=person("lena", "lead"), case_id=case.id)
    assert [(item.kind, item.ref) for item in plan.replayable] == [(Held.RUN, run.id), (Held.MESSAGE, row.id)]
