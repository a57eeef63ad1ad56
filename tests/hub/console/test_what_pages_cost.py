"""What a page asks the database: a fixed number of questions, however many rows there are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hub.ledger.models import Entry
from tests.hub.console.cast import signed_in
from tests.hub.console.flow import Flow

#: Page to the most queries it may take; sessions, the user, the grants and the navigation's count are among them.
MOST = {
    "/runs/": 8,
    "/runs/{billed}/": 12,
    "/messages/": 9,
    "/messages/{booking}/": 16,
    "/journeys/": 15,
    "/journeys/{whole}/": 24,
    "/systems/": 12,
    "/systems/erp/": 13,
    "/ledger/": 8,
    "/ledger/{entry}/": 15,
    "/api/v1/runs/": 4,
    "/api/v1/messages/": 4,
    "/api/v1/journeys/{whole}/": 20,
}


@pytest.fixture
def linda(flow: Flow) -> Client:
    return signed_in("linda")


@pytest.mark.parametrize("page", MOST)
def test_a_page_keeps_to_its_number_of_queries(flow: Flow, linda: Client, page: str) -> None:
    entry = Entry.objects.filter(kind="charge").values_list("pk", flat=True)[0]
    path = page.format(billed=flow.billed.pk, booking=flow.booking.pk, whole=flow.whole.pk, entry=entry)
    linda.get(path)  # what is kept for the life of the process is not the page's

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert linda.get(path).status_code == 200
    assert len(asked) <= MOST[page], [query["sql"][:120] for query in asked]


@pytest.mark.parametrize(
    "page", ["/runs/", "/messages/", "/journeys/", "/ledger/", "/api/v1/runs/", "/api/v1/messages/"]
)
def test_no_list_counts_its_rows(flow: Flow, linda: Client, page: str) -> None:
    with CaptureQueriesContext(connection) as asked:
        linda.get(page)

    # The navigation counts what is put aside, by an index of these few alone.
    statements = [query["sql"] for query in asked if "exceptions_casetally" not in query["sql"]]
    assert [statement for statement in statements if "COUNT(" in statement.upper()] == []
