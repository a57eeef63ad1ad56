"""Denials: the worklist by dollars and days left, what may be done about one, and where they come from."""

from __future__ import annotations

import pytest

from hub.records.models import Denial
from tests.hub.console.cast import last_audit, signed_in
from tests.hub.console.refused import denial

pytestmark = pytest.mark.usefixtures("group")


def listed(username: str, query: str = "") -> list[str]:
    rows = signed_in(username).get(f"/denials/?{query}").context["table"].rows
    keys = [row.key for row in rows]
    numbers = dict(Denial.objects.values_list("pk", "claim__key"))
    return [numbers[next(pk for pk in numbers if str(pk) == key)] for key in keys]


def test_the_most_dollars_with_the_fewest_days_left_stand_on_top_and_filters_are_in_the_address() -> None:
    denial("A-SMALL", "100.00", days_left=100)
    denial("A-LARGE", "900.00", days_left=100)
    denial("A-NEAR", "200.00", days_left=5)
    denial("A-OVER", "150.00", days_left=-1, family="eligibility", root_cause="eligibility not checked")
    denial("A-WON", "5000.00", stage="overturned")
    denial("A-ELSE", "7000.00", facility="NLM")
    assert listed("sandra") == ["A-OVER", "A-NEAR", "A-LARGE", "A-SMALL"]
    assert listed("sandra", "sort=-amount") == ["A-LARGE", "A-NEAR", "A-OVER", "A-SMALL"]
    assert listed("sandra", "family=eligibility") == ["A-OVER"]
    assert listed("sandra", "near=7") == ["A-OVER", "A-NEAR"]
    assert listed("sandra", "stage=overturned") == ["A-WON"]
    assert listed("linda", "facility=NLM&stage=any&payer=AETNA") == ["A-ELSE"]
    exported = b"".join(signed_in("sandra").get("/denials/?export=csv&stage=any")).decode()
    assert exported.count("\n") == 6
    assert "A-LARGE" not in exported


def test_an_appeal_is_recorded_from_its_page_and_a_write_off_beyond_the_limit_asks_for_a_lead() -> None:
    found = denial("A7000700", "500.00")
    sandra = signed_in("sandra")
    page = sandra.get(f"/denials/{found.pk}/").content.decode()
    assert "A7000700" not in page
    assert "ask for it in its case" in page
    assert sandra.post(f"/denials/{found.pk}/write-off/", {"reason": "late"}).status_code in {403, 409}
    done = sandra.post(f"/denials/{found.pk}/appeal/", {"reference": "P-1", "reason": "notes"}, follow=True)
    assert "Appeal P-1 is recorded" in done.content.decode()
    found.refresh_from_db()
    assert (found.stage, found.appeal_level) == ("appealed", 1)
    assert last_audit().action == "denial.appeal"
    again = sandra.post(f"/denials/{found.pk}/appeal/", {"reference": "P-2"})
    assert again.status_code == 409
    assert "it cannot become appealed" in again.content.decode()


def test_a_denial_elsewhere_is_out_of_reach() -> None:
    found = denial("A1", "500.00", facility="NLM")
    assert signed_in("sandra").get(f"/denials/{found.pk}/").status_code == 403
    assert signed_in("xavier").get("/denials/").status_code == 403


def test_denials_are_counted_by_the_step_that_they_lead_back_to() -> None:
    denial("A1", "500.00")
    denial("A2", "300.00", stage="overturned", recovered="250.00")
    denial("A3", "900.00", family="eligibility", root_cause="eligibility not checked")
    page = signed_in("linda").get("/denials/causes/")
    first, second = page.context["table"].rows
    assert "Eligibility not checked" in first.html
    assert "Authorization not requested" in second.html
    assert "100% of those at an end" in second.html
