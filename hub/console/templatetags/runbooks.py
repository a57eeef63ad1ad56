"""Where trouble is shown, its runbook is too: `{% load runbooks %}{% runbook_of case as guide %}`."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from exceptions.models import Case
from exceptions.runbooks.reading import Step
from exceptions.states import CASE_OPEN
from hub.console.selectors.runbooks import BlockView, Guide, guide_of_case

register = template.Library()


@register.simple_tag(takes_context=True)
def runbook_of(context: dict[str, Any], case: Case | None) -> Guide | None:
    """The runbook of an open case, or of one that was solved with its help."""
    if case is None:
        return None
    guide = guide_of_case(context["request"].user, case)
    if guide is None or (case.state not in CASE_OPEN and not guide.uses):
        return None
    return guide


@register.filter
def step_html(step: Step) -> SafeString:
    """A step's text; `reading` renders it with raw HTML off."""
    return mark_safe(step.html)  # noqa: S308


@register.filter
def block_html(block: BlockView) -> SafeString:
    """Prose; `reading` renders it with raw HTML off."""
    return mark_safe(block.html)  # noqa: S308
