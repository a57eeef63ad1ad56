"""The maintenance admin: the same services and scopes as everywhere, and a history of everything."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from hub.governance.models import AuditEntry, Grant
from hub.governance.roles import Role
from hub.masterdata import crosswalk
from hub.masterdata.domains import policy_of
from hub.masterdata.models import Department, DomainPolicy, Facility, Location, Mapping
from hub.masterdata.states import MappingState
from tests.hub.governance.people import person
from tests.hub.masterdata.conftest import Group, mapping

pytestmark = pytest.mark.django_db
MAPPINGS = "admin:masterdata_mapping_changelist"


def sign_in(name: str, *roles: Role, facility: str = "", **values: bool) -> Client:
    client = Client()
    client.force_login(person(name, *roles, facility=facility, is_staff=True, **values))
    return client


@pytest.fixture
def alice(db: None) -> Client:
    """Steward of the whole group."""
    return sign_in("alice", Role.STEWARD)


@pytest.fixture
def carla(db: None) -> Client:
    """Steward of the clinic C01 alone."""
    return sign_in("carla", Role.STEWARD, facility="C01")


@pytest.fixture
def root(db: None) -> Client:
    return sign_in("root", is_superuser=True)


def decide(client: Client, action: str, *chosen: Mapping, **values: str) -> str:
    """Run an action of the list; returns what the page said."""
    data: dict[str, Any] = {"action": action, "_selected_action": [one.pk for one in chosen], **values}
    response = client.post(reverse(MAPPINGS), data, follow=True)
    assert response.status_code == 200
    return " ".join(str(message) for message in response.context["messages"])


PROPOSAL = {
    "domain": "department",
    "system": "scheduling",
    "facility": "C01",
    "local_code": "PT",
    "canonical_code": "PHYS",
    "effective_from": "2026-01-01",
    "effective_until": "",
    "note": "",
}


@pytest.mark.parametrize(
    "model",
    [model for model in admin.site._registry if model._meta.app_label in ("masterdata", "governance", "auth")],
    ids=lambda model: model._meta.model_name,
)
def test_every_page_of_the_admin_opens(group: Group, root: Client, model: Any) -> None:
    mapping("CARDIO", "CARD")
    place = f"admin:{model._meta.app_label}_{model._meta.model_name}"

    assert root.get(reverse(f"{place}_changelist")).status_code == 200
    assert root.get(reverse(f"{place}_add")).status_code in (200, 403)
    row = model._default_manager.first()
    if row is not None:
        assert root.get(reverse(f"{place}_change", args=[row.pk])).status_code == 200
        assert root.get(reverse(f"{place}_history", args=[row.pk])).status_code == 200


def test_the_sidebar_shows_what_the_grants_allow(alice: Client, root: Client) -> None:
    def groups(client: Client) -> list[str]:
        navigation = client.get(reverse("admin:index")).context["sidebar_navigation"]
        return [group["title"] for group in navigation]

    assert groups(alice)[:3] == ["Crosswalk", "Reference data", "Finance"]
    assert "Access and audit" not in groups(alice)
    assert "Access and audit" in groups(root)


def test_staff_without_a_grant_find_nothing(group: Group) -> None:
    mallory = sign_in("mallory")

    assert mallory.get(reverse("admin:index")).context["sidebar_navigation"] == []
    assert mallory.get(reverse(MAPPINGS)).status_code == 403
    assert mallory.get(reverse("admin:governance_auditentry_changelist")).status_code == 403


def test_a_steward_without_staff_does_not_come_in(group: Group) -> None:
    client = Client()
    client.force_login(person("sam", Role.STEWARD))

    assert client.get(reverse(MAPPINGS)).status_code == 302


# --- mappings -----------------------------------------------------------------------------------------------
def test_a_new_mapping_is_a_proposal(group: Group, alice: Client) -> None:
    assert alice.post(reverse("admin:masterdata_mapping_add"), PROPOSAL).status_code == 302

    made = Mapping.objects.get()
    assert (made.state, made.proposed_by) == (MappingState.PROPOSED, "alice")
    act = AuditEntry.objects.get()
    assert (act.action, act.actor, act.door, act.facility) == ("mapping.propose", "alice", "admin", "C01")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"canonical_code": "NONE"}, "There is no department"),
        ({"facility": "C99"}, "There is no facility"),
        ({"effective_until": "2025-01-01"}, "ends before it begins"),
        ({"local_code": ""}, "This field is required"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    group: Group, alice: Client, wrong: dict[str, str], words: str
) -> None:
    response = alice.post(reverse("admin:masterdata_mapping_add"), PROPOSAL | wrong)

    assert words in response.content.decode()
    assert not Mapping.objects.exists()


def test_the_same_proposal_twice_is_said_and_not_made(group: Group, alice: Client) -> None:
    alice.post(reverse("admin:masterdata_mapping_add"), PROPOSAL)

    response = alice.post(reverse("admin:masterdata_mapping_add"), PROPOSAL)

    assert "proposed the same mapping already" in response.content.decode()
    assert Mapping.objects.count() == 1


def test_a_steward_of_one_clinic_proposes_for_that_clinic_only(group: Group, carla: Client) -> None:
    assert carla.post(reverse("admin:masterdata_mapping_add"), PROPOSAL | {"facility": "C02"}).status_code == 403
    assert carla.post(reverse("admin:masterdata_mapping_add"), PROPOSAL).status_code == 302
    assert [one.facility for one in Mapping.objects.all()] == ["C01"]


def test_the_state_is_decided_from_the_list_with_a_reason(group: Group, alice: Client) -> None:
    waiting = mapping("PT", "PHYS", state=MappingState.PROPOSED)

    assert "1 mapping changed" in decide(alice, "approve", waiting, reason="asked the clinic")

    waiting.refresh_from_db()
    assert waiting.state == MappingState.APPROVED
    assert AuditEntry.objects.get().reason == "asked the clinic"
    assert waiting.history.latest().history_change_reason == "asked the clinic"


def test_nobody_rewrites_a_mapping_by_hand(group: Group, root: Client) -> None:
    standing = mapping("PT", "PHYS")
    page = reverse("admin:masterdata_mapping_change", args=[standing.pk])

    assert root.post(page, PROPOSAL | {"canonical_code": "CARD", "state": "retired"}).status_code == 403

    standing.refresh_from_db()
    assert (standing.canonical_code, standing.state) == ("PHYS", MappingState.APPROVED)


def test_what_is_refused_is_said_and_stops_nothing_else(group: Group, alice: Client) -> None:
    mapping("PT", "CARD")
    clashing = mapping("PT", "PHYS", state=MappingState.PROPOSED)
    fine = mapping("CARDIO", "CARD", state=MappingState.PROPOSED)

    said = decide(alice, "approve", clashing, fine)

    assert "PT already means CARD" in said
    assert "1 mapping changed" in said
    assert "1 mapping changed" in decide(alice, "replace", clashing)


def test_a_mapping_is_retired_from_a_day_on(group: Group, alice: Client) -> None:
    standing = mapping("PT", "PHYS")

    decide(alice, "retire", standing, on="2026-07-01", reason="closed")

    standing.refresh_from_db()
    assert str(standing.effective.upper) == "2026-07-01"


def test_actions_keep_to_the_facilities_of_who_acts(group: Group, carla: Client) -> None:
    own = mapping("PT", "PHYS", state=MappingState.PROPOSED)
    shared = mapping("PT", "PHYS", facility="", state=MappingState.PROPOSED)
    other = mapping("PT", "PHYS", facility="C02", state=MappingState.PROPOSED)

    listed = carla.get(reverse(MAPPINGS)).context["cl"].queryset
    assert {one.facility for one in listed} == {"C01", ""}
    said = decide(carla, "approve", own, shared, other)

    assert "for every facility" in said
    assert [one.facility for one in Mapping.objects.filter(state=MappingState.APPROVED)] == ["C01"]


def test_a_file_is_previewed_and_then_applied(group: Group, alice: Client) -> None:
    page = reverse("admin:masterdata_mapping_import_file")
    assert alice.get(page).status_code == 200
    content = b"domain;system;facility;local_code;canonical_code\ndepartment;scheduling;C01;PT;PHYS\n"

    shown = alice.post(page, {"file": SimpleUploadedFile("codes.csv", content)})
    assert "Apply all rows" in shown.content.decode()
    assert not Mapping.objects.exists()
    applied = alice.post(page, {"token": shown.context["preview"].token}, follow=True)

    assert "1 new" in " ".join(str(message) for message in applied.context["messages"])
    assert crosswalk.snapshot(fresh=True).mappings


def test_a_wrong_row_is_shown_and_nothing_can_be_applied(group: Group, alice: Client) -> None:
    page = reverse("admin:masterdata_mapping_import_file")
    content = b"domain,system,local_code,canonical_code\ndepartment,scheduling,<b>PT</b>,NONE\n"

    shown = alice.post(page, {"file": SimpleUploadedFile("codes.csv", content)}).content.decode()

    assert "There is no department" in shown
    assert "&lt;b&gt;PT" in shown
    assert "Apply all rows" not in shown
    assert "not UTF-8" in alice.post(page, {"file": SimpleUploadedFile("x.csv", b"\xff\xfe")}).content.decode()


def test_the_chosen_mappings_are_exported(group: Group, alice: Client) -> None:
    chosen = mapping("PT", "PHYS")
    mapping("CARDIO", "CARD")

    response = alice.post(reverse(MAPPINGS), {"action": "export", "_selected_action": [chosen.pk]})

    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert text.splitlines()[1:] == ["department,scheduling,C01,PT,PHYS,2026-01-01,,approved,,exact"]


# --- how domains are kept -----------------------------------------------------------------------------------
def test_a_policy_is_changed_by_its_service_with_a_reason_and_only_as_it_was_seen(group: Group, alice: Client) -> None:
    kept = DomainPolicy.objects.create(domain="department", owner="Master data", two_people=True)
    page = reverse("admin:masterdata_domainpolicy_change", args=[kept.pk])
    asked = {"owner": "Finance", "authority": "ERP", "gaps": "shown", "reason": "moved", "seen": "1"}

    assert "somebody must be named" in alice.post(page, {**asked, "only_steward": "on"}).content.decode()
    assert "This field is required" in alice.post(page, {**asked, "reason": ""}).content.decode()
    assert alice.post(page, asked).status_code == 302
    assert "Somebody else changed this" in alice.post(page, {**asked, "owner": "Nobody"}).content.decode()

    kept.refresh_from_db()
    assert (kept.owner, kept.two_people, kept.version) == ("Finance", False, 2)
    act = AuditEntry.objects.get()
    assert (act.action, act.object_id, act.actor, act.door, act.reason) == (
        "domain.policy", "department", "alice", "admin", "moved",
    )  # fmt: skip
    assert policy_of("department").loosened_by == "alice"


def test_the_first_page_leads_to_what_the_grants_allow(alice: Client) -> None:
    page = alice.get(reverse("admin:index")).content.decode()

    assert reverse("admin:masterdata_payerrule_changelist") in page.split("Payers and denials", 2)[-1]
    assert reverse("admin:governance_grant_changelist") not in page


# --- reference data -----------------------------------------------------------------------------------------
def test_a_change_of_reference_data_is_audited_and_seen_at_once(group: Group, alice: Client) -> None:
    before = crosswalk.version()
    page = reverse("admin:masterdata_department_change", args=[group.cardiology.pk])

    alice.post(page, {"name": "Heart center", "active": "on", "service_line": group.heart.pk})

    act = AuditEntry.objects.get()
    assert (act.action, act.object_id, act.before, act.after) == (
        "department.change",
        "CARD",
        {"name": "Cardiology"},
        {"name": "Heart center"},
    )
    assert crosswalk.version() > before
    kept = Department.objects.get(code="CARD").history.latest()
    assert (kept.name, kept.history_user.username) == ("Heart center", "alice")


def test_a_code_is_never_rewritten_and_nothing_is_deleted(group: Group, root: Client) -> None:
    page = reverse("admin:masterdata_department_change", args=[group.cardiology.pk])

    root.post(page, {"code": "X", "name": "Cardiology", "active": "on", "service_line": group.heart.pk})

    assert Department.objects.filter(code="CARD").exists()
    assert root.get(reverse("admin:masterdata_department_delete", args=[group.cardiology.pk])).status_code == 403


def test_reference_data_is_exported_with_codes_for_what_it_points_at(group: Group, alice: Client) -> None:
    page = reverse("admin:masterdata_department_changelist")

    response = alice.post(page, {"action": "export", "_selected_action": [group.cardiology.pk]})

    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert text.splitlines() == ["code,name,active,service_line", "CARD,Cardiology,True,HEART"]


def test_two_fees_of_one_visit_never_hold_on_one_day(group: Group, alice: Client) -> None:
    values = {"service_line": group.heart.pk, "visit_type": "office", "payer": group.payer.pk, "amount": "1.00"}

    response = alice.post(
        reverse("admin:masterdata_fee_add"), values | {"effective_0": "2026-08-01", "effective_1": "2026-09-01"}
    )

    assert response.status_code == 200
    assert "Another fee of this visit" in response.content.decode()


def test_an_npi_with_a_wrong_check_digit_is_refused(group: Group, alice: Client) -> None:
    page = reverse("admin:masterdata_provider_add")
    values = {"code": "P2", "name": "Bo", "npi": "1234567890", "last_name": "B", "first_name": "Bo", "active": "on"}

    assert "check digit" in alice.post(page, values).content.decode()


def test_a_steward_of_one_clinic_keeps_its_locations_and_no_departments(group: Group, carla: Client) -> None:
    add = reverse("admin:masterdata_location_add")
    values = {"code": "NEW", "name": "New", "active": "on", "place_of_service": "11"}

    carla.post(add, values | {"facility": group.other_clinic.pk})
    assert not Location.objects.filter(code="NEW").exists()
    carla.post(add, values | {"facility": group.clinic.pk})
    assert Location.objects.filter(code="NEW").exists()

    department = reverse("admin:masterdata_department_change", args=[group.cardiology.pk])
    assert carla.get(department).status_code == 200
    assert carla.post(department, {"name": "Mine", "service_line": group.heart.pk}).status_code == 403
    assert carla.get(reverse("admin:masterdata_facility_add")).status_code == 403
    other = reverse("admin:masterdata_facility_change", args=[group.other_clinic.pk])
    assert carla.get(other).status_code == 302
    assert Facility.objects.get(code="C02").name == "Northlake Clinic 02"


# --- access and audit ---------------------------------------------------------------------------------------
def test_a_superuser_grants_and_takes_back_and_both_are_audited(group: Group, root: Client) -> None:
    sam = person("sam")

    root.post(reverse("admin:governance_grant_add"), {"user": sam.pk, "role": Role.LEAD, "facility": "C01"})
    grant = Grant.objects.get()
    root.post(reverse("admin:governance_grant_delete", args=[grant.pk]), {"post": "yes"})

    assert not Grant.objects.exists()
    acts = AuditEntry.objects.order_by("sequence").values_list("action", "object_id", "actor", "facility")
    assert list(acts) == [("access.grant", "sam", "root", "C01"), ("access.revoke", "sam", "root", "C01")]


def test_a_steward_grants_nothing(alice: Client) -> None:
    for page in ("governance_grant_add", "governance_grant_changelist", "auth_user_changelist"):
        assert alice.get(reverse(f"admin:{page}")).status_code == 403


def test_a_password_that_an_administrator_sets_is_audited_without_it(root: Client) -> None:
    sam = person("sam")
    words = "correct horse battery"

    root.post(
        reverse("admin:auth_user_password_change", args=[sam.pk]),
        {"password1": words, "password2": words, "usable_password": "true"},
    )

    sam.refresh_from_db()
    assert sam.check_password(words)
    act = AuditEntry.objects.get()
    assert (act.action, act.object_id, act.after) == ("access.password", "sam", {})


def test_a_change_of_an_account_is_audited(root: Client) -> None:
    sam = person("sam")

    root.post(
        reverse("admin:auth_user_change", args=[sam.pk]),
        {"username": "sam", "first_name": "Sam", "grants-TOTAL_FORMS": 0, "grants-INITIAL_FORMS": 0},
    )

    act = AuditEntry.objects.get()
    assert (act.action, act.before["is_active"], act.after["is_active"]) == ("access.account", True, False)


def test_the_audit_is_read_verified_and_never_changed(group: Group, root: Client) -> None:
    root.post(reverse("admin:masterdata_mapping_add"), PROPOSAL)
    entry = AuditEntry.objects.get()
    auditor = sign_in("audrey", Role.AUDITOR)

    assert auditor.get(reverse("admin:governance_auditentry_change", args=[entry.pk])).status_code == 200
    assert root.get(reverse("admin:governance_auditentry_add")).status_code == 403
    page = reverse("admin:governance_auditentry_change", args=[entry.pk])
    assert root.post(page, {"reason": "forged"}).status_code == 403
    verified = auditor.get(reverse("admin:governance_auditentry_verify"), follow=True)
    assert "The chain holds" in " ".join(str(message) for message in verified.context["messages"])


def test_an_engineer_decides_about_the_life_of_a_contract(db: None) -> None:
    from hub.governance.models import Contract

    erin = sign_in("erin", Role.ENGINEER)
    contract = Contract.objects.get(name="scheduling", version=1)

    erin.post(
        reverse("admin:governance_contract_change", args=[contract.pk]), {"owner": "Clinics", "lifecycle": "deprecated"}
    )

    contract.refresh_from_db()
    assert (contract.owner, contract.lifecycle) == ("Clinics", "deprecated")
    assert AuditEntry.objects.get().action == "contract.change"
