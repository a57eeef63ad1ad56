"""W3, charge to claim: visit ended → charges complete → receivable posted → coded → claim sent → accepted.

One run carries one patient account. It waits where the outside has to act, and what does not come in time is a
case with its dollars: a visit without a charge, something performed that nobody charged, a charge entered twice, a
stay that nobody coded, a claim that nobody acknowledged. What changes after the account is billed is W3C's.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.core.errors import BusinessRefusal, Defect
from hub.core.events import Event
from hub.core.money import ZERO
from hub.ledger import services as ledger
from hub.masterdata.crosswalk import snapshot
from hub.records.models import Charge, Coding, Encounter
from orchestration.models import Wait as WaitRow
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Finish, Outcome, Skip, StepDefinition, Wait, Workflow
from orchestration.workflows.claim_charges import doubled, total, uncharged, worth
from orchestration.workflows.claim_edits import INSTITUTIONAL, PROFESSIONAL
from orchestration.workflows.claim_making import billed_encounter, make_claims, payer_of
from orchestration.workflows.claim_receivable import SELF_PAY, hold_account, record_difference
from orchestration.workflows.claim_sending import SENDING, made

#: Charges of a visit come in over some hours; the claim is made when no more are expected. House default.
BILL_HOLD = timedelta(days=1)
#: Discharged, not final billed: how long coding may take. House default.
CODED_WITHIN = timedelta(days=4)
#: A patient who is still in the house is looked at again after so long, if nothing is heard.
STILL_IN_HOUSE = timedelta(days=30)

_CHARGES = ("charge.captured", "charge.corrected", "charge.voided", "result.finalized")
_ENDS = ("encounter.completed", "encounter.discharged")


def match(work: Work) -> Outcome:
    """Appointment and encounter of the account; the visit's end starts the clocks."""
    encounter, appointment = billed_encounter(work.run.journey_id), work.journey_appointment()
    if encounter is not None and encounter.encounter_class == "I" and encounter.ended_at is None:
        return Wait(_topics(work, *_ENDS), until=work.now + STILL_IN_HOUSE)
    ended = encounter.ended_at if encounter is not None else None
    begun = ended or (appointment.completed_at if appointment is not None else None)
    if begun is None:
        raise Defect("visit-not-ended", "The visit of this run has no end.")
    if encounter is None or ended is None:
        limit = begun + _grace(work)
        if work.now >= limit:
            raise _unbilled(work, "visit-without-encounter", "A completed visit has no encounter in the EHR.")
        return Wait(_topics(work, *_ENDS), until=limit)
    return Done({"ended_at": ended.isoformat(), "payer": payer_of(encounter, appointment), "encounter": encounter.key})


def await_charges(work: Work) -> Outcome:
    """Charges must come within the facility's grace, none missing and none twice, and the claim waits for the hold.

    A visit that led to a stay is billed with it: then the stay's end counts.
    """
    encounter, charges = billed_encounter(work.run.journey_id), work.charges()
    if encounter is None and not charges:
        return Finish({"claim": "", "reason": "the visit was taken back"})
    encounter = _encounter(work)
    ended = encounter.ended_at
    if ended is None:
        return Wait(_topics(work, *_ENDS), until=work.now + STILL_IN_HOUSE)
    limit = ended + _grace(work)
    if not charges:
        if work.now >= limit:
            raise _unbilled(work, "completed-without-charge", "A completed visit has no charge.")
        return Wait(_topics(work, "charge.captured"), until=limit)
    if work.now < ended + BILL_HOLD:
        return Wait((), until=ended + BILL_HOLD)
    finding = _missing(work, charges) or _doubled(work, charges)
    if finding is None:
        work.at_stake(total(charges))
        return Done(
            {
                "count": len(charges),
                "total": f"{total(charges):.2f}",
                "ended_at": ended.isoformat(),
                "payer": payer_of(encounter, work.journey_appointment()),
            }
        )
    # Only a run that listens goes on by itself once someone has put the charges right.
    if work.now >= limit and WaitRow.objects.filter(run=work.run, topic=_CHARGES[0]).exists():
        raise finding
    return Wait(_topics(work, *_CHARGES), until=limit)


def receivable(work: Work) -> Outcome:
    """Charges captured: receivable against gross revenue, by cost center."""
    hold_account(work.run.journey_id)
    charges = work.charges()
    work.at_stake(total(charges))
    entry = record_difference(
        work,
        "receivable",
        charges,
        payer=_payer(work),
        facility=charges[0].facility if charges else work.run.facility,
        on=_ended(work).date(),
        words="Charges captured",
    )
    if entry is None:
        return Skip("nothing to post")
    return Deliver("erp", "journal.post", ledger.journal_payload(entry), posting_key=entry.posting_key)


