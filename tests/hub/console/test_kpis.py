"""The KPI pages: the number, what it means, how fresh it is, and the rows behind it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from hub.core import clock
from hub.core.clock import now
from hub.core.ids import uuid7
from hub.kpis import services
from hub.kpis.definitions import DEFINITIONS, Kpi
from hub.kpis.models import Freshness
from tests.hub.console.cast import signed_in
from tests.hub.kpis.test_measures import completed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("group")]

UNBILLED = f"/kpis/{Kpi.UNBILLED.value}/"


def words(client: Client, path: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(path).content.decode()))


@pytest.fixture
def visits() -> None:
    """Two unbilled visits at C07, one at NLM."""
    completed("C07", now() - timedelta(days=20), "100.00")
    completed("C07", now() - timedelta(days=21), "50.00")
    completed("NLM", now() - timedelta(days=20), "900.00")


def test_every_kpi_is_there_with_its_definition_and_its_direction() -> None:
    text = words(signed_in("xavier"), "/kpis/")
    for definition in DEFINITIONS:
        assert definition.name in text
        assert f"v{definition.version} · lower is better" in text


def test_a_kpi_is_broken_down_by_facility_largest_first(visits: None) -> None:
    text = words(signed_in("linda"), UNBILLED)
    assert "$1,050.00 3 items" in text
    table = text[text.index("Facility Items") :]
    assert table.index("NLM 1 $900.00") < table.index("C07 2 $150.00")


def test_a_facility_opens_the_rows_behind_its_number(visits: None) -> None:
    client = signed_in("linda")
    page = client.get(UNBILLED).content.decode()
    rows = f"{UNBILLED}rows/0/?facility=C07"
    assert f'href="{rows}"' in page
    assert client.get(rows).content.decode().count("<tr data-row=") == 2
    assert client.get(f"{UNBILLED}rows/0/").content.decode().count("<tr data-row=") == 3


def test_rows_of_one_facility_say_so_and_lead_to_its_other_kinds_and_back_to_all() -> None:
    page = signed_in("linda").get(f"/kpis/{Kpi.POSTING_LAG.value}/rows/0/?facility=C07").content.decode()

    assert "Patient payments posted at C07</h1>" in re.sub(r"\s+", " ", page)
    for part, place in ((1, "?facility=C07"), (0, "")):
        assert f'href="/kpis/{Kpi.POSTING_LAG.value}/rows/{part}/{place}"' in page


def test_a_reader_counts_and_opens_only_their_own_facilities(visits: None) -> None:
    simon = signed_in("simon")
    assert "$900.00 1 item" in words(simon, UNBILLED)
    assert simon.get(f"{UNBILLED}rows/0/").content.decode().count("<tr data-row=") == 1
    assert simon.get(f"{UNBILLED}rows/0/?facility=C07").content.decode().count("<tr data-row=") == 0


def test_no_account_number_is_shown_whole(visits: None) -> None:
    text = signed_in("linda").get(f"{UNBILLED}rows/0/").content.decode()
    assert "•••" in text or "–" in text


def test_the_trend_grows_day_by_day(visits: None) -> None:
    client = signed_in("linda")
    services.refresh()
    assert "The trend begins with the second day of numbers." in words(client, UNBILLED)
    with clock.travel(timedelta(days=1)):
        services.refresh()
        client = signed_in("linda")
        assert "chart-line" in client.get(UNBILLED).content.decode()


def test_a_silent_source_makes_the_number_doubtful() -> None:
    client = signed_in("linda")
    assert "Fresh" in words(client, UNBILLED)
    Freshness.objects.create(
        system="ehr", facility="C07", received_at=now() - timedelta(days=3), occurred_at=now(), newest_event=uuid7()
    )
    text = words(client, UNBILLED)
    assert "1 source silent" in text
    assert "ehr at every facility 3 d Silent" in text


@pytest.mark.parametrize("kpi", list(Kpi))
def test_every_kind_of_row_has_its_columns_and_its_export(kpi: Kpi, visits: None) -> None:
    client = signed_in("linda")
    links = re.findall(rf'href="(/kpis/{kpi.value}/rows/\d+/)"', client.get(f"/kpis/{kpi.value}/").content.decode())
    assert links
    for link in links:
        assert client.get(link).status_code == 200
        assert client.get(f"{link}?export=csv").status_code == 200
        for sort in re.findall(r'href="\?sort=([^"]+)"', client.get(link).content.decode()):
            assert client.get(f"{link}?sort={sort}").status_code == 200


@pytest.mark.parametrize("path", ["/kpis/charge-lag/rows/7/", "/kpis/no-such/", "/kpis/no-such/rows/0/"])
def test_numbers_that_are_none_are_not_found(path: str) -> None:
    assert signed_in("linda").get(path).status_code == 404


def test_the_pages_read_snapshots_and_cost_the_same(visits: None, django_assert_max_num_queries: Any) -> None:
    services.refresh()
    client = signed_in("linda")
    with django_assert_max_num_queries(30):
        client.get("/kpis/")
    with django_assert_max_num_queries(16):
        client.get(UNBILLED)
