"""What becomes of a failure: who decides it, what folds it with others, how it reads, and how long it may wait.

Two literal tables, by class and code and, where a code is not named, by class alone. They are policy and not
mechanism: a change here changes nothing about how cases are opened, joined, released or settled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from exceptions.models import Queue
from hub.core.errors import Failure, FailureClass
from hub.core.parking import Parked

_FINGERPRINT_LENGTH = 250
_TITLE_LENGTH = 160


class Fold(Enum):
    """What makes two failures of the same class, code and cause values one case."""

    CAUSE = auto()  #: nothing more; the case belongs to the facility that the subject names, if it names one
    PLACE = auto()  #: the same system and facility
    SYSTEM = auto()  #: the same system, for the whole group
    STEP = auto()  #: the same step of the same workflow, for the whole group
    ITEM = auto()  #: never: each is decided by itself
    INCIDENT = auto()  #: the system alone, whatever the code: an outage is one incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`title` is a template over the failure's subject and `_phrases`; it never holds patient data.

    `weight` is the priority, in dollars, of a case that has none. `due` is what a case may take where neither the
    parked work says (an appeal limit, a cut-off) nor the queue's service level: whole days are business days at the
    case's facility, unless `calendar_days` (they stand in for a legal clock); less is round the clock.
    """

    queue: Queue
    fold: Fold
    title: str
    weight: int
    due: timedelta
    calendar_days: bool = False


_UNMAPPED = Policy(
    queue=Queue.MAPPING,
    fold=Fold.CAUSE,
    title="{Domain} code {local_code}{of_system}{at_facility} has no mapping",
    weight=500,
    due=timedelta(days=2),
)
_UNKNOWN = Policy(
    queue=Queue.MAPPING,
    fold=Fold.CAUSE,
    title="{Domain} {code} is not in the reference data",
    weight=500,
    due=timedelta(days=2),
)

_DOMAINS = ("facility", "department", "provider", "location", "service_line", "payer", "account")

