"""Legal transitions of a case."""

from __future__ import annotations

from django.db import models

from hub.ui.badges import Tone, ToneChoices


class CaseState(ToneChoices):
    OPEN = "open", Tone.CAUTION, "Open"
    IN_PROGRESS = "in_progress", Tone.INFO, "In progress"
    RELEASING = "releasing", Tone.ACCENT, "Releasing"  # fixed; what it held is on its way again
    RESOLVED = "resolved", Tone.POSITIVE, "Resolved"


CASE_OPEN = (CaseState.OPEN, CaseState.IN_PROGRESS, CaseState.RELEASING)

TRANSITIONS: dict[str, frozenset[str]] = {
    CaseState.OPEN: frozenset({CaseState.IN_PROGRESS, CaseState.RELEASING, CaseState.RESOLVED}),
    CaseState.IN_PROGRESS: frozenset({CaseState.OPEN, CaseState.RELEASING, CaseState.RESOLVED}),
    CaseState.RELEASING: frozenset({CaseState.OPEN, CaseState.IN_PROGRESS, CaseState.RESOLVED}),
    CaseState.RESOLVED: frozenset({CaseState.OPEN, CaseState.IN_PROGRESS}),  # the latter where resolving is undone
}


class MemberState(ToneChoices):
    HELD = "held", Tone.CAUTION, "Held"
    RELEASED = "released", Tone.INFO, "Released"
    DONE = "done", Tone.POSITIVE, "Done"
    DISMISSED = "dismissed", Tone.NEUTRAL, "Dismissed"


class Resolution(models.TextChoices):
    FIXED = "fixed", "Fixed at the cause"
    RELEASED = "released", "Went through on retry"
    CORRECTED = "corrected", "Corrected by the source"
    NO_ACTION = "no_action", "No action needed"
    DUPLICATE = "duplicate", "Duplicate of another case"
    SETTLED = "settled", "Settled outside the hub"
    # These two follow from what is done on the case's page; nobody says them of a case.
    DECIDED = "decided", "Decided by a person"
    WRITTEN_OFF = "written_off", "Written off"


#: The others, with their labels, as forms offer them.
SAID_BY_PEOPLE = [
    (one.value, one.label) for one in Resolution if one not in {Resolution.DECIDED, Resolution.WRITTEN_OFF}
]


class RootCause(models.TextChoices):
    """Where a case came from: what has to change so that it does not come again."""

    REGISTRATION = "registration", "Registration"
    ELIGIBILITY = "eligibility", "Eligibility"
    AUTHORIZATION = "authorization", "Authorization"
    CHARGE_CAPTURE = "charges", "Charge capture"
    CODING = "coding", "Coding"
    MASTER_DATA = "master_data", "Master data"
    PAYER = "payer", "The payer"
    SENDER = "sender", "The sending system"
    RECEIVER = "receiver", "The receiving system"
    HUB = "hub", "The hub itself"
    OTHER = "other", "Something else"


class NoticeKind(models.TextChoices):
    """Why a person is told of a case."""

    MENTION = "mention", "Mentioned you"
    ASSIGNED = "assigned", "Assigned to you"
    WATCHED = "watched", "Changed"
    ESCALATED = "escalated", "Needs a lead"
    APPROVAL = "approval", "Needs your approval"
    DECIDED = "decided", "Decided"


class AssignmentMode(models.TextChoices):
    """How a team's new cases find their owner."""

    BY_HAND = "by_hand", "By hand"
    ROUND_ROBIN = "round_robin", "In turn"
    LOAD = "load", "Whoever has the least to do"
    PERSON = "person", "Always the same person"


class LinkKind(models.TextChoices):
    """What a case is to another, said from its own side."""

    RELATED = "related", "Related to"
    CAUSED_BY = "caused_by", "Caused by"
    DUPLICATE = "duplicate_of", "Duplicate of"


class AlertEvent(models.TextChoices):
    """What a program outside can be told of."""

    OPENED = "case.opened", "A case opens"
    ASSIGNED = "case.assigned", "A case finds an owner"
    ESCALATED = "case.escalated", "A case is escalated"
    OVERDUE = "case.overdue", "A case's clock runs out"
    RESOLVED = "case.resolved", "A case is resolved"


class AlertState(ToneChoices):
    WAITING = "waiting", Tone.CAUTION, "Waiting"
    SENT = "sent", Tone.POSITIVE, "Taken"
    FAILED = "failed", Tone.CRITICAL, "Given up"


class MailChoice(models.TextChoices):
    """How a person hears of notices outside the console."""

    AT_ONCE = "at_once", "As they come"
    DAILY = "daily", "Once a day, in the morning"
    NONE = "none", "Not by e-mail"


class NoteKind(models.TextChoices):
    """What a line of a case's story is about."""

    COMMENT = "comment", "Comment"
    STATE = "state", "State"
    OWNER = "owner", "Owner"
    SNOOZED = "snoozed", "Snoozed"
    GROUPED = "grouped", "Merged or split"
    LINKED = "linked", "Links"
    ESCALATED = "escalated", "Escalated"
    ROUTED = "routed", "Team"
    ATTACHED = "attached", "Attachment"
    HELD = "held", "Held"
    RELEASED = "released", "Released"
