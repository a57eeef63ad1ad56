"""The columns of a person's notices."""

from __future__ import annotations

from django.urls import reverse

from exceptions.models import Notice
from exceptions.states import NoticeKind
from hub.ui.columns import Column, Kind


def _page(notice: Notice) -> str:
    return reverse("console:notice", args=[notice.pk])


NOTICE_COLUMNS = (
    Column(key="text", label="What happened", link=_page, sub=lambda notice: notice.case.title),
    Column(key="kind", label="Why you", value=lambda notice: NoticeKind(notice.kind).label),
    Column(key="case", label="Case", value=lambda notice: notice.case.number, kind=Kind.CODE),
    Column(key="at", label="Age", kind=Kind.AGE),
    Column(key="read", label="Read", value=lambda notice: notice.read_at is not None, kind=Kind.FLAG),
)
