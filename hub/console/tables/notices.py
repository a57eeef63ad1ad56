"""The columns of a person's notices."""

from __future__ import annotations

from django.urls import reverse

from exceptions.models import Notice
from exceptions.states import NoticeKind
from hub.console.links import case_url
from hub.console.tables.replays import replay_url
from hub.ui.columns import Column, Kind


def _page(notice: Notice) -> str:
    return reverse("console:notice", args=[notice.pk])


def notice_subject_url(notice: Notice) -> str:
    """The page of the case or replay that it is about."""
    if notice.case is not None:
        return case_url(notice.case)
    return replay_url(notice.replay) if notice.replay is not None else reverse("console:notices")


def _subject(notice: Notice) -> str:
    if notice.case is not None:
        return notice.case.title
    return notice.replay.reason if notice.replay is not None else ""


NOTICE_COLUMNS = (
    Column(key="text", label="What happened", link=_page, sub=_subject),
    Column(key="kind", label="Why you", value=lambda notice: NoticeKind(notice.kind).label),
    Column(key="case", label="Case", value=lambda notice: notice.case.number if notice.case else "", kind=Kind.CODE),
    Column(key="at", label="Age", kind=Kind.AGE),
    Column(key="read", label="Read", value=lambda notice: notice.read_at is not None, kind=Kind.FLAG),
)
