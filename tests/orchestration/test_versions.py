"""Promise 9: a run keeps the version it began with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.masterdata import crosswalk
from hub.masterdata.models import CostCenter
from orchestration import editions, engine, replaying, starting
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
    for module in (engine, starting, replaying):
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


@pytest.mark.parametrize(("theirs", "version", "last"), [(True, 1, "settle"), (False, 2, "greet")])
def test_a_replay_takes_the_version_it_began_with_or_todays(
    world: World, request: pytest.FixtureRequest, theirs: bool, version: int, last: str
) -> None:
    happen(appointment())
    world.settle()
    request.getfixturevalue("both_versions")
    assert replaying.begin_again([Run.objects.get().id], theirs=theirs).refused == {}
    world.settle()
    run = Run.objects.get()
    assert (run.version, run.step, run.state) == (version, last, "succeeded")
    assert len(world.erp.books) == 1


def test_a_replay_with_theirs_resolves_codes_as_they_stood_and_with_todays_as_they_stand(world: World) -> None:
    happen(appointment())
    world.settle()
    run = Run.objects.get()
    before = run.outputs["enrich"]
    CostCenter.objects.filter(code=before["cost_center"]).update(code="CHANGED")
    crosswalk.forget()

    replaying.begin_again([run.id], theirs=True)
    world.settle()
    run.refresh_from_db()
    assert run.outputs["enrich"] == before

    replaying.begin_again([run.id])
    world.settle()
    run.refresh_from_db()
    assert run.outputs["enrich"]["cost_center"] == "CHANGED"
    assert run.pins["crosswalk"] != before["crosswalk"]


def test_an_edition_is_the_whole_crosswalk(group: None) -> None:
    standing = crosswalk.snapshot(fresh=True)
    editions.keep(standing)
    editions.edition.cache_clear()
    assert editions.edition(standing.number) == standing


def test_a_run_whose_mappings_are_not_kept_is_refused_with_theirs(world: World) -> None:
    happen(appointment())
    world.settle()
    Run.objects.update(pins={})
    run = Run.objects.get()
    assert "not kept" in replaying.begin_again([run.id], theirs=True).refused[run.id]
    assert replaying.begin_again([run.id]).runs == [run.id]


def test_a_run_notes_the_crosswalk_it_resolved_its_codes_with(world: World) -> None:
    happen(appointment())
    world.settle()
    run = Run.objects.get()
    assert run.pins["crosswalk"] == run.outputs["enrich"]["crosswalk"]
