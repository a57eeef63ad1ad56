"""The mapping pages: the list, coverage, one mapping with its history, and every decision about it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from hub.masterdata.models import Mapping
from hub.masterdata.states import MappingState
from tests.exceptions.world import held, parked, unmapped
from tests.hub.console.cast import approved, audited, last_audit, person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("group")]


@pytest.fixture
def stella() -> Client:
    return signed_in("stella")


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def codes(client: Client, query: str = "") -> list[str]:
    text = client.get(f"/mappings/{query}").content.decode()
    return re.findall(r"data-row-link>([^<]+)</a>", text)


def proposed(
    local_code: str = "PT-REHAB",
    canonical_code: str = "PHYS",
    *,
    by: str = "stuart",
    domain: str = "department",
    facility: str = "C07",
) -> Mapping:
    return Mapping.objects.create(
        domain=domain, system="scheduling", facility=facility, local_code=local_code, canonical_code=canonical_code,
        effective=(date(2024, 1, 1), None), proposed_by=person(by).get_username(),
    )  # fmt: skip


# --- the list -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["CARDIO", "PT-REHAB", "PT-REHAB", "nl-C05", "nl-C07"]),
        ("?domain=department", ["CARDIO", "PT-REHAB", "PT-REHAB"]),
        ("?facility=C05", ["PT-REHAB"]),
        ("?facility=group", ["CARDIO", "nl-C05", "nl-C07"]),
        ("?state=proposed", ["PT-REHAB"]),
        ("?q=rehab", ["PT-REHAB", "PT-REHAB"]),
        ("?system=scheduling&q=cardio", ["CARDIO"]),
        ("?sort=-local_code&domain=facility", ["nl-C07", "nl-C05"]),
    ],
)
def test_the_list_is_narrowed_by_what_stands_in_the_address(stella: Client, query: str, found: list[str]) -> None:
    proposed()
    assert codes(stella, query) == found


def test_a_reader_sees_the_mappings_of_their_facilities_and_of_all() -> None:
    assert codes(signed_in("simon")) == ["CARDIO", "nl-C05", "nl-C07"]


def test_the_export_can_be_imported_as_it_is(stella: Client) -> None:
    answer = stella.get("/mappings/?export=csv&domain=department")
    content = b"".join(answer.streaming_content)
    assert content.decode("utf-8-sig").splitlines()[0].startswith("domain,system,facility,local_code,canonical_code")
    assert "Everything in this file is so already." in words(upload(stella, content))


def test_several_proposals_are_decided_at_once(stella: Client) -> None:
    own = proposed("AET", "AETNA", domain="payer", facility="", by="stella")
    chosen = [proposed(), proposed("HEART", "CARD"), own]
    answer = stella.post(
        "/mappings/", {"bulk": "approve", "ids": [one.pk for one in chosen], "confirmed": "1"},
        headers={"HX-Request": "true"},
    )  # fmt: skip
    assert "2 mappings approved. 1 left alone: The payer domain asks for two people" in answer["HX-Trigger"]
    assert Mapping.objects.get(pk=own.pk).state == MappingState.PROPOSED
    assert [act for _, _, act in audited()] == ["mapping.approve", "mapping.approve"]


# --- one mapping --------------------------------------------------------------------------------------------
def test_a_mapping_tells_its_history_with_what_changed(stella: Client) -> None:
    mapping = Mapping.objects.get(local_code="CARDIO")
    stella.post(f"/mappings/{mapping.pk}/retire/", {"on": "2026-12-01", "reason": "New codes."})
    text = words(stella.get(f"/mappings/{mapping.pk}/"))
    assert "CARDIO means CARD" in text
    assert "Cardiology" in text
    assert "effective: from 2024-01-01 on → from 2024-01-01 until 2026-12-01" in text
    assert "New codes." in text


def test_a_mapping_leads_to_what_else_means_the_same(stella: Client) -> None:
    mapping = Mapping.objects.get(facility="C05", local_code="PT-REHAB")
    other = approved("department", "PHYSIO", "PHYS", facility="C07")
    assert f'href="/mappings/{other.pk}/"' in stella.get(f"/mappings/{mapping.pk}/").content.decode()


def test_approving_says_first_what_waits_for_it(stella: Client) -> None:
    parked(*(held(unmapped(), amount="100.00") for _ in range(3)))
    mapping = proposed()
    asked = words(stella.get(f"/mappings/{mapping.pk}/approve/"))
    assert "PT-REHAB will mean PHYS." in asked
    assert "1 open case with 3 held items and $300.00 at risk, at 1 facility, goes on with it." in asked
    stella.post(f"/mappings/{mapping.pk}/approve/", {"reason": "Asked them."})
    mapping.refresh_from_db()
    assert (mapping.state, mapping.decided_by) == (MappingState.APPROVED, "stella")
    assert audited() == [("stella", "page", "mapping.approve")]


def test_a_mapping_in_the_way_is_ended_only_when_asked_to(stella: Client) -> None:
    mapping = proposed("CARDIO", "PHYS", facility="")
    Mapping.objects.filter(pk=mapping.pk).update(effective=(date(2026, 12, 1), None))
    refused = stella.post(f"/mappings/{mapping.pk}/approve/", {})
    assert refused.status_code == 409
    assert "CARDIO already means CARD" in words(refused)
    stella.post(f"/mappings/{mapping.pk}/approve/", {"replace": "on"})
    assert Mapping.objects.get(pk=mapping.pk).state == MappingState.APPROVED
    assert Mapping.objects.get(canonical_code="CARD").effective.upper == date(2026, 12, 1)


def test_two_stewards_deciding_at_once_see_each_other_s_decision(stella: Client) -> None:
    mapping = proposed()
    signed_in("stuart").post(f"/mappings/{mapping.pk}/reject/", {"reason": "Wrong."})
    late = stella.post(f"/mappings/{mapping.pk}/approve/", {})
    assert late.status_code == 409
    assert "Somebody else decided about PT-REHAB meanwhile: it is rejected." in words(late)


def test_rejecting_asks_why_and_withdrawing_is_one_s_own_right(stella: Client) -> None:
    mapping = proposed(by="stella")
    assert "Withdraw" in words(stella.get(f"/mappings/{mapping.pk}/"))
    assert stella.post(f"/mappings/{mapping.pk}/reject/", {"reason": ""}).status_code == 422
    stella.post(f"/mappings/{mapping.pk}/reject/", {"reason": "My mistake."})
    assert Mapping.objects.get(pk=mapping.pk).state == MappingState.REJECTED
    assert last_audit().reason == "My mistake."


def test_retiring_from_a_day_keeps_the_days_before(stella: Client) -> None:
    mapping = Mapping.objects.get(local_code="CARDIO")
    wrong = stella.post(f"/mappings/{mapping.pk}/retire/", {"on": "2020-01-01", "reason": "x"})
    assert wrong.status_code == 409
    assert "choose a day within" in words(wrong)
    stella.post(f"/mappings/{mapping.pk}/retire/", {"on": "2026-12-01", "reason": "New codes."})
    mapping.refresh_from_db()
    assert (mapping.state, mapping.effective.upper) == (MappingState.APPROVED, date(2026, 12, 1))
    stella.post(f"/mappings/{mapping.pk}/retire/", {"reason": "A mistake."})
    mapping.refresh_from_db()
    assert mapping.state == MappingState.RETIRED


def test_a_mapping_is_proposed_and_approved_where_one_person_decides(stella: Client) -> None:
    form = {"system": "scheduling", "facility": "C07", "local_code": "HEART", "canonical": "department:CARD"}
    answer = stella.post("/mappings/propose/", form | {"approve": "on"})
    mapping = Mapping.objects.get(local_code="HEART")
    assert answer["Location"] == f"/mappings/{mapping.pk}/"
    assert mapping.state == MappingState.APPROVED
    assert [act for _, _, act in audited()] == ["mapping.propose", "mapping.approve"]


def test_in_a_domain_of_two_people_it_waits(stella: Client) -> None:
    form = {"system": "scheduling", "facility": "", "local_code": "AET", "canonical": "payer:AETNA", "approve": "on"}
    stella.post("/mappings/propose/", form)
    assert Mapping.objects.get(local_code="AET").state == MappingState.PROPOSED


def test_a_change_is_proposed_from_the_mapping_as_it_stands(stella: Client) -> None:
    mapping = Mapping.objects.get(local_code="CARDIO")
    link = re.search(r'href="(/mappings/propose/\?[^"]+)"', stella.get(f"/mappings/{mapping.pk}/").content.decode())
    assert link
    text = stella.get(link[1].replace("&amp;", "&")).content.decode()
    assert 'value="CARDIO"' in text
    assert '<option value="department:CARD" selected>' in text


@pytest.mark.parametrize(
    "changes",
    [
        {"canonical": "department:NO-SUCH"},
        {"facility": "C99"},
        {"system": "no-such"},
        {"local_code": ""},
        {"local_code": "x" * 81},
        {"effective_from": "soon"},
    ],
)
def test_a_proposal_that_cannot_be_is_refused_at_its_field(stella: Client, changes: dict[str, str]) -> None:
    form = {"system": "scheduling", "facility": "C07", "local_code": "HEART", "canonical": "department:CARD"}
    answer = stella.post("/mappings/propose/", form | changes)
    assert answer.status_code == 422
    assert Mapping.objects.filter(local_code="HEART").count() == 0


def test_days_that_run_backwards_are_refused(stella: Client) -> None:
    form = {
        "system": "scheduling", "facility": "C07", "local_code": "HEART", "canonical": "department:CARD",
        "effective_from": "2026-12-01", "effective_until": "2026-11-01",
    }  # fmt: skip
    answer = stella.post("/mappings/propose/", form)
    assert answer.status_code in {409, 422}
    assert Mapping.objects.filter(local_code="HEART").count() == 0


# --- import -------------------------------------------------------------------------------------------------
HEADER = "domain,system,facility,local_code,canonical_code\n"


def upload(client: Client, content: bytes | str, name: str = "codes.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post("/mappings/import/", {"file": SimpleUploadedFile(name, data, "text/csv")})


def token(answer: Any) -> str:
    found = re.search(r'name="token" value="(\w+)"', answer.content.decode())
    return found[1] if found else ""


def test_a_file_is_previewed_row_by_row_and_changes_nothing_yet(stella: Client) -> None:
    rows = ["department,scheduling,C07,HEART,CARD,", "department,scheduling,C05,PT-REHAB,CARD,2026-12-01"]
    answer = upload(stella, HEADER.strip() + ",effective_from\n" + "\n".join(rows))
    text = words(answer)
    assert "New rows 1" in text
    assert "Changed rows 1" in text
    assert "PHYS (from 2024-01-01 on) → CARD" in text
    assert Mapping.objects.filter(local_code="HEART").count() == 0
    assert token(answer)


def test_confirming_does_all_of_it_and_keeps_who_did_it(stella: Client) -> None:
    preview = upload(stella, f"{HEADER}department,scheduling,C07,HEART,CARD\n")
    answer = stella.post("/mappings/import/apply/", {"token": token(preview), "reason": "The clinic's list."})
    assert answer["Location"] == "/mappings/"
    assert Mapping.objects.get(local_code="HEART").state == MappingState.APPROVED
    assert (last_audit().action, last_audit().reason) == ("mapping.import", "The clinic's list.")
    assert "Imported: 1 new, 0 changed, 0 as they were." in words(stella.get("/mappings/"))


def test_a_workbook_that_cannot_be_read_is_not_taken_for_text(stella: Client) -> None:
    assert "The file is no Excel workbook" in words(upload(stella, "not a workbook", name="codes.xlsx"))


def test_people_are_named_and_not_their_usernames(stella: Client) -> None:
    form = {"system": "", "local_code": "HEART", "canonical": "department:CARD"}
    assert "This field is required." in words(stella.post("/mappings/propose/", form))
    stella.post("/mappings/propose/", {**form, "system": "scheduling", "facility": "C07"})
    made = Mapping.objects.get(local_code="HEART")
    assert "Stella Nguyen" in words(stella.get("/mappings/?q=HEART"))
    page = words(stella.get(f"/mappings/{made.pk}/"))
    assert "Proposed by SN Stella Nguyen" in page
    assert "Created · Stella Nguyen" in page


def test_one_wrong_row_stops_the_file_and_every_wrong_row_is_named(stella: Client) -> None:
    rows = [
        "department,scheduling,C07,HEART,CARD",
        "department,scheduling,C07,ONE,NO-SUCH",
        "planet,scheduling,C07,A,B",
        "department,shceduling,C07,TWO,CARD",
    ]
    answer = upload(stella, HEADER + "\n".join(rows))
    text = words(answer)
    assert "Nothing can be imported while a row is wrong." in text
    assert "There is no department &#x27;NO-SUCH&#x27; in use." in text
    assert "There is no domain &#x27;planet&#x27;." in text
    assert "There is no system &#x27;shceduling&#x27;." in text
    assert token(answer) == ""
    assert Mapping.objects.filter(local_code="HEART").count() == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "The file is not UTF-8"),
        ("who,knows\n1,2\n", "Unknown columns: who, knows."),
        ("", "The submitted file is empty."),
        (HEADER, "The file holds no rows below its header."),
    ],
)
def test_what_is_no_such_file_is_refused_with_the_reason(stella: Client, content: bytes | str, said: str) -> None:
    answer = upload(stella, content)
    assert answer.status_code == 422
    assert said in words(answer)


def test_a_preview_is_one_s_own_and_does_not_outlive_a_change(stella: Client) -> None:
    kept = token(upload(stella, f"{HEADER}department,scheduling,C07,HEART,CARD\n"))
    foreign = signed_in("stuart").post("/mappings/import/apply/", {"token": kept})
    assert foreign.status_code == 409
    assert "This preview is no longer there." in words(foreign)
    approved("department", "HEART", "PHYS", facility="C07")
    late = stella.post("/mappings/import/apply/", {"token": kept})
    assert late.status_code == 409
    assert "The crosswalk changed since the preview" in words(late)
    assert stella.post("/mappings/import/apply/", {}).status_code == 422


def test_the_list_costs_the_same_whatever_its_length(stella: Client, django_assert_num_queries: Any) -> None:
    def cost() -> int:
        # Session, user, grants, the rows; facilities and systems for the filters; the navigation's count.
        with django_assert_num_queries(9) as seen:
            stella.get("/mappings/")
        return len(seen)

    few = cost()
    for number in range(60):
        approved("department", f"L{number}", "CARD", facility="C07")
    assert cost() == few
