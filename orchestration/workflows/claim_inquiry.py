"""W3Q, claim status inquiry: a claim that its payer has and does not decide is asked after (276), then a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from connectors.models import Delivery
from connectors.payers.payloads import CLAIM_STATUS, ClaimStatusInquiry, Member, Provider, as_payload, trace_for
from connectors.states import DELIVERY_OPEN
from hub.core.errors import BusinessRefusal, Defect
from hub.core.events.claim import ClaimResponseEvent
from hub.core.sealing import open_json
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Charge, Claim, ClaimSequence, Encounter
from hub.records.models import Event as EventRow
from hub.records.services import Recorded
from hub.records.states import ClaimStatus
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Finish, Outcome, Skip, StepDefinition, Wait, Workflow
from orchestration.workflows import subjects
from orchestration.workflows.claim_making import VOID, is_decided

#: How long after its acceptance a claim may stay without a decision before its payer is asked. House default.
DECIDED_WITHIN = timedelta(days=21)
#: How long the payer's answer may take; it is asked in real time.
ANSWERED_WITHIN = timedelta(days=1)
#: A person has it asked again at the earliest after this time. House default.
ANSWER_HOLDS = timedelta(minutes=5)
_UNDECIDED = frozenset({ClaimStatus.SUBMITTED, ClaimStatus.ACKNOWLEDGED, ClaimStatus.ACCEPTED})
_DECISIONS = ("claim.adjudicated", "claim.denied")
_REPORTED = "claim.status_reported"


def await_decision(work: Work) -> Outcome:
    claim = _claim(work)
    if claim.frequency_code == VOID or _is_settled(claim):
        return Finish({"status": claim.status})
    limit = (claim.accepted_at or claim.occurred_at) + DECIDED_WITHIN
    if work.now >= limit:
        return Done()
    return Wait(_topics(claim, *_DECISIONS), until=limit)


def inquire(work: Work) -> Outcome:
    """Ask the payer, where it can be asked in real time."""
    claim = _claim(work)
    work.at_stake(claim.amount)
    system = snapshot().payer(claim.payer).real_time_system
    if not system:
        return Skip("this payer cannot be asked in real time")
    return Deliver(system, CLAIM_STATUS, as_payload(_inquiry(claim)))


def await_report(work: Work) -> Outcome:
    """A decision settles it. Else a person is told what the payer says of the claim, and may have it asked again."""
    claim = _claim(work)
    if _is_settled(claim):
        return Done({"status": claim.status})
    rounds = work.asked(_prefix(work))
    newest = rounds[-1] if rounds else None
    reported = _reported(claim, newest.created_at if newest else None)
    if work.released and newest is not None and newest.state not in DELIVERY_OPEN and _is_old(work, newest):
        again = Deliver(newest.system, CLAIM_STATUS, as_payload(_inquiry(claim)), f"{_prefix(work)}:{len(rounds) + 1}")
        return Wait(_topics(claim, _REPORTED, *_DECISIONS), until=work.now + ANSWERED_WITHIN, ask=again)
    limit = newest.created_at + ANSWERED_WITHIN if newest is not None else _limit(claim)
    # Only a run that listens goes on by itself once the payer has decided.
    if work.run.armed and (reported is not None or newest is None or work.now >= limit):
        raise _undecided(claim, reported or _reported(claim, None))
    return Wait(_topics(claim, _REPORTED, *_DECISIONS), until=limit)


def _prefix(work: Work) -> str:
    """Under which the rounds of the question are asked."""
    return work.workflow.posting_key(work.run.subject, "inquire")


def _limit(claim: Claim) -> datetime:
    return (claim.accepted_at or claim.occurred_at) + DECIDED_WITHIN + ANSWERED_WITHIN


def _is_old(work: Work, newest: Delivery) -> bool:
    """Whether the payer was asked long enough ago to be asked again."""
    return work.now - (newest.finished_at or newest.created_at) >= ANSWER_HOLDS


def _reported(claim: Claim, since: datetime | None) -> EventRow | None:
    """What the payer last said of the claim, in answer to a question asked at `since`."""
    rows = EventRow.objects.filter(entity_kind="claim", entity_key=claim.key, type=_REPORTED)
    return (rows if since is None else rows.filter(received_at__gte=since)).order_by("-id").first()


def _undecided(claim: Claim, reported: EventRow | None) -> BusinessRefusal:
    said = reported.data if reported is not None else {}
    codes = " ".join(part for part in (said.get("status_category"), said.get("status_code")) if part)
    return BusinessRefusal(
        "claim-not-decided",
        "The payer has had the claim for three weeks and has not decided it.",
        cause=(str(claim.pk),),
        hint="Call the payer with the claim number; the case closes by itself when the remittance comes.",
        subject={
            "payer": claim.payer,
            "claim": claim.key,
            "facility": claim.facility,
            "status": f"it reports {codes}" if codes else "it was not asked, or did not say",
        },
    )


def _is_settled(claim: Claim) -> bool:
    return claim.status not in _UNDECIDED or is_decided(claim)


def _inquiry(claim: Claim) -> ClaimStatusInquiry:
    if claim.encounter is None:
        raise Defect("encounter-missing", "The encounter of this claim is gone.")
    info = snapshot().facility(claim.facility)
    days = sorted(Charge.objects.filter(claim=claim).values_list("service_date", flat=True))
    first = days[0] if days else claim.occurred_at.date()
    return ClaimStatusInquiry(
        trace=trace_for(claim.key, "Q"),
        member=_member(claim, claim.encounter),
        provider=Provider(name=info.name, npi=info.npi),
        claim_number=claim.key,
        amount=claim.amount,
        service_from=first,
        service_to=days[-1] if days else None,
        payer_claim_control_number=claim.payer_claim_control_number,
    )


def _member(claim: Claim, encounter: Encounter) -> Member:
    person = open_json(encounter.sealed)
    primary = claim.sequence_code == ClaimSequence.PRIMARY
    return Member(
        last=str(person.get("patient_last_name", "")),
        first=str(person.get("patient_first_name", "")),
        birth_date=date.fromisoformat(person["patient_birth_date"]) if person.get("patient_birth_date") else None,
        sex=str(person.get("patient_sex", "")),
        member_id=str(person.get("member_id" if primary else "secondary_member_id", "")),
    )


def _topics(claim: Claim, *types: str) -> tuple[tuple[str, str], ...]:
    return tuple((topic, claim.key) for topic in types)


def _claim(work: Work) -> Claim:
    return Claim.objects.select_related("encounter").get(key=work.run.subject)


def _taken_by_the_payer(recorded: Sequence[Recorded]) -> list[Recorded]:
    """A 999 speaks of syntax only: the payer has a claim once a 277CA says so."""
    return [item for item in recorded if isinstance(item.event, ClaimResponseEvent) and item.event.source == "277CA"]


WORKFLOW = Workflow(
    code="W3Q",
    version=1,
    title="Claim status inquiry",
    starts_on=frozenset({"claim.acknowledged"}),
    steps=(
        StepDefinition("decision", "Await the decision", await_decision),
        StepDefinition("inquire", "Ask the payer", inquire),
        StepDefinition("reported", "Await what it says", await_report),
    ),
    subject=subjects.entity,
    order=subjects.entity,
    concerns=_taken_by_the_payer,
)
