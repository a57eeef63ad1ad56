"""Payer rules on claims: each kind, satisfied and not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.formats.x12 import Attachment, ClaimProvider, Diagnosis, Procedure
from hub.masterdata.rule_kinds import CLAIMS, KINDS, faults
from hub.masterdata.snapshot import PayerRuleInfo
from orchestration.workflows.claim_edits import CHECKS, Draft, failing
from tests.connectors.formats.x12.cast import ALICE, NPI, claim, line
from tests.connectors.formats.x12.stays import stay

TODAY = date(2026, 11, 20)
#: Kinds that are no edits: the claim waits for them, or is not concerned.
ELSEWHERE = {"coding-required"}
WHO = ClaimProvider(last="Reyes", npi=NPI)
MEMBER_X = replace(ALICE, member_id="X1")
CHECK_UP, PRESSURE = (Diagnosis("Z00.00", "ABK"),), (Diagnosis("I10", "ABK"),)
TWO_TRACINGS = line(procedure=Procedure("HC", "93000"), units=Decimal(2))


def broken(document: Any, kind: str, **parameters: Any) -> bool:
    assert faults(kind, "837", parameters) == {}
    rule = PayerRuleInfo("R", "837", "", "", kind, parameters, "Mend it.", date.min, date.max)
    return bool(failing(Draft(document, TODAY, 30), [rule]))


@pytest.mark.parametrize(
    ("kind", "parameters", "wrong", "right"),
    [
        ("authorization-number-required", {"codes": ["9921*"]}, claim(), claim(prior_authorization="A9")),
        ("member-id-pattern", {"pattern": "^X"}, claim(), claim(subscriber=MEMBER_X)),
        ("modifier-required", {"codes": ["93000"], "modifiers": ["59"]}, claim(), claim(lines=(line(),))),
        ("diagnosis-required", {"codes": ["99213"], "diagnoses": ["Z00*"]}, claim(), claim(diagnoses=CHECK_UP)),
        ("diagnoses-not-together", {"first": ["I10"], "second": ["E11*"]}, claim(), claim(diagnoses=PRESSURE)),
        ("most-units", {"codes": ["99213"], "units": "1"}, claim(lines=(line(), line())), claim()),
        ("rendering-provider-required", {}, claim(rendering=None), claim()),
        ("rendering-provider-required", {}, stay(attending=None), stay()),
        ("referring-provider-required", {"codes": ["93000"]}, claim(), claim(referring=WHO)),
        ("taxonomy-required", {}, claim(billing=replace(claim().billing, taxonomy=""), rendering=WHO), claim()),
        ("attachment-required", {"codes": ["93000"]}, claim(), claim(attachments=(Attachment(control_number="N1"),))),
        ("timely-filing", {"days": "17"}, claim(), claim(lines=(line(service_date=date(2026, 11, 3)),))),
        ("timely-filing", {"days": "17"}, claim(), claim(frequency_code="7")),
        ("most-units", {"codes": ["93000"], "units": 1}, claim(lines=(TWO_TRACINGS,)), stay()),
    ],
)  # fmt: skip
def test_a_rule_tells_a_claim_that_breaks_it_from_one_that_does_not(
    kind: str, parameters: dict[str, Any], wrong: Any, right: Any
) -> None:
    assert broken(wrong, kind, **parameters)
    assert not broken(right, kind, **parameters)


def test_the_payers_own_limit_counts_where_the_rule_names_none() -> None:
    early = claim(lines=(line(service_date=date(2026, 10, 1)),))
    rule = PayerRuleInfo("R", "837", "", "", "timely-filing", {}, "Late.", date.min, date.max)
    assert failing(Draft(early, TODAY, 30), [rule]) == [rule]
    assert failing(Draft(early, TODAY, 90), [rule]) == []


def test_every_kind_for_claims_is_carried_out_and_every_kind_is_written_down() -> None:
    for_claims = {kind for kind, info in KINDS.items() if info.transactions & CLAIMS}
    assert set(CHECKS) == for_claims - ELSEWHERE
    page = (Path(__file__).parents[2] / "docs" / "payer-rules.md").read_text()
    assert [kind for kind in KINDS if f"`{kind}`" not in page] == []
