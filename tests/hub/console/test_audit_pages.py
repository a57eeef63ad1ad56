"""The audit as pages: every act with its reason, and the chain verified on demand."""

from __future__ import annotations

import csv

import pytest
from django.test import Client

from hub.governance.models import AuditEntry
from tests.hub.console.cast import last_audit, signed_in, unmapped_case
from tests.hub.console.flow import Flow
from tests.hub.governance.test_audit import intruder


@pytest.fixture
def audrey(flow: Flow) -> Client:
    """The auditor, after an engineer paused a system."""
    signed_in("erin").post("/systems/erp/pause/", {"reason": "Month-end close"})
    return signed_in("audrey")


def test_an_act_stands_in_the_list_and_on_a_page_of_its_own(audrey: Client) -> None:
    assert "system.pause" in audrey.get("/audit/?action=system.&actor=erin&door=page").content.decode()

    page = audrey.get(f"/audit/{last_audit().sequence}/").content.decode()
    for words in ("Month-end close", "erin", "paused", "active"):
        assert words in page


def test_an_entry_leads_to_the_case_that_it_is_about_by_its_number(audrey: Client) -> None:
    case = unmapped_case()
    signed_in("linda").post(f"/cases/{case.number}/comment/", {"text": "Asked the clinic"})

    assert f"case {case.number}" in audrey.get("/audit/?action=case.").content.decode()
    assert f'href="/cases/{case.number}/"' in audrey.get(f"/audit/{last_audit().sequence}/").content.decode()


@pytest.mark.parametrize("asked", ["erin", "Walsh", "erin walsh"])
def test_a_person_is_found_by_any_of_their_names(audrey: Client, asked: str) -> None:
    assert audrey.get("/audit/", {"actor": asked, "action": "system."}).content.decode().count("<tr data-row=") == 1
    assert audrey.get("/audit/", {"actor": "Frank"}).content.decode().count("<tr data-row=") == 0


def test_the_export_has_all_that_an_entry_says(audrey: Client) -> None:
    seal = last_audit().hash
    lines = b"".join(audrey.get("/audit/?export=csv").streaming_content).decode().splitlines()  # type: ignore[attr-defined]

    heading, export, before = (next(csv.reader([line])) for line in lines[:3])
    assert dict(zip(heading, export, strict=True))["Kind of object"] == "list", (
        "the export itself is written down first"
    )
    row = dict(zip(heading, before, strict=True))
    assert (row["Reason"], row["Kind of object"], row["On"]) == ("Month-end close", "system", "erp")
    assert row["Seal"] == seal
    assert '"paused"' in row["After"]


@pytest.mark.parametrize("query", ["door=odd", "since=zz", "object=%00", "cursor=zz", "action=", "sort=no"])
def test_odd_parameters_break_nothing(audrey: Client, query: str) -> None:
    assert audrey.get(f"/audit/?{query}").status_code == 200


def test_a_sound_chain_is_verified_and_that_is_an_act_too(audrey: Client) -> None:
    entries = AuditEntry.objects.count()
    page = audrey.post("/audit/verify/", follow=True).content.decode()

    assert "The chain holds" in page
    assert (last_audit().action, last_audit().after["entries"], last_audit().actor) == (
        "audit.verify",
        entries,
        "audrey",
    )


def test_a_touched_chain_is_found_where_it_was_touched(audrey: Client) -> None:
    touched = last_audit()
    with intruder():
        AuditEntry.objects.filter(pk=touched.pk).update(reason="Nothing")

    page = audrey.post("/audit/verify/", follow=True).content.decode()
    assert f"The chain is broken at entry {touched.sequence}" in page


@pytest.mark.parametrize("name", ["linda", "frank", "erin", "stella", "sandra", "xavier"])
def test_the_audit_is_for_auditors(flow: Flow, name: str) -> None:
    client = signed_in(name)

    assert client.get("/audit/").status_code == 403
    assert client.get("/audit/1/").status_code == 403
    assert client.post("/audit/verify/").status_code == 403
