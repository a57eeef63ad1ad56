"""The pages of an onboarding: who may see and do what, what each step says while it is empty, done or blocked."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from connectors.models import Feed
from connectors.selectors import forget_feeds
from hub.governance.models import Grant
from hub.masterdata.models import Facility, Mapping
from hub.onboarding import services
from hub.onboarding.models import DryRun, Onboarding
from tests.hub.console.cast import audited, person, signed_in
from tests.hub.console.test_mappings import words
from tests.hub.onboarding.clinic import CODES, as_, begin, booking, make_ready, make_world, map_all, samples

pytestmark = pytest.mark.django_db
STEPS = ("facility", "feeds", "codes", "coverage", "dry-run", "go-live")
DEEDS = ("ask", "back", "confirm", "pause", "end")


@pytest.fixture(autouse=True)
def world(db: None) -> None:
    make_world()
    forget_feeds()


def at(clinic: Onboarding, step: str) -> str:
    return f"/onboarding/{clinic.pk}/{step}/"


def post(who: str, clinic: Onboarding, step: str, /, **data: Any) -> Any:
    return signed_in(who).post(at(clinic, step), data)


def test_the_flow_begins_with_the_facility_and_leads_to_the_next_step() -> None:
    stella = signed_in("stella")
    assert "No facility is being taken in" in words(stella.get("/onboarding/"))
    values = {"code": "C12", "name": "Northwest", "kind": "clinic", "time_zone": "America/Chicago"}
    begun = stella.post("/onboarding/start/", values)
    clinic = Onboarding.objects.get()
    assert begun["Location"] == f"/onboarding/{clinic.pk}/"
    assert stella.get(begun["Location"])["Location"] == at(clinic, "facility")
    assert stella.post("/onboarding/start/", values).status_code == 409
    assert "C12" in words(stella.get("/onboarding/"))
    assert audited() == [("stella", "page", "onboarding.start")]


@pytest.mark.parametrize("step", STEPS)
def test_every_step_says_how_it_stands_empty_and_done(step: str) -> None:
    clinic = begin()
    text = words(signed_in("stella").get(at(clinic, step)))
    assert "Checks that are so" in text
    told = {"codes": "This step needs a feed first.", "coverage": "This step needs a list of codes first."}
    assert told.get(step, "C12") in text
    leads = {"codes": "Systems and feeds", "coverage": "Code lists", "dry-run": "Systems and feeds"}
    assert f"Go to {leads[step]}" in text if step in leads else "Go to" not in text
    done = make_ready_again(clinic)
    text = words(signed_in("audrey").get(at(done, step)))
    assert "needs a" not in text
    page = signed_in("audrey").get(at(done, step)).content.decode()
    assert "csrfmiddlewaretoken" not in page.split("<main", 1)[1].split("</main>", 1)[0]


def make_ready_again(clinic: Onboarding) -> Onboarding:
    Onboarding.objects.filter(pk=clinic.pk).delete()
    ready = make_ready()
    map_all(ready)
    services.rehearse(onboarding=ready, feed="scheduling-c12", samples=samples(booking(1)), actor=as_("stella"))
    return ready


def test_what_a_form_gets_wrong_is_said_at_its_field_and_nothing_changes() -> None:
    clinic = begin()
    form = {
        "do": "describe", "name": "N", "kind": "clinic", "npi": "1234567890", "time_zone": "America/Chicago",
        "charge_grace_days": 3, "readiness_days": 1, "corrected_claims": "automatic",
    }  # fmt: skip
    answer = post("stella", clinic, "facility", **form)
    assert answer.status_code == 422
    assert "This is no NPI" in words(answer)
    assert Facility.objects.get(code="C12").name == "Northwest Clinic"
    stale = post("stella", clinic, "facility", **{**form, "npi": "", "version": clinic.version + 7})
    assert stale.status_code == 409
    assert "Somebody changed this onboarding meanwhile." in words(stale)
    assert post("erin", clinic, "feeds", do="add", package="clinic_ehr", name="X").status_code == 422
    assert post("stella", clinic, "facility", do="nonsense").status_code == 400
    assert not Feed.objects.filter(facility="C12").exists()


def test_a_wrong_row_of_a_list_is_named_and_a_workbook_of_nonsense_is_refused() -> None:
    clinic = make_ready()
    bad = SimpleUploadedFile("codes.csv", CODES + b"planet,X,\n")
    answer = post("stella", clinic, "codes", do="list", system="scheduling-c12", file=bad)
    assert answer.status_code == 409
    assert "Row 5: planet is none of the domains" in words(answer)


def test_codes_are_proposed_with_what_they_probably_mean_and_refusals_are_named() -> None:
    clinic = make_ready()
    page = signed_in("stella").get(at(clinic, "coverage"))
    assert "Physical therapy 87 % sure: name 100 % alike; scheduling uses the same code for it" in words(page)
    keys = {row["code"].local_code: row["code"].pk for row in page.context_data["rows"]}
    answer = post(
        "stella", clinic, "coverage", do="propose", approve="on", take=list(keys.values()) + ["x", "9" * 30],
        **{f"means-{keys['PT-REHAB']}": "PHYS", f"means-{keys['nw-1']}": "NO-SUCH"},
    )  # fmt: skip
    assert answer.status_code == 409
    assert "nw-1: There is no facility" in words(answer)
    assert Mapping.objects.get(facility="C12", local_code="PT-REHAB").state == "approved"


def test_a_dry_run_shows_every_message_and_keeps_none_of_them() -> None:
    clinic = make_ready()
    map_all(clinic)
    answer = signed_in("erin").post(
        at(clinic, "dry-run"), {"feed": "scheduling-c12", "text": booking(1).decode()}, follow=True
    )
    text = words(answer)
    assert "Goes through" in text
    assert "appointment.booked" in text
    assert "$180.00" in text
    assert "P600001" not in text
    run = DryRun.objects.get()
    assert run.digest[:16] in text
    assert signed_in("erin").get(f"{at(clinic, 'dry-run')}?run={run.pk}").status_code == 200
    assert signed_in("erin").get(f"{at(clinic, 'dry-run')}?run=nonsense").status_code == 404
    assert post("stella", clinic, "dry-run", feed="scheduling-c12").status_code == 422
    assert post("stella", clinic, "dry-run", feed="scheduling", text="{}").status_code == 422


def test_going_live_is_offered_to_the_second_person_only() -> None:
    clinic = make_ready_again(begin())
    Grant.objects.create(user=person("nora"), role="engineer")
    assert "Declare it ready" in words(signed_in("stella").get(at(clinic, "go-live")))
    assert post("erin", clinic, "go-live/ask").status_code == 302
    assert "another engineer lets it go" in words(signed_in("erin").get(at(clinic, "go-live")))
    assert post("erin", clinic, "go-live/confirm", reason="x").status_code == 409
    assert post("stella", clinic, "go-live/confirm", reason="x").status_code == 403
    assert post("nora", clinic, "go-live/confirm", reason="Fine.").status_code == 302
    assert Feed.objects.get(code="scheduling-c12").state == "active"
    assert "Live since" in words(signed_in("audrey").get(at(clinic, "go-live")))
    assert post("nora", clinic, "go-live/pause", reason="Wrong.").status_code == 302
    assert Feed.objects.get(code="scheduling-c12").state == "paused"


def test_readers_read_others_do_nothing_and_strangers_see_nothing() -> None:
    clinic = begin()
    for name, status in {"audrey": 200, "linda": 200, "nora": 403, "xavier": 403, "simon": 403}.items():
        assert {signed_in(name).get(at(clinic, step)).status_code for step in STEPS} == {status}, name
    outside = signed_in("simon").get(at(clinic, "facility")).content.decode()
    assert "Northwest" not in outside
    for name in ("linda", "audrey", "erin"):
        assert post(name, clinic, "facility", do="cost-centers").status_code == 403
    assert post("stella", clinic, "feeds", do="add", package="scheduling_saas", name="X").status_code == 403
    assert {post("linda", clinic, f"go-live/{deed}").status_code for deed in DEEDS} == {403}
    assert Client().get("/onboarding/").status_code == 302
    assert 'href="/onboarding/"' in signed_in("stella").get("/").content.decode()
    assert 'href="/onboarding/"' not in signed_in("sandra").get("/").content.decode()
