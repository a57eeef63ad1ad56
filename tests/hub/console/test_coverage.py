"""The coverage pages: what share of what came has a meaning, what is missing by what it holds, and what nobody uses."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exceptions.models import Case
from hub.core.clock import today
from hub.masterdata.code_models import CodeDay, LocalCode
from hub.masterdata.models import Mapping
from hub.masterdata.states import MappingState
from orchestration import inbound
from tests.exceptions.world import held, parked, unmapped
from tests.hub.console.cast import appointment, approved, audited, signed_in
from tests.hub.console.test_mappings import words

pytestmark = pytest.mark.django_db
PAGES = ("", "codes/?system=scheduling&facility=C07", "unmapped/", "never-seen/", "unused/")


@pytest.fixture
def stella(group: None) -> Client:
    return signed_in("stella")


def came(local_code: str, count: int, *, facility: str = "C07", days_ago: int = 0, system: str = "scheduling") -> None:
    CodeDay.objects.create(
        day=today() - timedelta(days=days_ago), domain="department", system=system, facility=facility,
        local_code=local_code, count=count,
    )  # fmt: skip


def sheet(client: Client, address: str) -> list[dict[str, str]]:
    answer: Any = client.get(f"/mappings/coverage/{address}")
    return list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))


def test_the_matrix_weighs_codes_by_how_often_they_came(stella: Client) -> None:
    came("CARDIO", 970)
    came("PT-REHAB", 30)
    came("PT-REHAB", 500, days_ago=40)
    came("PT-REHAB", 10, facility="C05")
    LocalCode.objects.create(domain="department", system="scheduling", facility="C07", local_code="NEVER")
    shown = words(stella.get("/mappings/coverage/?days=30"))
    assert "C07 97 % 1 of 2 · 1 expected" in shown
    assert "C05 100 % 1 of 1" in shown
    assert "Meaning found 97 %" in shown
    assert "C07 64.6 %" in words(stella.get("/mappings/coverage/?domain=department"))

    (row,) = [row for row in sheet(stella, "?days=30&export=csv") if row["Facility"] == "C07"]
    assert (row["Codes seen"], row["Codes mapped"], row["Times with a meaning"]) == ("2", "1", "970")


def test_codes_are_counted_from_the_first_message_on_and_what_they_hold_is_theirs(stella: Client) -> None:
    for number in range(3):
        appointment(number)
    inbound.process()
    Case.objects.update(amount=Decimal("640.00"))

    text = words(stella.get("/mappings/coverage/codes/?system=scheduling&facility=C07&domain=department"))

    assert "PT-REHAB Department Missing PHYS Physical therapy" in text
    assert "$640.00" in text
    assert "PHYS Physical therapy" in text
    assert "1 of 1 clinic maps PT-REHAB to PHYS (C05)" in text
    assert (
        "canonical=department%3APHYS"
        in stella.get("/mappings/coverage/codes/?system=scheduling&facility=C07").content.decode()
    )
    Mapping.objects.create(
        domain="department", system="scheduling", facility="C07", local_code="PT-REHAB", canonical_code="PHYS",
        effective=(None, None), state=MappingState.PROPOSED, proposed_by="x",
    )  # fmt: skip
    assert "Proposed" in words(stella.get("/mappings/coverage/codes/?system=scheduling&facility=C07"))


def test_what_is_missing_is_ranked_by_dollars_and_says_what_it_probably_means(stella: Client) -> None:
    parked(*(held(unmapped("MANY"), amount="1.00") for _ in range(3)))
    parked(held(unmapped("PT-REHAB"), amount="900.00"))
    text = words(stella.get("/mappings/coverage/unmapped/"))
    assert text.index("PT-REHAB") < text.index("MANY")
    assert "PHYS Physical therapy" in text
    assert [row["Missing"] for row in sheet(stella, "unmapped/?export=csv&sort=-held")] == ["MANY", "PT-REHAB"]
    assert [row["Missing"] for row in sheet(stella, "unmapped/?export=csv&q=man")] == ["MANY"]


def test_what_is_clearly_meant_is_proposed_at_once_and_the_rest_is_left_alone(stella: Client) -> None:
    parked(held(unmapped("PT-REHAB")))
    parked(held(unmapped("77-1")))
    ids = [str(case.pk) for case in Case.objects.order_by("number")]

    asked = stella.post("/mappings/coverage/unmapped/", {"bulk": "accept", "ids": ids})
    assert "is proposed where it is good" in words(asked)
    done = stella.post(
        "/mappings/coverage/unmapped/",
        {"bulk": "accept", "ids": ids, "confirmed": "1", "approve": "on"},
        headers={"HX-Request": "true"},
    )

    assert "1 mapping proposed. 1 left alone: Nothing is clearly meant." in done["HX-Trigger"]
    made = Mapping.objects.get(facility="C07", local_code="PT-REHAB")
    assert (made.canonical_code, made.state, made.proposed_by) == ("PHYS", "approved", "stella")
    assert made.note.startswith("80 % sure: 1 of 1 clinic maps PT-REHAB to PHYS")
    assert [act for _, _, act in audited()] == ["mapping.propose", "mapping.approve"]


def test_nobody_proposes_without_the_right_to(group: None) -> None:
    parked(held(unmapped("PT-REHAB")))
    linda = signed_in("linda")
    page = linda.get("/mappings/coverage/unmapped/").content.decode()
    assert "PHYS" in page
    assert "/mappings/propose/" not in page
    answer = linda.post("/mappings/coverage/unmapped/", {"bulk": "accept", "all": "1", "confirmed": "1"})
    assert answer.status_code == 403


def test_what_was_expected_and_never_came_and_what_is_mapped_and_unused(stella: Client) -> None:
    for code, name in (("A-1", "Allergy"), ("CARDIO", "Cardiology")):
        LocalCode.objects.create(
            domain="department", system="scheduling", facility="C07", local_code=code, name=name, listed_by="stella"
        )
    came("CARDIO", 1)
    came("PT-REHAB", 1, facility="C05", days_ago=200)
    approved("department", "OLD-ONE", "PHYS", facility="C07")

    unseen = words(stella.get("/mappings/coverage/never-seen/"))
    assert "A-1 Allergy" in unseen
    assert "CARDIO" not in unseen
    unused = words(stella.get("/mappings/coverage/unused/?domain=department"))
    assert "OLD-ONE" in unused
    assert "PT-REHAB" in unused
    assert "CARDIO" not in unused, "a mapping of every facility is used where any of them is"


def test_one_sees_the_facilities_one_works_for(group: None) -> None:
    came("CARDIO", 5, facility="C05")
    came("CARDIO", 5, facility="C07")
    LocalCode.objects.create(domain="department", system="scheduling", facility="C05", local_code="SECRET-5")
    sandra = signed_in("sandra")
    text = " ".join(words(sandra.get(f"/mappings/coverage/{page}")) for page in PAGES[:4])
    assert "C07 100 %" in text
    assert "C05" not in text
    assert "SECRET-5" not in text
    assert "CARDIO" not in words(sandra.get("/mappings/coverage/codes/?system=scheduling&facility=C05"))


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_open_for_readers_of_mappings_and_survive_any_address(group: None, page: str) -> None:
    path = f"/mappings/coverage/{page}"
    assert signed_in("stella").get(path).status_code == 200
    assert signed_in("xavier").get(path).status_code == signed_in("nora").get(path).status_code == 403
    glue = "&" if "?" in page else "?"
    for garbage in (
        "days=9%00&domain=%00",
        "domain=zz&days=99999999999999999999",
        "facility=%F0%9F%90%8D&sort=-x&cursor=q",
    ):
        assert signed_in("linda").get(f"{path}{glue}{garbage}").status_code in {200, 400}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_as_much_for_many_codes_as_for_few(stella: Client, page: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            assert stella.get(f"/mappings/coverage/{page}").status_code == 200
        return len(questions)

    parked(held(unmapped("CODE-0")))
    came("CODE-0", 1)
    LocalCode.objects.create(domain="department", system="scheduling", facility="C07", local_code="L-0")
    asked()
    few = asked()
    for number in range(1, 9):
        parked(held(unmapped(f"CODE-{number}")))
        came(f"CODE-{number}", 1)
        LocalCode.objects.create(domain="department", system="scheduling", facility="C07", local_code=f"L-{number}")
    assert asked() <= few