BY_CODE: Mapping[tuple[FailureClass, str], Policy] = {
    **{(FailureClass.MAPPING, f"unmapped-{domain}"): _UNMAPPED for domain in _DOMAINS},
    **{(FailureClass.MAPPING, f"unknown-{domain}"): _UNKNOWN for domain in _DOMAINS},
    (FailureClass.MAPPING, "unmapped-cost_center"): Policy(
        queue=Queue.MAPPING,
        fold=Fold.CAUSE,
        title="Department {local_code}{at_facility} has no cost center",
        weight=500,
        due=timedelta(days=2),
    ),
    (FailureClass.MAPPING, "unmapped-fee"): Policy(
        queue=Queue.MAPPING,
        fold=Fold.CAUSE,
        title="No expected amount for {visit_type} visits in {service_line} with payer {payer}",
        weight=300,
        due=timedelta(days=2),
    ),
    **{
        (FailureClass.BUSINESS, code): Policy(
            queue=Queue.PATIENT_ACCESS, fold=Fold.ITEM, title=title, weight=100, due=timedelta(days=2)
        )
        for code, title in {
            "eligibility-not-asked": "Coverage cannot be asked for{at_facility}: {missing} missing",
            "eligibility-not-answered": "Coverage by {payer} not answered in time{at_facility}",
            "eligibility-rejected": "Coverage by {payer} not known{at_facility}: {reason}",
            "coverage-inactive": "No coverage by {payer} for a visit{at_facility}",
            "authorization-by-hand": "A visit needs authorization that cannot be asked for from here{at_facility}",
            "authorization-denied": "Authorization of a visit refused by {payer}{at_facility}",
            "authorization-late": "Authorization not decided by {payer} in time{at_facility}",
            "authorization-other-days": "Authorization by {payer} is for other days{at_facility}",
        }.items()
    },
    (FailureClass.BUSINESS, "completed-without-charge"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="Completed visit without a charge{at_facility}",
        weight=100,
        due=timedelta(days=5),
    ),
    (FailureClass.BUSINESS, "visit-without-encounter"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="Completed visit that the EHR does not know{at_facility}",
        weight=100,
        due=timedelta(days=5),
    ),
    (FailureClass.BUSINESS, "claim-incomplete"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="Claim cannot be made{at_facility}: {missing} missing",
        weight=100,
        due=timedelta(days=5),
    ),
    (FailureClass.BUSINESS, "performed-without-charge"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="Performed and not charged{at_facility}: {codes}",
        weight=100,
        due=timedelta(days=5),
    ),
    (FailureClass.BUSINESS, "charge-entered-twice"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="A charge stands twice{at_facility}",
        weight=100,
        due=timedelta(days=3),
    ),
    (FailureClass.BUSINESS, "discharged-not-final-billed"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="Discharged, not final billed{at_facility}: the codes are missing",
        weight=100,
        due=timedelta(days=3),
    ),
    (FailureClass.BUSINESS, "claim-edit-failed"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="Claim to {payer} breaks the payer's rules{at_facility}: {rules}",
        weight=100,
        due=timedelta(days=3),
    ),
    (FailureClass.BUSINESS, "claim-without-charges"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="Every charge of a claim was voided before it went out{at_facility}",
        weight=100,
        due=timedelta(days=3),
    ),
    (FailureClass.BUSINESS, "charges-changed-after-billing"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="Charges came or changed after the claim went out{at_facility}",
        weight=100,
        due=timedelta(days=5),
    ),
    (FailureClass.BUSINESS, "claim-not-decided"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="A claim that {payer} has not decided{at_facility}: {status}",
        weight=100,
        due=timedelta(days=5),
    ),
    (FailureClass.BUSINESS, "claim-rejected"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="Claim to {payer} rejected{at_facility}",
        weight=100,
        due=timedelta(days=5),
    ),
    (FailureClass.BUSINESS, "claim-not-acknowledged"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="Claim to {payer} not acknowledged in time{at_facility}",
        weight=100,
        due=timedelta(days=2),
    ),
    (FailureClass.BUSINESS, "claim-denied"): Policy(
        queue=Queue.DENIALS,
        fold=Fold.ITEM,
        title="Claim denied by {payer}: {family}{at_facility}",
        weight=100,
        due=timedelta(days=30),
        calendar_days=True,
    ),
    **{
        (FailureClass.BUSINESS, f"expected-{rule}-absent"): Policy(
            queue=queue,
            fold=Fold.PLACE,
            title="Expected and absent{at_facility}: {what}",
            weight=100,
            due=timedelta(days=days),
        )
        for rule, queue, days in (
            ("charge", Queue.BILLING, 5),
            ("final-bill", Queue.BILLING, 3),
            ("authorization", Queue.BILLING, 2),
            ("999", Queue.BILLING, 1),
            ("277ca", Queue.BILLING, 2),
            ("835", Queue.CASH, 5),
        )
    },
    (FailureClass.DATA, "feed-silent"): Policy(
        queue=Queue.INTEGRATION,
        fold=Fold.SYSTEM,
        title="{System} is silent on feed {feed} since {since}",
        weight=2000,
        due=timedelta(hours=4),
    ),
    (FailureClass.BUSINESS, "appeal-not-decided"): Policy(
        queue=Queue.DENIALS,
        fold=Fold.ITEM,
        title="Appeal or correction not decided by {payer} in time{at_facility}",
        weight=100,
        due=timedelta(days=14),
        calendar_days=True,
    ),
    (FailureClass.DATA, "remittance-out-of-balance"): Policy(
        queue=Queue.CASH,
        fold=Fold.ITEM,
        title="Remittance {trace_number} does not balance: off by ${difference}",
        weight=1000,
        due=timedelta(days=1),
    ),
    (FailureClass.BUSINESS, "unmatched-claim-payment"): Policy(
        queue=Queue.CASH,
        fold=Fold.ITEM,
        title="A payer paid a claim that is not known here (remittance {remittance})",
        weight=200,
        due=timedelta(days=3),
    ),
    (FailureClass.MAPPING, "no-decision-rule"): Policy(
        queue=Queue.MAPPING,
        fold=Fold.CAUSE,
        title="No decision rule for {reason_code} of {payer}",
        weight=300,
        due=timedelta(days=5),
    ),
    (FailureClass.BUSINESS, "late-adjustment-review"): Policy(
        queue=Queue.CASH,
        fold=Fold.ITEM,
        title="Decide about {reason_code} of {payer}{at_facility}",
        weight=100,
        due=timedelta(days=5),
    ),
    (FailureClass.TRANSIENT, "claim-not-known"): Policy(
        queue=Queue.BILLING,
        fold=Fold.ITEM,
        title="An answer names a claim that was not submitted from here",
        weight=200,
        due=timedelta(days=2),
    ),
    (FailureClass.TRANSIENT, "reversed-payment-not-posted"): Policy(
        queue=Queue.CASH,
        fold=Fold.ITEM,
        title="A payer takes back a payment that is not posted{at_facility}",
        weight=200,
        due=timedelta(days=2),
    ),
    (FailureClass.BUSINESS, "unmatched-payment"): Policy(
        queue=Queue.CASH,
        fold=Fold.ITEM,
        title="Patient payment without a known account{at_facility}",
        weight=100,
        due=timedelta(days=3),
    ),
    (FailureClass.BUSINESS, "unknown-provider-adjustment"): Policy(
        queue=Queue.CASH,
        fold=Fold.CAUSE,
        title="{message}",
        weight=500,
        due=timedelta(days=3),
    ),
    (FailureClass.BUSINESS, "closed-period"): Policy(
        queue=Queue.CASH,
        fold=Fold.SYSTEM,
        title="{System} refuses entries: the period is closed",
        weight=1000,
        due=timedelta(days=1),
    ),
    **{
        (FailureClass.BUSINESS, code): Policy(
            queue=Queue.CASH, fold=Fold.SYSTEM, title="{message}", weight=500, due=timedelta(days=1)
        )
        for code in ("unbalanced", "unknown-account", "unknown-cost-center")
    },
}

