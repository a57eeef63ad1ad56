"""Sending held messages back to their source: it mends them and sends them anew, and the case ends by that.

What the source gets is a listing it can ask for (`/api/v1/returns/`) and, where the system names a contact, a mail that
says which message, where in it and why, and nothing of what stands there.
"""

from __future__ import annotations

import smtplib
from collections import defaultdict
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet

from connectors.models import Message
from connectors.states import MessageState
from exceptions.acts import audited, note, require_open, require_reason, require_unchanged
from exceptions.correctable import places_named
from exceptions.errors import NotAllowedNow
from exceptions.locks import case_for_change
from exceptions.models import Case
from exceptions.releases import held_members
from exceptions.states import CaseState, NoteKind
from hub.core.clock import now
from hub.core.errors import FailureClass
from hub.core.parking import Held
from hub.governance import access
from hub.governance.access import Actor
from hub.governance.roles import Permission
from orchestration.correction_models import Returned
from orchestration.returning import give_back

_log = structlog.get_logger(__name__)

#: Messages that go back in one act.
MOST = 500
#: Lines of one mail, and mails of one pass.
_MOST_LINES, _PART = 40, 200
#: Cases whose messages their source can mend. What nobody could prove to be its sender's goes to nobody.
RETURNABLE = frozenset({FailureClass.DATA.value, FailureClass.AUTHORITY.value, FailureClass.MAPPING.value})


def may_return(case: Case) -> bool:
    """Whether the case holds messages that can go back."""
    held = case.failure_class in RETURNABLE and case.state not in {CaseState.RESOLVED, CaseState.RELEASING}
    return held and _returnable(case).exists()


@transaction.atomic
def send_back(*, case_id: UUID, actor: Actor, reason: str, version: int | None = None) -> list[Returned]:
    """All messages of the case that are still held go back; it stays open until the mended ones come.

    Raises NotAllowedNow where it holds none, or more than go back in one act.
    """
    case = case_for_change(case_id)
    access.require(actor, Permission.WORK_CASES, case.facility)
    require_open(case)
    require_unchanged(case, version)
    require_reason(reason)
    messages = list(_returnable(case).order_by("id")[: MOST + 1])
    if case.failure_class not in RETURNABLE or not messages:
        raise NotAllowedNow("nothing-to-return", "The case holds no message that its source could mend.")
    if len(messages) > MOST:
        raise NotAllowedNow("too-many-to-return", f"At most {MOST} go back at once; split the case first.")
    rows = [
        give_back(message, reason=reason, by=actor.username, case_number=case.number, place=_place(case, message))
        for message in messages
    ]
    case.version += 1
    case.state = CaseState.IN_PROGRESS if case.owner_id else case.state
    case.save(update_fields=["version", "state"])
    told = f"; {rows[0].told} is written to" if rows[0].told else ""
    note(case, actor, NoteKind.STATE, f"Sent back to {rows[0].system}: {len(rows)}{told}. {reason}".strip())
    audited(
        case, actor, "case.send_back", reason=reason,
        after={"messages": [str(row.message_id) for row in rows], "system": rows[0].system, "told": rows[0].told},
    )  # fmt: skip
    return rows


def returned_of(case: Case) -> list[Returned]:
    """What went back from this case, the newest first."""
    return list(Returned.objects.filter(case_number=case.number).order_by("-id")[:MOST])


def _returnable(case: Case) -> QuerySet[Message]:
    held = held_members(case).filter(kind=Held.MESSAGE.value).values("ref")
    return Message.objects.filter(pk__in=held, state=MessageState.HELD).defer("body", "headers")


def _place(case: Case, message: Message) -> str:
    """Where the fault lies, as far as the failure says."""
    return next(iter(places_named(case.subject, message.detail or case.detail)), "")


# --- telling the source --------------------------------------------------------------------------------------
def mail_returned() -> int:
    """Write to the contacts of systems whose messages went back; returns how many mails went out."""
    if not settings.EMAIL_HOST:
        return 0
    waiting: dict[str, list[Returned]] = defaultdict(list)
    for row in Returned.objects.exclude(told="").filter(mailed_at=None).order_by("id")[:_PART]:
        waiting[row.told].append(row)
    return sum(_mail(address, rows) for address, rows in waiting.items())


def _mail(address: str, rows: list[Returned]) -> int:
    controls = dict(Message.objects.filter(pk__in=[row.message_id for row in rows]).values_list("id", "control_id"))
    lines = [_line(row, controls.get(row.message_id, "")) for row in rows[:_MOST_LINES]]
    more = [f"… and {len(rows) - _MOST_LINES} more."] if len(rows) > _MOST_LINES else []
    body = "\n".join(
        (
            "These messages came and could not be taken. Correct them and send them again, under new message numbers:",
            "",
            *lines,
            *more,
            "",
            "The whole list is at /api/v1/returns/. No patient data is in this mail on purpose.",
        )
    )
    subject = f"{len(rows)} message{'s' if len(rows) > 1 else ''} returned to {rows[0].system}"
    try:
        EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [address]).send()
    except (smtplib.SMTPException, OSError) as error:
        _log.warning("returned messages could not be mailed", kind=type(error).__name__)
        return 0
    Returned.objects.filter(pk__in=[row.pk for row in rows]).update(mailed_at=now())
    return 1


def _line(row: Returned, control_id: str) -> str:
    where = f" at {row.place}" if row.place else ""
    return f"* {row.feed_code}, message {control_id or row.message_id}, received before {row.at:%Y-%m-%d %H:%M} UTC:" \
        f" {row.code}{where}. {row.reason}"  # fmt: skip