def await_coding(work: Work) -> Outcome:
    """A stay is billed under its final codes; so is whatever else a payer's rule asks that of."""
    ledger.mark_posted(
        work.workflow.posting_key(work.run.subject, "receivable"),
        str(work.output("receivable").get("reference", "")),
    )
    encounter = _encounter(work)
    if not _is_coded(work, encounter):
        return Skip("billed under the codes of its charges")
    ended = encounter.ended_at
    if ended is None:
        return Wait(_topics(work, *_ENDS), until=work.now + STILL_IN_HOUSE)
    coding = Coding.objects.filter(journey_id=work.run.journey_id).order_by("-completed_at").first()
    if coding is not None and coding.completed_at >= ended:
        return Done({"drg": coding.drg})
    limit = ended + CODED_WITHIN
    if work.now >= limit and work.run.armed:
        raise BusinessRefusal(
            "discharged-not-final-billed",
            "A patient was discharged and the stay is not coded: nothing can be billed.",
            cause=(str(work.run.journey_id),),
            hint="Have it coded in billing; the run goes on by itself when the codes arrive.",
            subject={"facility": work.run.facility},
        )
    return Wait(_topics(work, "coding.completed", "encounter.reopened"), until=limit)


def make_claim(work: Work) -> Outcome:
    """The claims of these charges; a self-pay account has none and is billed to the patient."""
    if _payer(work) == SELF_PAY:
        return Finish({"claim": "", "reason": "self-pay: billed to the patient"})
    hold_account(work.run.journey_id)
    claims = make_claims(_encounter(work), _payer(work), _ended(work))
    if not claims:
        return Finish({"claim": "", "reason": "every charge was voided"})
    return made(claims)


def _missing(work: Work, charges: list[Charge]) -> BusinessRefusal | None:
    """Laboratory and radiology say what they performed; what nobody charged is revenue that would be lost."""
    missing = uncharged(work.run.journey_id, charges)
    if not missing:
        return None
    work.at_stake(worth(missing, _payer(work), _ended(work).date(), snapshot()))
    return BusinessRefusal(
        "performed-without-charge",
        "Laboratory or radiology performed what nobody charged.",
        cause=(str(work.run.journey_id),),
        hint="Have the department capture it; the run goes on by itself then. If nothing is missing, replay the run"
        " from “Post the receivable”.",
        subject={"facility": work.run.facility, "codes": ", ".join(sorted(missing)), "count": str(len(missing))},
    )


def _doubled(work: Work, charges: list[Charge]) -> BusinessRefusal | None:
    again = doubled(charges)
    if not again:
        return None
    work.at_stake(total(again))
    return BusinessRefusal(
        "charge-entered-twice",
        "A charge stands twice: same visit, service, day, modifiers, units and amount.",
        cause=(str(work.run.journey_id),),
        hint="Void one of the two, or give it the modifier that says it was done again (76, 77, 59); the run goes on"
        " by itself then. If both stand as they are, replay the run from “Post the receivable”.",
        subject={"facility": work.run.facility, "count": str(len(again))},
    )


def _unbilled(work: Work, code: str, message: str) -> BusinessRefusal:
    appointment = work.journey_appointment()
    work.at_stake((appointment.expected_amount if appointment is not None else None) or ZERO)
    return BusinessRefusal(
        code,
        message,
        cause=(str(work.run.journey_id),),
        hint="Have the department capture the charge; the run goes on by itself when it arrives.",
        subject={"facility": work.run.facility},
    )


def _is_coded(work: Work, encounter: Encounter) -> bool:
    if _payer(work) == SELF_PAY:
        return False
    if encounter.encounter_class == "I":
        return True
    on = _ended(work).date()
    return any(
        rule.kind == "coding-required"
        for form in (PROFESSIONAL, INSTITUTIONAL)
        for rule in snapshot().rules_for(form, _payer(work), encounter.facility, on)
    )


def _topics(work: Work, *types: str) -> tuple[tuple[str, str], ...]:
    keys = {work.run.entity_key, str(work.data.get("account_number", ""))} - {""}
    return tuple((topic, key) for topic in types for key in sorted(keys))


def _grace(work: Work) -> timedelta:
    return timedelta(days=snapshot().facility(work.run.facility).charge_grace_days)


def _known(work: Work, name: str) -> str:
    """As it stood when the charges were complete, or when the visit was matched."""
    return str(work.output("charges").get(name) or work.output("match")[name])


def _ended(work: Work) -> datetime:
    return datetime.fromisoformat(_known(work, "ended_at"))


def _payer(work: Work) -> str:
    return _known(work, "payer")


def _encounter(work: Work) -> Encounter:
    encounter = billed_encounter(work.run.journey_id)
    if encounter is None:
        raise Defect("encounter-missing", "The encounter of this run is gone.")
    return encounter


def _subject(event: Event) -> str:
    return event.account_number or event.entity_key


WORKFLOW = Workflow(
    code="W3",
    version=2,
    title="Charge to claim",
    starts_on=frozenset({"encounter.completed", "encounter.discharged", "appointment.completed"}),
    steps=(
        StepDefinition("match", "Match visit and encounter", match),
        StepDefinition("charges", "Await the charges", await_charges),
        StepDefinition("receivable", "Post the receivable", receivable),
        StepDefinition("coding", "Await the final codes", await_coding),
        StepDefinition("claim", "Make the claim", make_claim),
        *SENDING,
    ),
    subject=_subject,
    order=_subject,
)
