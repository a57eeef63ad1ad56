"""Notices by e-mail, as each person wants them: at once, once a day, or not at all; never in their quiet hours.

What goes out is what a notice says and a link: nothing that a person wrote, nothing of a patient.
"""

from __future__ import annotations

import smtplib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from exceptions.models import Notice, NoticePreference
from exceptions.states import MailChoice
from hub.core.clock import now

_log = structlog.get_logger(__name__)

#: What comes within this time of one another goes out in one mail.
_GATHER = timedelta(seconds=60)
#: The daily mail goes out in this hour of the reader's day.
_DIGEST_HOUR = 7
#: Notices that nobody could be mailed for so long are left to the console.
_STALE = timedelta(days=2)
_PART = 500
_MOST_LINES = 40


def mail_due() -> int:
    """Send what is due; returns how many mails went out. A server that is away is tried again next time.

    Without a mail server nothing happens. What is too old by the time there is one is no news any more.
    """
    if not settings.EMAIL_HOST:
        return 0
    moment = now()
    waiting: dict[int, list[Notice]] = defaultdict(list)
    rows = Notice.objects.filter(mailed_at=None).select_related("user", "case", "replay").order_by("id")[:_PART]
    for notice in rows:
        waiting[notice.user_id].append(notice)
    choices = NoticePreference.objects.in_bulk(waiting, field_name="user_id")
    sent = 0
    for user_id, mine in waiting.items():
        choice = choices.get(user_id) or NoticePreference(user_id=user_id)
        if moment - mine[0].at > _STALE or is_due(choice, mine[0].at, moment):
            sent += _send(mine[0].user, choice, mine, moment)
    return sent


def is_due(choice: NoticePreference, oldest: datetime, moment: datetime) -> bool:
    """Whether what waits since `oldest` goes out (or is done with) at `moment`."""
    if choice.mail == MailChoice.NONE:
        return True
    local = moment.astimezone(ZoneInfo(choice.time_zone))
    if _is_quiet(choice, local.time()):
        return False
    if choice.mail == MailChoice.AT_ONCE:
        return moment - oldest >= _GATHER
    digest = local.replace(hour=_DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return local >= digest and oldest.astimezone(local.tzinfo) < digest


def _is_quiet(choice: NoticePreference, at: time) -> bool:
    start, end = choice.quiet_from, choice.quiet_until
    if start is None or end is None or start == end:
        return False
    return start <= at < end if start < end else at >= start or at < end


@transaction.atomic
def _send(user: User, choice: NoticePreference, notices: Sequence[Notice], moment: datetime) -> int:
    """One mail for all of them. They count as mailed only once the server took it."""
    ids = [notice.id for notice in notices]
    held = list(Notice.objects.filter(id__in=ids, mailed_at=None).select_for_update(skip_locked=True))
    if not held:
        return 0
    fresh = moment - notices[-1].at <= _STALE
    wanted = fresh and bool(user.email) and choice.mail != MailChoice.NONE and user.is_active
    if wanted:
        try:
            EmailMessage(_subject(held), _body(notices), to=[user.email], connection=get_connection()).send()
        except (smtplib.SMTPException, OSError) as error:
            _log.warning("notices could not be mailed; tried again", error=type(error).__name__, notices=len(held))
            return 0
    Notice.objects.filter(id__in=[notice.id for notice in held]).update(mailed_at=moment)
    return int(wanted)


def _subject(notices: Sequence[Notice]) -> str:
    return "1 notice from Throughline" if len(notices) == 1 else f"{len(notices)} notices from Throughline"


def _line(notice: Notice) -> str:
    if notice.case is not None:
        number = notice.case.number
        return f"Case {number}: {notice.text}\n  {notice.case.title}\n  {settings.HUB_URL}/cases/{number}/"
    number = notice.replay.number if notice.replay is not None else 0
    return f"{notice.text}\n  {settings.HUB_URL}/replays/{number}/"


def _body(notices: Sequence[Notice]) -> str:
    lines = [_line(notice) for notice in notices[:_MOST_LINES]]
    if len(notices) > _MOST_LINES:
        lines.append(f"… and {len(notices) - _MOST_LINES} more: {settings.HUB_URL}/notices/")
    lines.append(f"How you are told: {settings.HUB_URL}/notices/preferences/")
    return "\n\n".join(lines) + "\n"
