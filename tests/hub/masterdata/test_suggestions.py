"""What an unmapped code probably means: who says so, how alike it is, in which order, and why in words."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.masterdata.models import Department, Facility, ServiceLine
from hub.masterdata.states import MappingState
from hub.masterdata.suggestions import Suggestion, Wanted, suggest, suggest_each, sure
from tests.hub.masterdata.conftest import Group, mapping

pytestmark = pytest.mark.django_db


def for_code(local_code: str, *, system: str = "scheduling", name: str = "") -> list[Suggestion]:
    return suggest(domain="department", system=system, facility="C01", local_code=local_code, local_name=name)


def sisters(count: int, *, kind: str = "clinic") -> list[str]:
    places = [f"S{number:02}" for number in range(count)]
    Facility.objects.bulk_create(Facility(code=place, name=place, kind=kind) for place in places)
    return places


def test_what_most_sister_facilities_use_comes_first_and_says_how_many(group: Group) -> None:
    places = sisters(20)
    for number, place in enumerate(places):
        mapping("PT-REHAB", "PHYS" if number < 17 else "CARD", facility=place)

    first, second = for_code("PT-REHAB", name="Physical therapy rehab")

    assert (first.code, first.name) == ("PHYS", "Physical therapy")
    assert first.reason.startswith("17 of 20 clinics map PT-REHAB to PHYS; name ")
    assert first.reason.endswith(" % alike")
    assert (second.code, second.reason) == ("CARD", "3 of 20 clinics map PT-REHAB to CARD (S17, S18, S19)")
    assert first.score > 0.9 > 0.2 > second.score
    assert sure([first, second]) == first


def test_a_few_sisters_are_named_and_a_hospital_among_them_makes_them_facilities(group: Group) -> None:
    (hospital,) = sisters(1, kind="hospital")
    for place in ("C02", hospital):
        mapping("99-7", "PHYS", facility=place)

    assert [one.reason for one in for_code("99-7")] == ["2 of 2 facilities map 99-7 to PHYS (C02, S00)"]


def test_signs_add_up_and_one_facility_says_more_than_a_likeness(group: Group) -> None:
    mapping("K-1", "PHYS", facility="C02")
    alone = for_code("K-1")[0].score
    named = for_code("K-1", name="Physical therapy")[0]

    assert alone < named.score < 1
    assert named.reason == "1 of 1 clinic maps K-1 to PHYS (C02); name 100 % alike"
    assert [one.code for one in for_code("K-1", name="Cardiology")] == ["PHYS", "CARD"]


def test_other_systems_and_codes_that_look_alike_are_told_as_such(group: Group) -> None:
    mapping("REHAB-PT", "PHYS", facility="C02")
    mapping("PT-REHAB", "CARD", system="ehr")

    found = {one.code: one.reason for one in for_code("PT-REHAB")}

    assert "ehr uses the same code for it" in found["CARD"]
    assert "the code looks like REHAB-PT" in found["PHYS"]


def test_of_two_as_good_the_one_first_in_the_alphabet_comes_first_and_neither_is_sure(group: Group) -> None:
    mapping("99-7", "PHYS", facility="C02")
    (place,) = sisters(1)
    mapping("99-7", "CARD", facility=place)

    found = for_code("99-7")

    assert [one.code for one in found] == ["CARD", "PHYS"]
    assert found[0].score == found[1].score
    assert sure(found) is None


@pytest.mark.parametrize("local_code", ["cardiology-clinic", "CARDIOLGY", "card"])
def test_a_name_that_is_alike_is_suggested(group: Group, local_code: str) -> None:
    found = for_code(local_code, system="ehr")
    assert [one.code for one in found] == ["CARD"]
    assert "% alike" in found[0].reason


def test_what_is_like_nothing_has_no_suggestion(group: Group) -> None:
    assert for_code("99-1", system="ehr") == []
    assert sure([]) is None


def test_what_is_out_of_use_rejected_or_over_is_not_suggested(group: Group) -> None:
    mapping("99-1", "PHYS", facility="C02", effective=(date(2024, 1, 1), date(2025, 1, 1)))
    mapping("99-2", "PHYS", facility="C02", state=MappingState.REJECTED)
    assert for_code("99-1") == for_code("99-2") == []

    mapping("99-3", "PHYS", facility="C02")
    Department.objects.filter(code="PHYS").update(active=False)
    assert for_code("99-3") == []


def test_empty_tables_and_domains_that_are_none_give_nothing() -> None:
    asked = [Wanted("department", "ehr", "", "X"), Wanted("fee", "ehr", "", "X"), Wanted("payer", "", "", "")]
    assert suggest_each(asked) == {one: [] for one in asked}
    assert suggest_each([]) == {}


def test_many_codes_cost_as_many_statements_as_one(group: Group) -> None:
    mapping("PT", "PHYS", facility="C02")

    def asked(count: int) -> int:
        wanted = [Wanted("department", "scheduling", "C01", f"PT{number or ''}") for number in range(count)]
        with CaptureQueriesContext(connection) as questions:
            assert suggest_each(wanted)[wanted[0]][0].code == "PHYS"
        return len(questions)

    assert asked(60) == asked(1) <= 4


_CODES = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=80)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    code=st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=80), name=st.text("aB %_'\\", max_size=9)
)
def test_no_code_breaks_it_and_every_answer_is_ranked_and_has_a_reason(group: Group, code: str, name: str) -> None:
    ServiceLine.objects.get_or_create(code="%", name="100 % O'Neil \\ _")
    for domain in ("department", "service_line"):
        found = suggest(domain=domain, system="ehr", facility="", local_code=code, local_name=name, limit=2)
        assert found == sorted(found, key=lambda one: (-one.score, one.code))
        assert all(0 < one.score <= 1 and one.reason for one in found)
