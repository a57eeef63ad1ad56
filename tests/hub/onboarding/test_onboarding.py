"""A clinic from nothing to its first live message: what each step asks for, refuses and keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from connectors import intake
from connectors.models import Feed, Message, System
from connectors.selectors import feed, forget_feeds
from exceptions.models import Case
from hub.core.errors import BusinessRefusal
from hub.governance.models import AuditEntry, Grant
from hub.masterdata.models import CostCenter, Facility, Mapping
from hub.onboarding import dry_run, services
from hub.onboarding.checklist import checks, ready
from hub.onboarding.models import DryRun, Onboarding
from hub.onboarding.samples import Sample, read_samples
from hub.onboarding.selectors import Facts, other_feeds, report_of
from hub.onboarding.states import OnboardingState
from hub.records.models import Appointment, Event
from orchestration import inbound
from orchestration.models import Run
from tests.hub.console.cast import person
from tests.hub.onboarding.clinic import as_, begin, booking, make_ready, make_world, map_all, samples

pytestmark = pytest.mark.django_db
FIXTURES = Path(__file__).parents[3] / "connectors" / "scheduling_legacy" / "fixtures"


@pytest.fixture(autouse=True)
def world(db: None) -> None:
    make_world()
    forget_feeds()


def missing(clinic: Onboarding) -> set[str]:
    return {one.key for one in checks(Facts(clinic)) if not one.ok}


def rehearse(clinic: Onboarding, *bodies: bytes) -> dict[str, Any]:
    run = services.rehearse(onboarding=clinic, feed="scheduling-c12", samples=samples(*bodies), actor=as_("stella"))
    return report_of(run)


def second_engineer() -> str:
    Grant.objects.create(user=person("nora"), role="engineer")
    return "nora"


def test_a_facility_begins_as_master_data_and_only_once() -> None:
    clinic = begin()

    assert Facility.objects.get(code="C12").name == "Northwest Clinic"
    assert clinic.state == OnboardingState.OPEN
    with pytest.raises(BusinessRefusal):
        begin()
    with pytest.raises(PermissionDenied):
        services.start(code="C13", name="Another", actor=as_("erin"))
    with pytest.raises(ValidationError):
        services.describe(onboarding=clinic, values={"time_zone": "America/Chicago", "name": ""}, actor=as_("stella"))


def test_nothing_is_ready_at_first_and_each_line_says_where_to_go() -> None:
    found = {one.key: one for one in checks(Facts(begin()))}

    assert {key for key, one in found.items() if one.ok} == {"calendar", "decided", "cost_centers", "accounts", "teams"}
    assert found["facility"].said == "It lacks a billing NPI, a tax id, its address."
    assert {one.step for one in found.values()} == {"facility", "feeds", "codes", "coverage", "dry-run", ""}


def test_a_system_comes_with_a_paused_feed_of_its_own_and_a_secret_told_once() -> None:
    clinic = begin()
    link, secret = services.add_system(
        onboarding=clinic, package="scheduling_saas", name="Northwest scheduling", actor=as_("erin")
    )

    row = Feed.objects.get(code="scheduling-c12")
    assert (row.state, row.facility, row.system.connector) == ("paused", "C12", "scheduling_saas")
    assert secret.startswith("whsec_")
    assert secret.encode() not in bytes(row.sealed_secrets or b"")
    assert secret not in str(list(AuditEntry.objects.values_list("after", flat=True)))
    assert link.own
    with pytest.raises(BusinessRefusal):
        services.add_system(onboarding=clinic, package="scheduling_saas", name="Again", actor=as_("erin"))
    with pytest.raises(ValidationError):
        services.add_system(onboarding=clinic, package="scheduling_legacy", name="MLLP, no sender", actor=as_("erin"))
    with pytest.raises(ValidationError):
        services.add_system(onboarding=clinic, package="clinic_ehr", name="No address", actor=as_("erin"))
    with pytest.raises(PermissionDenied):
        services.add_system(onboarding=clinic, package="ehr", name="E", senders=["X"], actor=as_("stella"))
    assert System.objects.count() == 2


def test_a_dry_run_tells_every_code_that_is_missing_and_keeps_nothing() -> None:
    clinic = make_ready()
    before = (Event.objects.count(), Run.objects.count(), Message.objects.count(), Case.objects.count())

    told = rehearse(clinic, booking(1), booking(2, department_code="NEW", event="nonsense"), b"{}", b"no json")

    first, second, third, fourth = told["messages"]
    assert [code["local_code"] for code in first["missing"]] == ["nw-1", "PT-REHAB"]
    assert (first["parsed"], first["fault"]) == (True, "")
    assert second["code"] == "unknown-event-type"
    assert [one["parsed"] for one in (second, third, fourth)] == [False] * 3
    assert told["missing"][0] == {"domain": "facility", "facility": "", "local_code": "nw-1", "messages": 1}
    assert told["clean"] is False
    assert (Event.objects.count(), Run.objects.count(), Message.objects.count(), Case.objects.count()) == before


def test_a_clean_dry_run_tells_events_runs_and_dollars_and_later_samples_meet_earlier_ones() -> None:
    clinic = make_ready()
    map_all(clinic)

    told = rehearse(clinic, booking(1), booking(1), booking(1, event="appointment_completed"))

    assert told["totals"]["events"] == {"appointment.booked": 1, "appointment.completed": 1}
    assert told["messages"][1]["repeats"] == "sample 1"
    assert told["totals"]["runs"]["W1"] >= 1
    assert told["totals"]["amount"] == "180.00"
    assert told["clean"] is True
    assert not Event.objects.exists()
    assert not Appointment.objects.exists()
    assert not Run.objects.exists()
    kept = DryRun.objects.get()
    assert kept.is_clean
    assert AuditEntry.objects.get(action="onboarding.dry_run").after["sha256"] == kept.digest
    assert b"P600001" not in bytes(kept.sealed_report)
    assert "P600001" not in str(told)


def test_hl7_messages_are_run_dry_as_they_are_pasted_and_their_missing_codes_are_all_named() -> None:
    clinic = begin()
    services.add_system(
        onboarding=clinic, package="scheduling_legacy", name="Its scheduling", senders=["SCHED"], actor=as_("erin")
    )
    raw = (FIXTURES / "booked.s12.hl7").read_bytes()
    pasted = raw.replace(b"\r", b"\r\n").replace(b"|S1|", b"|S2|") + raw.replace(b"\r", b"\n")

    found = read_samples(feed("hospital-scheduling-c12"), [("Pasted", pasted)])
    run = services.rehearse(onboarding=clinic, feed="hospital-scheduling-c12", samples=found, actor=as_("erin"))

    told = report_of(run)
    assert [one["parsed"] for one in told["messages"]] == [True, True]
    assert {(one["domain"], one["local_code"], one["messages"]) for one in told["missing"]} >= {
        ("facility", "STV", 2),
        ("department", "MED2", 2),
        ("payer", "MCARE", 2),
    }
    assert "RIVERA" not in str(told)


def test_a_surprise_in_a_sample_is_that_samples_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = make_ready()
    map_all(clinic)

    def break_down(items: Any) -> Any:
        if items[0].event.entity_key.endswith("N2"):
            raise RuntimeError("nobody planned for this")
        return real(items)

    real = dry_run.record
    monkeypatch.setattr(dry_run, "record", break_down)
    told = rehearse(clinic, booking(1), booking(2), booking(3))

    assert [one["clean"] for one in told["messages"]] == [True, False, True]
    assert told["messages"][1]["code"] == "unexpected-error"


def test_proposals_keep_to_their_domains_policy_and_name_what_was_left_alone() -> None:
    clinic = make_ready()
    keys = {one.row.local_code: one.row.pk for one in Facts(clinic).open_codes}

    done = services.propose_codes(
        onboarding=clinic,
        meanings={keys["PT-REHAB"]: ("PHYS", "why"), keys["CARDIO"]: ("NO-SUCH", ""), 999_999: ("PHYS", "")},
        approve=True,
        actor=as_("stella"),
    )

    assert done[:2] == (1, 0)
    assert done[2] == ["CARDIO: There is no department 'NO-SUCH' in use."]
    assert Mapping.objects.get(facility="C12").note == "why"
    facts = Facts(clinic)
    assert (len(facts.mapped), len(facts.open_codes), facts.coverage) == (1, 2, 33)
    assert services.propose_codes(
        onboarding=clinic, meanings={keys["CARDIO"]: ("CARD", "")}, approve=False, actor=as_("stella")
    ) == (0, 1, [])
    assert "decided" in missing(clinic)


def test_a_list_is_kept_for_a_system_of_the_clinic_only() -> None:
    clinic = begin()
    with pytest.raises(BusinessRefusal):
        services.list_codes(
            onboarding=clinic, system="scheduling", content=b"code\nX\n", domain="payer", actor=as_("stella")
        )


def test_cost_centers_are_made_for_the_departments_that_need_them() -> None:
    clinic = make_ready()
    map_all(clinic)
    assert set(CostCenter.objects.values_list("code", flat=True)) == {"CC-C12-PHYS", "CC-C12-CARD"}
    assert services.add_cost_centers(onboarding=clinic, actor=as_("stella")) == 0


def test_going_live_takes_a_clean_checklist_and_a_second_person_and_is_undone_by_pausing() -> None:
    clinic = make_ready()
    map_all(clinic)
    with pytest.raises(BusinessRefusal) as told:
        services.ask_go_live(onboarding=clinic, actor=as_("erin"))
    assert told.value.message == "Not yet so: The dry run is clean."
    rehearse(clinic, booking(1))
    assert ready(Facts(clinic))

    services.ask_go_live(onboarding=clinic, actor=as_("erin"))
    with pytest.raises(BusinessRefusal):
        services.describe(onboarding=clinic, values={"city": "Elsewhere"}, actor=as_("stella"))
    with pytest.raises(BusinessRefusal):
        services.go_live(onboarding=clinic, actor=as_("erin"), reason="x")
    with pytest.raises(PermissionDenied):
        services.go_live(onboarding=clinic, actor=as_("stella"), reason="x")
    assert Feed.objects.get(code="scheduling-c12").state == "paused"

    services.go_live(onboarding=clinic, actor=as_(second_engineer()), reason="All is well.")
    clinic.refresh_from_db()
    assert (clinic.state, clinic.asked_by, clinic.live_by) == ("live", "erin", "nora")
    assert Feed.objects.get(code="scheduling-c12").state == "active"

    services.pause_again(onboarding=clinic, actor=as_("erin"), reason="Wrong rooms.")
    clinic.refresh_from_db()
    assert clinic.state == "paused"
    assert Feed.objects.get(code="scheduling-c12").state == "paused"
    assert [entry.action for entry in AuditEntry.objects.order_by("sequence")][-5:] == [
        "onboarding.ask_go_live", "feed.resume", "onboarding.go_live", "feed.pause", "onboarding.pause",
    ]  # fmt: skip


def test_what_came_before_going_live_waits_and_is_processed_then() -> None:
    clinic = make_ready()
    map_all(clinic)
    receipt = intake.receive(
        feed("scheduling-c12"), body=booking(7), headers={}, content_type="application/json", proven=True
    )
    inbound.process()
    assert Message.objects.get(pk=receipt.message_id).state == "received"
    rehearse(clinic, booking(1))
    services.ask_go_live(onboarding=clinic, actor=as_("stella"))
    services.go_live(onboarding=clinic, actor=as_("erin"), reason="All is well.")
    inbound.process()

    assert Message.objects.get(pk=receipt.message_id).state == "processed"
    assert Appointment.objects.get().facility == "C12"


def test_a_feed_of_the_group_is_shared_and_never_paused_by_a_clinic() -> None:
    clinic = begin()
    services.share_feed(onboarding=clinic, feed="scheduling", actor=as_("erin"))
    assert Facts(clinic).systems == ["scheduling"]
    Onboarding.objects.filter(pk=clinic.pk).update(state=OnboardingState.LIVE)
    services.pause_again(onboarding=clinic, actor=as_("erin"), reason="x")
    assert Feed.objects.get(code="scheduling").state == "active"


def test_a_feed_of_its_own_that_was_taken_out_can_be_taken_in_again() -> None:
    clinic = begin()
    link, _ = services.add_system(onboarding=clinic, actor=as_("erin"), package="scheduling_saas", name="Booking")
    services.remove_feed(onboarding=clinic, feed=link.feed, actor=as_("erin"))
    assert link.feed in dict(other_feeds(clinic))
    again = services.share_feed(onboarding=clinic, feed=link.feed, actor=as_("erin"))
    assert (again.own, again.system) == (True, link.system)


def test_what_is_given_up_stays_paused_and_can_be_begun_again() -> None:
    clinic = make_ready()
    services.give_up(onboarding=clinic, actor=as_("stella"), reason="The deal fell through.")
    with pytest.raises(BusinessRefusal):
        services.add_cost_centers(onboarding=clinic, actor=as_("stella"))
    assert Feed.objects.get(code="scheduling-c12").state == "paused"

    again = begin()

    assert (again.pk, again.state) == (clinic.pk, OnboardingState.OPEN)
    assert len(Facts(again).listed) == 3


def test_two_people_at_one_onboarding_see_each_other() -> None:
    clinic = begin()
    seen = clinic.version
    services.describe(onboarding=clinic, values={"city": "Northlake"}, actor=as_("stella"), version=seen)
    with pytest.raises(BusinessRefusal):
        services.describe(onboarding=clinic, values={"city": "Elmhurst"}, actor=as_("stuart"), version=seen)
    assert Facility.objects.get(code="C12").city == "Northlake"


def test_samples_are_read_as_people_have_them() -> None:
    make_ready()
    info = feed("scheduling-c12")
    assert [one.name for one in read_samples(info, [("a.json", b'[{"x":1},{"x":2}]')])] == [
        "a.json, message 1",
        "a.json, message 2",
    ]
    assert len(read_samples(info, [("lines", b'{"x":1}\n{"x":2}\n')])) == 2
    assert read_samples(info, [("one", b'{"x":\n1}')]) == [Sample("one", b'{"x":\n1}')]
    for files in ([], [("empty", b" \n")], [("many", b'{"x":1}\n' * 201)], [("large", b"x" * 6_000_000)]):
        with pytest.raises(ValidationError):
            read_samples(info, files)
