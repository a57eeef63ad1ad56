"""Replays through the API: asked for and read; nothing of one happens before a person runs it."""

from __future__ import annotations

from tests.hub.api.test_endpoints import Caller
from tests.hub.console.cast import last_audit
from tests.hub.console.flow import Flow


def test_a_replay_is_asked_for_previewed_and_read(flow: Flow) -> None:
    erin, run = Caller("erin"), flow.billed
    asked = {"source": "runs", "ids": [str(run.pk)], "from_step": "receivable", "reason": "Check."}
    answer = erin.post("replays/", asked)
    assert (answer.status_code, answer.json()["state"], answer.json()["counts"]) == (201, "previewed", {"waiting": 1})
    assert (last_audit().action, last_audit().door) == ("replay.request", "api")
    number = answer.json()["number"]
    assert erin.get(f"replays/{number}/").json()["chosen"] == 1
    assert flow.billed.generation == run.generation

    assert Caller("audrey").post("replays/", asked).status_code == 403
    assert Caller("audrey").get(f"replays/{number}/").status_code == 200
    assert Caller("sandra").post("replays/", asked).status_code == 403
    wrong = erin.post("replays/", {"source": "visits", "ids": []})
    assert (wrong.status_code, {error["field"] for error in wrong.json()["errors"]}) == (
        400,
        {"source", "ids", "reason"},
    )
