"""How the console says what several of its pages show: clocks, classes, people, places."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser, User

from exceptions.models import Case, Queue
from exceptions.states import CaseState
from hub.core.clock import now
from hub.core.errors import FailureClass
from hub.governance.access import name_of
from hub.ui.badges import Badge, Tone
from hub.ui.format import duration_text

WHOLE_GROUP = "Whole group"
#: From here on a clock that runs down is pointed out. House default.
_SOON = timedelta(hours=8)

_CLASS_BADGES: dict[FailureClass, Badge] = {
    FailureClass.TRANSIENT: Badge("Transient", Tone.CAUTION),
    FailureClass.AMBIGUOUS: Badge("Ambiguous", Tone.CRITICAL),
    FailureClass.OUTAGE: Badge("Outage", Tone.CRITICAL),
    FailureClass.DATA: Badge("Data", Tone.INFO),
    FailureClass.MAPPING: Badge("Mapping", Tone.ACCENT),
    FailureClass.BUSINESS: Badge("Business", Tone.NEUTRAL),
    FailureClass.AUTHORITY: Badge("Authority", Tone.CAUTION),
    FailureClass.CONFIGURATION: Badge("Configuration", Tone.CAUTION),
    FailureClass.LOST: Badge("Lost", Tone.CAUTION),
    FailureClass.SECURITY: Badge("Security", Tone.CRITICAL),
    FailureClass.DEFECT: Badge("Defect", Tone.CRITICAL),
}
CLASS_CHOICES = tuple((name.value, badge.label) for name, badge in _CLASS_BADGES.items())


def class_badge(failure_class: str) -> Badge:
    known = failure_class in set(FailureClass)
    return _CLASS_BADGES[FailureClass(failure_class)] if known else Badge(failure_class)


def clock_badge(case: Case) -> Badge | None:
    """How long until the case's clock runs out; none where it has none, or needs none any more."""
    if case.due_at is None or case.state == CaseState.RESOLVED:
        return None
    return due_badge(case.due_at)


def due_badge(due_at: datetime) -> Badge:
    left = due_at - now()
    if left <= timedelta(0):
        return Badge(f"{duration_text(left)} over", Tone.CRITICAL)
    return Badge(f"{duration_text(left)} left", Tone.CAUTION if left <= _SOON else Tone.NEUTRAL)


def person_name(user: User | AnonymousUser | None) -> str:
    if user is None or isinstance(user, AnonymousUser):
        return ""
    return name_of(user)


def place_name(facility: str) -> str:
    """A facility's code; what belongs to none belongs to the whole group."""
    return facility or WHOLE_GROUP


def queue_name(queue: str) -> str:
    return Queue(queue).label if queue in Queue.values else queue


def count_text(count: int, one: str, many: str = "") -> str:
    """`1 case`, `1,204 cases`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
