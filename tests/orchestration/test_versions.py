"""Promise 9: a run keeps the version it began with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration import engine, services, starting
from orchestration.models import Run
from orchestration.work import Work
from orchestration.workflow import Done, Outcome, Registry, StepDefinition
from orchestration.workflows.schedule_to_plan import WORKFLOW
from tests.orchestration.world import World, appointment, happen


def greet(work: Work) -> Outcome:
    return Done({"said": "hello"})


SECOND = replace(WORKFLOW, version=2, steps=(StepDefinition("greet", "Say hello", greet),))


@pytest.fixture
def both_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = Registry([WORKFLOW, SECOND])
    for module in (engine, starting, services):
        monkeypatch.setattr(module, "WORKFLOWS", registry)


def test_a_run_that_began_before_a_new_version_ends_as_it_began(world: World, request: pytest.FixtureRequest) -> None:
    happen(appointment())
    request.getfixturevalue("both_versions")
    happen(appointment(number="2"))
    world.settle()
    assert list(Run.objects.order_by("id").values_list("version", "state", "step")) == [
        (1, "succeeded", "settle"),
        (2, "succeeded", "greet"),
    ]


def test_a_replay_keeps_the_version_too(world: World, request: pytest.FixtureRequest) -> None:
    happen(appointment())
    world.settle()
    request.getfixturevalue("both_versions")
    services.replay_run(Run.objects.get().id, "plan")
    world.settle()
    run = Run.objects.get()
    assert (run.version, run.step, run.state) == (1, "settle", "succeeded")
    assert len(world.erp.books) == 1


def test_a_run_notes_the_crosswalk_it_resolved_its_codes_with(world: World) -> None:
    happen(appointment())
    world.settle()
    run = Run.objects.get()
    assert run.pins["crosswalk"] == run.outputs["enrich"]["crosswalk"]