BY_CLASS: Mapping[FailureClass, Policy] = {
    FailureClass.TRANSIENT: Policy(
        queue=Queue.INTEGRATION,
        fold=Fold.SYSTEM,
        title="{not_taken}",
        weight=500,
        due=timedelta(hours=8),
    ),
    FailureClass.AMBIGUOUS: Policy(
        queue=Queue.INTEGRATION,
        fold=Fold.SYSTEM,
        title="Sent to {System}, and whether it arrived is not known",
        weight=2000,
        due=timedelta(hours=4),
    ),
    FailureClass.OUTAGE: Policy(
        queue=Queue.INTEGRATION,
        fold=Fold.INCIDENT,
        title="{System} is down: deliveries wait",
        weight=5000,
        due=timedelta(hours=1),
    ),
    FailureClass.DATA: Policy(
        queue=Queue.INTEGRATION,
        fold=Fold.PLACE,
        title="{message}",
        weight=300,
        due=timedelta(days=1),
    ),
    FailureClass.MAPPING: Policy(
        queue=Queue.MAPPING,
        fold=Fold.CAUSE,
        title="{message}",
        weight=500,
        due=timedelta(days=2),
    ),
    FailureClass.BUSINESS: Policy(
        queue=Queue.CASH,
        fold=Fold.PLACE,
        title="{message}",
        weight=300,
        due=timedelta(days=3),
    ),
    FailureClass.AUTHORITY: Policy(
        queue=Queue.MAPPING,
        fold=Fold.PLACE,
        title="{System} tried to change what it does not own",
        weight=300,
        due=timedelta(days=2),
    ),
    FailureClass.CONFIGURATION: Policy(
        queue=Queue.INTEGRATION,
        fold=Fold.SYSTEM,
        title="{message}",
        weight=3000,
        due=timedelta(hours=2),
    ),
    FailureClass.LOST: Policy(
        queue=Queue.INTEGRATION,
        fold=Fold.STEP,
        title="Workers were lost too often{in_step}",
        weight=500,
        due=timedelta(hours=8),
    ),
    FailureClass.SECURITY: Policy(
        queue=Queue.SECURITY,
        fold=Fold.SYSTEM,
        title="{message}",
        weight=2000,
        due=timedelta(hours=4),
    ),
    FailureClass.DEFECT: Policy(
        queue=Queue.INTEGRATION,
        fold=Fold.STEP,
        title="The hub itself failed{in_step}",
        weight=1000,
        due=timedelta(hours=8),
    ),
}

