"""Replays in the console: asked for from a run, a message, a case or a list; previewed, approved, run, reported."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from connectors.models import Message
from exceptions.replays import work
from exceptions.replays.models import Replay
from exceptions.replays.states import ReplayState
from orchestration.models import Run, Step
from tests.hub.console.cast import last_audit, signed_in
from tests.hub.console.flow import Flow, nothing_of_a_patient

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def newest() -> Replay:
    return Replay.objects.order_by("-number")[0]


def do(client: Client, deed: str, **data: object) -> int:
    """Press a button of the newest replay, as it stands; the answer's status."""
    replay = newest()
    answer = client.post(f"/replays/{replay.number}/{deed}/", {"version": replay.version, **data}, headers=HTMX)
    return answer.status_code


def page(client: Client, tail: str = "") -> str:
    answer = client.get(f"/replays/{newest().number}/{tail}")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert nothing_of_a_patient(text)
    return text


def finish(flow: Flow) -> None:
    for _ in range(20):
        work.work()
        flow.world.settle()
        if newest().finished_at:
            return
    raise AssertionError("the replay does not end")


def test_a_run_is_previewed_and_then_posts_nothing_twice(flow: Flow) -> None:
    linda = signed_in("linda")
    assert (
        'value="receivable" selected'
        in linda.get(f"/runs/{flow.billed.pk}/replay/?from_step=receivable").content.decode()
    )
    asked = {"from_step": "receivable", "versions": "theirs", "reason": "Check"}
    answer = linda.post(f"/runs/{flow.billed.pk}/replay/", asked)
    assert answer["Location"] == f"/replays/{newest().number}/"
    text = page(linda)
    assert "Done before: they do not happen again" in text
    assert "1 would differ" in text, "the claim is paid by now"
    paid = {"place": "Step accepted: status", "before": "accepted", "after": "paid"}
    assert paid in newest().items.get().differences
    assert "Await acceptance: status" in text, "in the words of the workflow"
    assert flow.billed.generation == 1

    assert do(linda, "run") in {200, 302}
    finish(flow)
    assert (newest().state, flow.billed.generation) == (ReplayState.DONE, 2)
    assert Step.objects.filter(run=flow.billed, state="replaced").exists()
    assert set(flow.world.erp.times().values()) == {1}
    assert last_audit().action == "replay.report"
    assert "Digest of the items" in page(linda)
    answer = linda.post(f"/replays/{newest().number}/verify/", follow=True)
    assert "The report holds" in answer.content.decode()


def test_a_message_is_processed_again_without_a_second_effect(flow: Flow) -> None:
    erin, before, message = signed_in("erin"), flow.world.erp.times(), flow.booking.pk
    erin.post(f"/messages/{message}/replay/", {"reason": "After the fix"})
    assert do(erin, "run") in {200, 302}
    finish(flow)
    assert Message.objects.get(pk=message).state == "processed"
    assert flow.world.erp.times() == before


def test_a_remittance_that_would_bring_what_it_brought_differs_in_nothing(flow: Flow) -> None:
    """Its events have lists and tables in them, which a database writes down in its own order."""
    erin = signed_in("erin")
    erin.post(f"/messages/{flow.remittance.pk}/replay/", {"reason": "Check"})
    assert newest().compared == 1
    assert [item.differences for item in newest().items.all()] == [[]]


def test_everything_that_a_filter_of_the_list_lets_by_is_chosen_and_the_rest_is_not(flow: Flow) -> None:
    linda = signed_in("linda")
    rows = Run.objects.filter(workflow="W1")
    chosen = {"bulk": "replay", "all": "1"}
    assert 'name="versions"' in linda.post("/runs/?workflow=W1&sort=-created", chosen, headers=HTMX).content.decode()
    chosen |= {"confirmed": "1", "reason": "All of W1.", "versions": "today"}
    answer = linda.post("/runs/?workflow=W1&sort=-created", chosen, headers=HTMX)
    assert answer["HX-Redirect"] == f"/replays/{newest().number}/"
    assert newest().selection == {"filters": {"query": "workflow=W1"}}
    assert "looked at so far" in page(linda)
    work.work()
    assert (newest().state, newest().total) == (ReplayState.PREVIEWED, rows.count())
    assert set(newest().items.values_list("ref", flat=True)) == set(rows.values_list("pk", flat=True))
    exported = linda.get(f"/replays/{newest().number}/items/?export=csv")
    lines = list(csv.reader(io.StringIO(exported.getvalue().decode())))  # type: ignore[attr-defined]
    assert len(lines) == 1 + rows.count()
    assert len(page(linda, "items/?state=waiting")) > len(page(linda, "items/?state=failed"))
    assert page(linda, f"items/{newest().items.order_by('id')[0].pk}/")
