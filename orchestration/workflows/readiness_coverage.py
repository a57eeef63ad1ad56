"""W2's first question: does the payer cover this patient on the day of the visit?"""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.records.journeys import link
from hub.records.models import Coverage
from hub.records.states import CoverageStatus
from orchestration.work import Work
from orchestration.workflow import Done, Outcome, Skip, Wait
from orchestration.workflows import readiness_questions as questions
from orchestration.workflows.readiness_questions import Question
from orchestration.workflows.readiness_visit import PATIENCE, Topics, Visit, changes, hold, over, visit_of

#: After an answer that says "not now" the payer is asked again this much later. House default.
ASK_AGAIN_AFTER = timedelta(hours=1)
#: An answer that stands in the way is asked for again at the earliest after this time. House default.
ANSWER_HOLDS = timedelta(minutes=5)
#: X12 code list 901 (AAA03): unable to respond now, no answer from the payer's own system.
_NOT_NOW = frozenset({"42", "80"})
_REASONS = {
    "15": "it misses something that the payer needs",
    "33": "it misses something that the payer needs",
    "41": "we are not authorized to ask",
    "42": "the payer cannot answer now",
    "43": "our provider number is not right",
    "45": "our provider number is not known there",
    "50": "the provider may not ask",
    "51": "the provider is not on file",
    "52": "the service date is not allowed",
    "57": "the service date is not right",
    "58": "the birth date is not right",
    "62": "the day is out of the payer's range",
    "64": "the member id is not right",
    "65": "the name is not right",
    "67": "the patient is not found",
    "71": "the birth date is not that of the member",
    "72": "the member id is not right",
    "73": "the name is not that of the member",
    "75": "the member is not found",
    "76": "several members fit",
    "79": "the payer was not reached",
    "80": "the payer's own system did not answer",
}


def reason_in_words(code: str) -> str:
    """An AAA03 code as people say it."""
    return _REASONS.get(code, f"the payer says {code}" if code else "the payer says no more")


def eligibility(work: Work) -> Outcome:
    """Active coverage, or a case: not covered, not understood, not answered by the visit's cut-off."""
    visit = visit_of(work)
    if end := over(work, visit):
        return end
    if visit.is_self_pay:
        return Skip("the patient pays")
    if not visit.payer.real_time_system:
        return Skip("the payer answers no questions in real time")
    if visit.missing():
        return _incomplete(work, visit)
    trace, question = questions.eligibility(work, visit)
    link(work.run.journey_id, "coverage", trace)
    topics = (*changes(work, visit), ("coverage.eligibility_checked", trace))
    coverage = Coverage.objects.filter(key=trace).first()
    if coverage is None:
        return _unanswered(work, visit, question, topics)
    if coverage.status == CoverageStatus.ACTIVE:
        return Done({"trace": trace, "payer": visit.payer.code, "status": "active"})
    if work.released and _is_old(work, question):  # somebody mended it at the payer, perhaps: ask once more
        return Wait(topics, until=work.now + PATIENCE, ask=question.next())
    if coverage.status == CoverageStatus.INACTIVE:
        return hold(
            work, visit, "coverage-inactive", "The payer does not cover the patient on the day of the visit.",
            topics=topics, hint="Ask the patient for other coverage; its registration is taken up by itself.",
        )  # fmt: skip
    return _rejected(work, visit, question, coverage, topics)


def _is_old(work: Work, question: Question) -> bool:
    """Whether the payer's answer is old enough to be asked for again; its own arrival must not ask for the next."""
    newest = question.newest
    if newest is None or question.is_open:
        return newest is None
    return work.now - (newest.finished_at or newest.created_at) >= ANSWER_HOLDS


def _incomplete(work: Work, visit: Visit) -> Outcome:
    limit = visit.ready_by(work.run)
    if work.now < limit:
        return Wait(changes(work, visit), until=limit)
    return hold(
        work, visit, "eligibility-not-asked", f"The payer cannot be asked: {visit.missing()} missing.",
        topics=changes(work, visit), missing=visit.missing(),
        hint="Complete the registration; the payer is then asked by itself.",
    )  # fmt: skip


def _unanswered(work: Work, visit: Visit, question: Question, topics: Topics) -> Outcome:
    limit = visit.ready_by(work.run)
    if question.newest is None:
        return Wait(topics, until=max(limit, work.now + PATIENCE), ask=question.next())
    refused = question.refused
    if refused is not None and work.released:
        return Wait(topics, until=max(limit, work.now + PATIENCE), ask=question.next())
    if refused is not None:
        return hold(
            work, visit, "eligibility-not-answered", f"The payer refused our question ({refused.code}).",
            topics=topics, hint="The delivery says what the payer complains of; retry once it is mended.",
        )  # fmt: skip
    limit = max(limit, question.newest.created_at + PATIENCE)
    if work.now < limit:
        return Wait(topics, until=limit)
    return hold(
        work, visit, "eligibility-not-answered", "The payer has not said whether it covers the patient.",
        topics=topics, hint="Ask the payer by phone; the question stands in its lane and is still tried.",
    )  # fmt: skip


def _rejected(work: Work, visit: Visit, question: Question, coverage: Coverage, topics: Topics) -> Outcome:
    again = _when_to_ask_again(visit, work, question, coverage)
    if again is not None and work.now < again:
        return Wait(topics, until=again)
    if again is not None:
        return Wait(topics, until=visit.ready_by(work.run), ask=question.next())
    words = reason_in_words(coverage.rejection)
    return hold(
        work, visit, "eligibility-rejected", f"The payer could not say whether it covers the patient: {words}.",
        topics=topics, reason=words, hint="Correct the registration; the payer is then asked again by itself.",
    )  # fmt: skip


def _when_to_ask_again(visit: Visit, work: Work, question: Question, coverage: Coverage) -> datetime | None:
    """None where it would be in vain: the reason will not pass by itself, or the time is over."""
    newest = question.newest
    if coverage.rejection not in _NOT_NOW or newest is None or work.now >= visit.ready_by(work.run):
        return None
    if question.is_open:
        return visit.ready_by(work.run)
    return (newest.finished_at or newest.created_at) + ASK_AGAIN_AFTER
