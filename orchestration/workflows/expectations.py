"""What the hub expects to follow what happened: one literal, beside the workflows.

A clock has one owner. Where a run waits for the event, the run's own step says what its absence means, and what is
declared here stays silent (docs/decisions/a-run-that-waits-owns-the-clock.md).
"""

from __future__ import annotations

from datetime import timedelta

from hub.core.errors import Failure
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Event
from orchestration.expecting import Calendar, Expectations, Expected, Join, Stake, Within

#: DOMAIN §6: a batch is acknowledged by 999 within an hour (CAQH CORE).
_SYNTAX = Within(hours=1)
#: House defaults.
_ACCEPTANCE = Within(business_days=2, calendar=Calendar.PAYER)
_REMITTANCE = Within(business_days=30, calendar=Calendar.PAYER)
_FINAL_BILL = Within(days=4)
#: CMS-0057-F: 72 hours for an expedited request, 7 calendar days for any other.
_EXPEDITED, _STANDARD = Within(hours=72), Within(days=7)
_CHARGE_GRACE = timedelta(days=3)

_DECIDED = frozenset({"claim.adjudicated", "claim.denied"})
_NO_VISIT = frozenset({"encounter.cancelled", "appointment.cancelled", "appointment.no_show"})


def _grace(row: Event) -> Within:
    """As many days as the facility gives its departments."""
    try:
        return Within(days=snapshot().facility(row.facility).charge_grace_days)
    except Failure:
        return Within(days=_CHARGE_GRACE.days)


def _is_insured(row: Event) -> bool:
    """Who pays himself is billed without a claim."""
    return row.data.get("payer") not in {None, "", "SELFPAY"}


def _is_acceptance(row: Event) -> bool:
    """A 999 speaks of syntax only; whatever else tells of the claim has it."""
    return bool(row.data.get("source") != "999")


EXPECTATIONS = Expectations(
    [
        Expected(
            code="charge",
            absent="expected-charge-absent",
            what="a charge of the visit",
            when=frozenset({"encounter.completed", "encounter.discharged", "appointment.completed"}),
            then=frozenset({"charge.captured"}),
            moot=_NO_VISIT,
            within=_grace,
            join=Join.JOURNEY,
            stake=Stake.VISIT,
            earlier=True,
        ),
        Expected(
            code="final-bill",
            absent="expected-final-bill-absent",
            what="the final bill after discharge",
            when=frozenset({"encounter.discharged"}),
            then=frozenset({"claim.submitted"}),
            moot=frozenset({"encounter.cancelled", "encounter.reopened"}),
            within=lambda row: _FINAL_BILL,
            join=Join.JOURNEY,
            stake=Stake.CHARGES,
            applies=_is_insured,
            earlier=True,
        ),
        Expected(
            code="authorization",
            absent="expected-authorization-absent",
            what="the payer's decision about the authorization",
            when=frozenset({"authorization.requested"}),
            then=frozenset({"authorization.approved", "authorization.denied"}),
            moot=frozenset({"authorization.expired"}),
            within=lambda row: _EXPEDITED if row.data.get("expedited") else _STANDARD,
            join=Join.ENTITY,
            stake=Stake.VISIT,
        ),
        Expected(
            code="999",
            absent="expected-999-absent",
            what="the clearinghouse's acknowledgement (999)",
            when=frozenset({"claim.submitted"}),
            then=frozenset({"claim.acknowledged", "claim.rejected"}) | _DECIDED,
            within=lambda row: _SYNTAX,
            join=Join.ENTITY,
            stake=Stake.CLAIM,
        ),
        Expected(
            code="277ca",
            absent="expected-277ca-absent",
            what="the claim's acceptance (277CA)",
            when=frozenset({"claim.submitted"}),
            then=frozenset({"claim.acknowledged", "claim.rejected"}) | _DECIDED,
            within=lambda row: _ACCEPTANCE,
            join=Join.ENTITY,
            stake=Stake.CLAIM,
            counts=_is_acceptance,
        ),
        Expected(
            code="835",
            absent="expected-835-absent",
            what="the payer's remittance (835)",
            when=frozenset({"claim.acknowledged"}),
            then=_DECIDED | {"claim.reversed"},
            moot=frozenset({"claim.rejected"}),
            within=lambda row: _REMITTANCE,
            join=Join.ENTITY,
            stake=Stake.CLAIM,
            applies=_is_acceptance,
        ),
    ]
)
