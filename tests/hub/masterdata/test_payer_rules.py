"""Payer rules: written down only where they can be carried out, and in force on their days, for their payer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hub.governance.models import AuditEntry
from hub.governance.roles import Role
from hub.masterdata import crosswalk
from hub.masterdata.models import PayerRule
from hub.masterdata.rule_kinds import faults
from tests.hub.governance.people import person
from tests.hub.masterdata.conftest import Group

pytestmark = pytest.mark.django_db
ADD = "admin:masterdata_payerrule_add"
ON = date(2026, 11, 9)


def rule(code: str, **values: Any) -> PayerRule:
    given: dict[str, Any] = {
        "transaction": "837", "kind": "taxonomy-required", "effective": (date(2026, 1, 1), None), "message": "Add it.",
    }  # fmt: skip
    return PayerRule.objects.create(code=code, **{**given, **values})


def codes(transaction: str = "837P", payer: str = "AETNA", facility: str = "C01", on: date = ON) -> list[str]:
    found = crosswalk.snapshot(fresh=True).rules_for(transaction, payer, facility, on)
    return [one.code for one in found]


def test_a_rule_holds_for_its_transaction_payer_facility_and_days() -> None:
    rule("everywhere")
    rule("aetna", payer="AETNA")
    rule("other-payer", payer="UHC")
    rule("other-place", facility="C02")
    rule("institutional", transaction="837I")
    rule("past", effective=(date(2025, 1, 1), date(2026, 11, 9)))
    rule("idle", active=False)
    assert codes() == ["aetna", "everywhere"]
    assert codes(on=date(2026, 11, 8)) == ["aetna", "everywhere", "past"]
    assert codes(transaction="837I", payer="UHC", facility="C02") == [
        "everywhere", "institutional", "other-payer", "other-place",
    ]  # fmt: skip


def test_a_changed_rule_is_another_version_of_the_crosswalk() -> None:
    before = crosswalk.snapshot(fresh=True).number
    rule("new")
    assert crosswalk.snapshot(fresh=True).number != before


@pytest.mark.parametrize(
    ("kind", "transaction", "parameters", "field"),
    [
        ("no-such-kind", "837", {}, "kind"),
        ("taxonomy-required", "270", {}, "transaction"),
        ("most-units", "837P", {"codes": ["97110"]}, "parameters"),
        ("most-units", "837P", {"codes": ["97110"], "units": "none"}, "parameters"),
        ("member-id-pattern", "837P", {"pattern": "("}, "parameters"),
        ("taxonomy-required", "837P", {"codes": ["1"]}, "parameters"),
        ("taxonomy-required", "837P", ["1"], "parameters"),
    ],
)
def test_a_rule_that_cannot_be_carried_out_says_which_field_is_wrong(
    kind: str, transaction: str, parameters: Any, field: str
) -> None:
    assert list(faults(kind, transaction, parameters)) == [field]


def test_a_steward_writes_a_rule_down_and_a_wrong_one_is_refused_in_words(group: Group) -> None:
    client = Client()
    client.force_login(person("alice", Role.STEWARD, is_staff=True))
    asked = {
        "code": "aetna-units", "transaction": "837P", "payer": "", "facility": "", "kind": "most-units",
        "parameters": '{"codes": ["97110"]}', "message": "Split the units.", "effective_0": "2026-01-01",
        "effective_1": "", "active": "on", "note": "",
    }  # fmt: skip
    page = client.post(reverse(ADD), asked).content.decode()
    assert "units is missing" in page
    assert not PayerRule.objects.exists()

    answer = client.post(reverse(ADD), {**asked, "parameters": '{"codes": ["97110"], "units": "4"}'})
    assert answer.status_code == 302
    assert codes() == ["aetna-units"]
    assert AuditEntry.objects.filter(object_kind="payerrule").count() == 1
