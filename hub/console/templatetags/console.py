"""Template filters of the console: `{% load console %}`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.console.selectors import runs
from hub.console.tables.systems import count_text
from hub.core.clock import now
from hub.core.identifiers import masked_identifier, masked_key
from hub.ui.format import age

register = template.Library()


@register.filter
def count_limited(count: int) -> str:
    """`1,204`, or `10,000+` where counting stopped."""
    return count_text(count)


@register.filter
def masked(value: str) -> str:
    """An identifier of a patient by its end."""
    return masked_identifier(value)


@register.filter
def masked_parts(value: str) -> str:
    """A key whose parts may identify a patient."""
    return masked_key(value)


@register.filter
def workflow_title(code: str) -> str:
    """`Charge to claim` for W3."""
    return runs.workflow_title(code)


@register.filter
def ago(moment: datetime) -> SafeString:
    """`3 d ago`, or `now`, inside a sentence."""
    return format_html("{} ago", age(moment)) if now() - moment >= timedelta(seconds=1) else age(moment)
