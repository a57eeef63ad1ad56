"""The stage before the visit: is it covered, authorized, estimated?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hub.console.selectors.journeys import JourneyStory
from hub.console.tables.stop import Stop
from hub.records.states import AppointmentStatus, AuthorizationStatus, CoverageStatus
from hub.ui.badges import Tone

_COVERAGE = {
    CoverageStatus.ACTIVE: (Tone.INFO, "covered"),
    CoverageStatus.INACTIVE: (Tone.CRITICAL, "not covered"),
    CoverageStatus.REJECTED: (Tone.CRITICAL, "payer could not say"),
}
_AUTHORIZATION = {
    AuthorizationStatus.REQUESTED: (Tone.CAUTION, "authorization requested"),
    AuthorizationStatus.PENDED: (Tone.CAUTION, "authorization pending"),
    AuthorizationStatus.DENIED: (Tone.CRITICAL, "authorization denied"),
    AuthorizationStatus.EXPIRED: (Tone.CAUTION, "authorization expired"),
}


def readiness_stops(story: JourneyStory) -> Iterator[Stop]:
    """None where nobody prepared anything and nothing is to come: an emergency, a visit that was never booked."""
    records = (story.coverages, story.authorizations, story.estimates)
    coming = any(one.status == AppointmentStatus.BOOKED for one in story.appointments) and not story.encounters
    if not coming and not any(records):
        return
    tone, words = _standing(story)
    estimate = story.estimates[-1] if story.estimates else None
    anchor = "authorization" if story.authorizations else "coverage" if story.coverages else "estimate"
    share = estimate.patient_share if estimate is not None else None
    yield Stop("Readiness", anchor, _newest(story), share, tone, words)


def _standing(story: JourneyStory) -> tuple[Tone | None, str]:
    """What stands in the way, else how far it is: the newest answer counts."""
    coverage = _COVERAGE.get(CoverageStatus(story.coverages[-1].status)) if story.coverages else None
    if coverage is not None and coverage[0] is Tone.CRITICAL:
        return coverage
    for one in story.authorizations[-1:]:
        if one.status != AuthorizationStatus.APPROVED:
            return _AUTHORIZATION[AuthorizationStatus(one.status)]
    if story.estimates:
        return Tone.POSITIVE, "patient's share"
    return coverage or (None, "")


def _newest(story: JourneyStory) -> datetime | None:
    moments = [one.occurred_at for rows in (story.coverages, story.authorizations, story.estimates) for one in rows]
    return max(moments, default=None)
