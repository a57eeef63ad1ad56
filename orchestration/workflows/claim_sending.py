"""The steps that every claim goes through once it is made: edits, sending, and the answers of the clearinghouse.

Workflows that make claims share them. Their step `claim` names the claims it made; an account has at most two that
go out together, an institutional and a professional one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from connectors.formats.x12 import InstitutionalClaim, ProfessionalClaim
from hub.core.errors import BusinessRefusal, Defect
from hub.core.events.claim import ClaimSubmitted
from hub.core.money import ZERO
from hub.masterdata.crosswalk import snapshot
from hub.records.journeys import link
from hub.records.models import Claim
from hub.records.models import Event as EventRow
from hub.records.states import ClaimStatus
from orchestration.work import Work
from orchestration.workflow import Deliver, Done, Outcome, Skip, StepDefinition, Wait
from orchestration.workflows.claim_building import build
from orchestration.workflows.claim_edits import INSTITUTIONAL, PROFESSIONAL, Draft, failing
from orchestration.workflows.claim_making import VOID, charges_of, is_decided, refresh
from orchestration.workflows.claim_receivable import hold_account

#: How long an accepted claim file may stay without its 999 and 277CA. House default.
ACKNOWLEDGE_WITHIN = timedelta(days=2)
ANSWERED = frozenset(
    {
        ClaimStatus.ACCEPTED, ClaimStatus.PAID, ClaimStatus.DENIED, ClaimStatus.REVERSED, ClaimStatus.REPLACED,
        ClaimStatus.VOIDED,
    }
)  # fmt: skip
ANSWERS = ("claim.acknowledged", "claim.rejected", "claim.adjudicated", "claim.denied")
#: Why a 277CA refuses a claim, by the category of its status (X12 code list 507).
_CATEGORIES = {
    "A3": "returned as unprocessable",
    "A6": "information is missing",
    "A7": "information is invalid",
    "A8": "fields contradict each other",
}
_MOST_REASONS = 3
#: The step that makes the claims, and what it calls their numbers.
_MAKE, _NUMBERS = "claim", ("claim", "second_claim")


def made(claims: Sequence[Claim]) -> Done:
    """What the step `claim` gives; `second_claim` is the other form of a split account."""
    numbers = zip(_NUMBERS, (claim.key for claim in claims), strict=False)
    amount = sum((claim.amount for claim in claims), ZERO)
    return Done({**dict(numbers), "amount": f"{amount:.2f}"})


def edits(work: Work) -> Outcome:
    """Every claim against the payer's rules of the day of service: what fails is a case in the rules' own words."""
    checked = 0
    for claim in _unsent(work):
        document = _document(claim)
        info = snapshot().payer(claim.payer)
        draft = Draft(document, work.now.date(), info.timely_filing_days)
        served = min((one.day for one in draft.services() if one.day), default=work.occurred_on)
        form = INSTITUTIONAL if isinstance(document, InstitutionalClaim) else PROFESSIONAL
        rules = snapshot().rules_for(form, claim.payer, claim.facility, served)
        checked += len(rules)
        if broken := failing(draft, rules):
            raise BusinessRefusal(
                "claim-edit-failed",
                " ".join(rule.message for rule in broken),
                cause=(claim.key, *(rule.code for rule in broken)),
                hint="Correct what the rules name where it is mastered, then retry: the claim is made anew from it.",
                subject={
                    "payer": claim.payer,
                    "claim": claim.key,
                    "facility": claim.facility,
                    "rules": ", ".join(rule.code for rule in broken),
                },
            )
    return Done({"rules": checked})


def submit(work: Work) -> Outcome:
    return _submit(work, 0)


def submit_second(work: Work) -> Outcome:
    return _submit(work, 1)


def keep_submission(work: Work) -> Outcome:
    return _keep(work, 0, "submit")


def keep_second(work: Work) -> Outcome:
    return _keep(work, 1, "submit-second")


def await_acceptance(work: Work) -> Outcome:
    """999 and 277CA of every claim, or a case: rejected by either, or silence."""
    claims = _claims(work)
    rejected = next((claim for claim in claims if claim.status == ClaimStatus.REJECTED), None)
    if rejected is not None:
        raise BusinessRefusal(
            "claim-rejected",
            f"The clearinghouse rejected the claim{_why(rejected)}.",
            cause=(str(rejected.pk),),
            hint=f"Correct what the answer names, then replay from “{_title_of_making(work)}”: a claim of the next"
            " number goes out in its place.",
            subject={"payer": rejected.payer, "claim": rejected.key},
        )
    open_ = [claim for claim in claims if claim.status not in ANSWERED and not is_decided(claim)]
    if not open_:
        return Done({"status": claims[0].status})
    limit = min((claim.submitted_at or work.now) + ACKNOWLEDGE_WITHIN for claim in open_)
    if work.now >= limit:
        raise BusinessRefusal(
            "claim-not-acknowledged",
            "The clearinghouse has not acknowledged the claim in time.",
            cause=(str(open_[0].pk),),
            hint="Ask the clearinghouse whether the file arrived; replay the submission if it did not.",
            subject={"payer": open_[0].payer, "claim": open_[0].key},
        )
    return Wait(tuple((topic, claim.key) for claim in open_ for topic in ANSWERS), until=limit)


def _why(claim: Claim) -> str:
    """What its answer says, as the clearinghouse coded it: categories in words (X12 507), the rest as it stands."""
    keys = [key for key in (claim.key, claim.control_number) if key]
    rows = EventRow.objects.filter(entity_kind="claim", entity_key__in=keys, type="claim.rejected")
    answer = rows.order_by("-id").first()
    errors = list(answer.data.get("errors") or ())[:_MOST_REASONS] if answer else []
    if answer is None or not errors:
        return ""
    said = (f"{words} ({error})" if (words := _CATEGORIES.get(error[:2])) else error for error in errors)
    return f" ({answer.data.get('source') or 'answer'}): {'; '.join(said)}"


def _title_of_making(work: Work) -> str:
    return work.workflow.steps[work.workflow.positions[_MAKE]].title


def _submit(work: Work, place: int) -> Outcome:
    """Send it: an 837 that the clearinghouse takes by SFTP. One claim number goes out once, whoever sends it."""
    claims = _claims(work)
    if place >= len(claims):
        return Skip("no second claim")
    claim = claims[place]
    if claim.control_number:
        return Skip("sent before")
    document = _document(claim)
    return Deliver(
        "clearinghouse",
        "claim.submit",
        {"form": claim.form, "claim": msgspec.to_builtins(document)},
        posting_key=f"W3:{claim.key}:submit",
    )


def _keep(work: Work, place: int, step: str) -> Outcome:
    """The control number by which a 999 will name this claim leads to it from here on; it is news that it is sent."""
    claims = _claims(work)
    control = str(work.output(step).get("reference", ""))
    if place >= len(claims) or not control:
        return Skip("nothing sent")
    # Read anew under its lock: the clearinghouse may have answered while we were still writing down that it was sent.
    claim = Claim.objects.select_for_update().get(pk=claims[place].pk)
    link(work.run.journey_id, "control", control)
    claim.control_number = control
    claim.submitted_at = claim.submitted_at or work.now
    if claim.status == ClaimStatus.BUILT:
        claim.status = ClaimStatus.SUBMITTED
    claim.save(update_fields=["control_number", "status", "submitted_at"])
    if claim.replaces is not None:
        Claim.objects.filter(pk=claim.replaces.pk).update(
            status=ClaimStatus.VOIDED if claim.frequency_code == VOID else ClaimStatus.REPLACED
        )
    return Done({"control_number": control}, events=(_news(work, claim),))


def _news(work: Work, claim: Claim) -> ClaimSubmitted:
    return ClaimSubmitted(
        occurred_at=work.now,
        entity_key=claim.key,
        facility=claim.facility,
        account_number=claim.account_number,
        claim_number=claim.key,
        payer=claim.payer,
        form=claim.form,
        frequency_code=claim.frequency_code,
        sequence_code=claim.sequence_code,
        replaces=claim.replaces.key if claim.replaces is not None else "",
        amount=claim.amount,
    )


def _document(claim: Claim) -> ProfessionalClaim | InstitutionalClaim:
    """The claim as its records stand now; the row follows them, so that it says what goes out."""
    hold_account(claim.journey_id)
    if claim.encounter is None:
        raise Defect("encounter-missing", "The encounter of this claim is gone.")
    charges = charges_of(claim)
    if not charges:
        raise BusinessRefusal(
            "claim-without-charges",
            "Every charge of the claim was voided before it was sent.",
            cause=(claim.key,),
            hint="Nothing is left to bill: cancel the run, or have the department capture what was done.",
            subject={"payer": claim.payer, "claim": claim.key},
        )
    refresh(claim, charges)
    return build(claim, claim.encounter, charges)


def _claims(work: Work) -> list[Claim]:
    """The claims of this run, in the order in which they were made."""
    made_before = work.output(_MAKE)
    numbers = [made_before[name] for name in _NUMBERS if made_before.get(name)]
    rows = Claim.objects.select_related("encounter", "replaces", "follows").in_bulk(numbers, field_name="key")
    return [rows[number] for number in numbers]


def _unsent(work: Work) -> list[Claim]:
    return [claim for claim in _claims(work) if not claim.control_number]


#: In this order after a step `claim`.
SENDING = (
    StepDefinition("edits", "Check the payer's rules", edits),
    StepDefinition("submit", "Send the claim", submit),
    StepDefinition("sent", "Keep the control number", keep_submission),
    StepDefinition("submit-second", "Send the second claim of a split account", submit_second),
    StepDefinition("sent-second", "Keep the second control number", keep_second),
    StepDefinition("accepted", "Await acceptance", await_acceptance),
)
