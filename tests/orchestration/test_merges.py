"""Two patient records become one (ADT A40): journeys are joined, and what hangs on them goes along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.core import clock
from hub.core.events import Event
from hub.core.events.encounter import EncounterAdmitted, EncounterMerged, EncounterRegistered, EncounterReopened
from hub.ledger.models import Entry
from hub.records import models as records
from orchestration.models import Run, Wait
from tests.orchestration.world import NINE, World, charge, completed, encounter, happen


def merged(stays: str = "A2", gone: str = "A1", **changes: Any) -> Event:
    values: dict[str, Any] = {
        "occurred_at": NINE + timedelta(hours=1),
        "entity_key": f"ehr:{stays}",
        "facility": "C01",
        "account_number": stays,
        "visit_number": "",
        "encounter_class": "",
        "merged_account": gone,
    }
    return EncounterMerged(**{**values, **changes})


def journey(account: str) -> records.Journey:
    return records.JourneyKey.objects.get(kind="account", value=account).journey


def test_the_journey_of_the_account_that_is_gone_becomes_part_of_the_one_that_stays(claims: World) -> None:
    gone, kept = journey("A1"), journey("A2")
    claim = records.Claim.objects.get(key="A1")

    happen(merged(), system="ehr")

    assert journey("A1") == journey("A2") == kept, "the one that stays is kept, though it is the younger"
    assert not records.Journey.objects.filter(pk=gone.pk).exists()
    for model in (records.Encounter, records.Charge, records.Claim, Run, Entry):
        assert not model.objects.filter(journey_id=gone.pk).exists()
    claim.refresh_from_db()
    assert (claim.journey_id, claim.account_number) == (kept.pk, "A1"), (
        "the payer knows it by the number that it went out under"
    )
    assert records.Encounter.objects.filter(journey=kept).count() == 2, "a merge makes up no encounter"
    event = records.Event.objects.get(type="encounter.merged")
    assert event.journey_id == kept.pk


def test_a_merge_that_comes_again_changes_nothing(claims: World) -> None:
    happen(merged(), system="ehr")
    happen(merged(), system="ehr")

    assert journey("A1").account_number == "A2"
    assert records.Event.objects.filter(type="encounter.merged").count() == 2


def test_what_comes_late_under_the_old_number_finds_the_journey_that_stays(world: World) -> None:
    happen(encounter(number="2"), merged(), system="ehr")
    happen(charge("1"), system="ehr")

    assert records.Charge.objects.get().journey == journey("A2")


def test_a_journey_whose_account_was_merged_into_one_nobody_heard_of_goes_by_the_new_number(world: World) -> None:
    happen(encounter(number="1"), system="ehr")
    known = journey("A1")

    happen(merged("A9"), system="ehr")

    known.refresh_from_db()
    assert (journey("A9"), known.account_number) == (known, "A9")


@pytest.mark.parametrize("together", [True, False])
def test_accounts_are_joined_however_the_news_of_them_arrives(world: World, together: bool) -> None:
    happen(encounter(number="1"), system="ehr")
    news = [encounter(number="2"), merged()]
    if together:
        happen(*news, system="ehr")
    else:
        for one in news:
            happen(one, system="ehr")

    assert records.Journey.objects.get().account_number == "A2"
    assert {row.journey_id for row in records.Encounter.objects.all()} == {journey("A2").pk}


def test_a_merge_of_patient_numbers_alone_joins_nothing(world: World) -> None:
    happen(encounter(number="1"), encounter(number="2"), system="ehr")
    happen(merged(gone=""), system="ehr")

    assert journey("A1") != journey("A2")


def test_a_run_that_waits_under_the_old_number_hears_of_the_new_one(world: World) -> None:
    with clock.travel(NINE + timedelta(hours=2) - clock.machine_now()):
        happen(encounter(number="1"), completed("1"), system="ehr")
        world.settle()
        assert Wait.objects.filter(topic="charge.captured", key="A1").exists()

        happen(merged(), system="ehr")
        world.settle()

        assert Wait.objects.filter(topic="charge.captured", key="A2").exists()


def test_an_account_that_is_opened_while_the_stay_goes_on_takes_no_admission_back(world: World) -> None:
    happen(encounter(EncounterAdmitted, encounter_class="I"), system="ehr")
    happen(encounter(EncounterRegistered, encounter_class="I", occurred_at=NINE + timedelta(hours=2)), system="ehr")

    stay = records.Encounter.objects.get()
    assert (stay.status, stay.started_at) == ("admitted", NINE)


@pytest.mark.parametrize(("encounter_class", "status"), [("I", "admitted"), ("O", "registered")])
def test_an_end_that_is_taken_back_leaves_the_visit_as_it_was(world: World, encounter_class: str, status: str) -> None:
    later = NINE + timedelta(hours=2)
    happen(completed("1", encounter_class=encounter_class), system="ehr")
    happen(encounter(EncounterReopened, encounter_class=encounter_class, occurred_at=later), system="ehr")

    visit = records.Encounter.objects.get()
    assert (visit.status, visit.ended_at) == (status, None)