#: Priority: dollars at risk, once more for each level it was escalated to, times time left to the clock. Urgency is 1
#: until `HORIZON` before the clock runs out, 10 when it does, and at most 20 after that, in whole steps, so that aging
#: changes few rows at a time. Columns are those of a case; `now` is a parameter.
HORIZON = timedelta(days=14)
_HORIZON_SECONDS = int(HORIZON.total_seconds())
PRIORITY_SQL = f"""LEAST(2000000000, (weight + amount) * (1 + escalated) * CASE WHEN due_at IS NULL THEN 1
    ELSE LEAST(20, 1 + FLOOR(9 *
    GREATEST(0, 1 - EXTRACT(EPOCH FROM due_at - %(now)s::timestamptz) / {_HORIZON_SECONDS}))) END)::integer"""


def policy_for(failure: Failure) -> Policy:
    return BY_CODE.get((failure.failure_class, failure.code)) or BY_CLASS[failure.failure_class]


def fingerprint(item: Parked) -> str:
    """What makes `item` the same cause as another; never shown, since cause values may name an account."""
    policy = policy_for(item.failure)
    fold = policy.fold
    if fold is Fold.INCIDENT:
        return f"{item.failure.failure_class.value}|{item.system}"
    extra: dict[Fold, tuple[str, ...]] = {
        Fold.CAUSE: (),
        Fold.PLACE: (item.system, item.facility),
        Fold.SYSTEM: (item.system,),
        Fold.STEP: (item.workflow, item.step),
        Fold.ITEM: (item.kind.value, str(item.ref)),
    }
    text = "|".join((item.failure.fingerprint, *extra[fold]))
    if len(text) <= _FINGERPRINT_LENGTH:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return text[: _FINGERPRINT_LENGTH - len(digest) - 1] + "#" + digest


def facility_of(item: Parked) -> str:
    """The facility whose people work the case; empty where it concerns the whole group."""
    match policy_for(item.failure).fold:
        case Fold.CAUSE:
            return item.failure.subject.get("facility", "")
        case Fold.PLACE | Fold.ITEM:
            return item.facility
        case _:
            return ""


def title(item: Parked, system_name: str) -> str:
    """One sentence for people."""
    values = _Values(item.failure.subject | _phrases(item, system_name))
    text = policy_for(item.failure).title.format_map(values).strip().rstrip(".")
    text = text[:1].upper() + text[1:]
    return text if len(text) <= _TITLE_LENGTH else text[: _TITLE_LENGTH - 1] + "…"


def outage_title(system_name: str, waiting: int) -> str:
    """The title of an outage once it is known what waits."""
    what = "1 delivery waits" if waiting == 1 else f"{waiting:,} deliveries wait"
    return f"{system_name} is down: {what}"[:_TITLE_LENGTH]


class _Values(dict[str, str]):
    """A value that the subject lacks reads as a dash: a case with a poor title is better than none."""

    def __missing__(self, key: str) -> str:
        return "–"


def _phrases(item: Parked, system_name: str) -> dict[str, str]:
    subject = item.failure.subject
    facility = subject.get("facility") or item.facility
    return {
        "message": item.failure.message,
        "Domain": subject.get("domain", "code").replace("_", " ").capitalize(),
        "System": system_name or "The system",
        "not_taken": f"{system_name} did not take it after every retry" if system_name else item.failure.message,
        "of_system": f" of {system_name}" if system_name else "",
        "at_facility": f" at {facility}" if facility else "",
        "in_step": f" in step {item.step} of {item.workflow}" if item.step else "",
    }
