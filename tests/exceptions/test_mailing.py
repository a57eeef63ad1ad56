"""Notices by e-mail, through a real mail server: when they go out, what they say, and what happens when it is away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from exceptions import mailing
from exceptions.models import Notice, NoticePreference
from exceptions.states import MailChoice, NoticeKind
from hub.core import clock
from tests.connectors.processes import free_port
from tests.exceptions.world import held, parked, person

pytestmark = pytest.mark.django_db

#: A Monday noon in Chicago.
NOON = datetime(2026, 11, 9, 18, tzinfo=UTC)


class Postbox:
    """A mail server that keeps what it takes; `busy` makes it refuse for now."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.busy = False

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.busy:
            return "451 Try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 Kept"


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield box
    server.stop()


def noticed(mail: MailChoice = MailChoice.AT_ONCE, *, at: datetime = NOON, **preference: Any) -> Notice:
    actor = person("linda", "lead")
    assert actor.user is not None
    actor.user.email = "linda@northlake.example"
    actor.user.save()
    NoticePreference.objects.create(user=actor.user, mail=mail, **preference)
    return Notice.objects.create(
        user=actor.user, case=parked(held()), kind=NoticeKind.MENTION, text="alice mentioned you.", at=at
    )


def mail_at(moment: datetime) -> int:
    with clock.travel(moment - clock.machine_now()):
        return mailing.mail_due()


def test_a_notice_goes_out_once_with_a_link_and_no_more_than_it_says(postbox: Postbox) -> None:
    notice = noticed()
    assert [mail_at(NOON + timedelta(minutes=minutes)) for minutes in (0, 2, 4)] == [0, 1, 0]

    [mail] = postbox.mails
    text = mail.get_content()
    assert mail["To"] == "linda@northlake.example"
    assert "alice mentioned you." in text
    assert f"/cases/{notice.case.number}/" in text


def test_a_server_that_refuses_for_now_is_asked_again(postbox: Postbox) -> None:
    noticed()
    postbox.busy = True
    assert mail_at(NOON + timedelta(minutes=2)) == 0
    postbox.busy = False
    assert mail_at(NOON + timedelta(minutes=3)) == 1


def test_in_quiet_hours_it_waits(postbox: Postbox) -> None:
    evening = NOON + timedelta(hours=9)
    noticed(at=evening, quiet_from=time(20), quiet_until=time(7))
    assert mail_at(evening + timedelta(minutes=5)) == 0
    assert mail_at(NOON + timedelta(hours=19, minutes=1)) == 1


def test_the_daily_mail_gathers_what_came_since_the_last(postbox: Postbox) -> None:
    first = noticed(MailChoice.DAILY)
    Notice.objects.create(user=first.user, case=first.case, kind=NoticeKind.WATCHED, text="bob: state.", at=NOON)
    assert mail_at(NOON + timedelta(hours=10)) == 0
    assert mail_at(NOON + timedelta(hours=20)) == 1
    assert postbox.mails[0]["Subject"] == "2 notices from Throughline"


def test_who_wants_no_mail_gets_none_and_nothing_piles_up(postbox: Postbox) -> None:
    noticed(MailChoice.NONE)
    assert mail_at(NOON + timedelta(minutes=2)) == 0
    assert not postbox.mails
    assert not Notice.objects.filter(mailed_at=None).exists()


def test_old_news_is_not_mailed_when_a_server_comes_at_last(postbox: Postbox) -> None:
    noticed()
    assert mail_at(NOON + timedelta(days=3)) == 0
    assert not postbox.mails


def test_without_a_mail_server_nothing_is_done(settings: Any) -> None:
    settings.EMAIL_HOST = ""
    noticed()
    assert mail_at(NOON + timedelta(minutes=2)) == 0
    assert Notice.objects.filter(mailed_at=None).exists()
