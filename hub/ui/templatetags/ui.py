"""Template tags of the design system: `{% load ui %}`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django_filters import FilterSet

from hub.core.clock import now
from hub.ui import format as look
from hub.ui import navigation
from hub.ui.badges import Badge, ToneChoices, badge_for
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact, Panel
from hub.ui.pages import Action

register = template.Library()

_THEMES = frozenset({"light", "dark"})
_NAVS = frozenset({"rail", "full"})


@register.filter
def money(amount: Decimal | None, currency: str = "USD") -> SafeString:
    """`$1,234.56`, for a right-aligned cell."""
    return look.money(amount, currency)


@register.filter
def money_text(amount: Decimal | None, currency: str = "USD") -> str:
    """The same as plain text, for sentences."""
    return look.money_text(amount, currency)


@register.filter
def money_brief(amount: Decimal) -> str:
    """`$81.4K`, for tiles."""
    return look.money_brief(amount)


@register.filter
def age(moment: datetime | None) -> SafeString:
    """`3 h`, with the exact time as a tooltip."""
    return look.age(moment)


@register.filter
def when(moment: datetime | date | None) -> SafeString:
    """`Nov 21, 10:52`, with the exact time as a tooltip."""
    return look.when(moment)


@register.filter
def span(length: timedelta | None) -> str:
    """`3 h` of a length of time."""
    return "" if length is None else look.duration_text(length)


@register.filter
def initials(name: str) -> str:
    return look.initials(name)


@register.filter
def person(name: object) -> SafeString:
    """A name with its initials in a disc; `Nobody` without a name."""
    return look.person(str(name or ""))


@register.simple_tag
def badge(value: Badge | ToneChoices | str, choices: type[ToneChoices] | str | None = None) -> SafeString:
    """`{% badge case.state "exceptions.CaseState" %}`, or a Badge or member by itself."""
    return look.badge(badge_for(value, choices))


@register.simple_tag
def stood_at() -> str:
    """`November 21, 2026, 17:54 (UTC)`: the moment that the page is of, for what is printed."""
    moment = localtime(now())
    return f"{moment:%B} {moment.day}, {moment:%Y, %H:%M} ({moment.tzname()})"


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    return look.icon(name, css)


@register.simple_tag
def fact(shown: Fact) -> SafeString:
    """The value of a Fact, drawn as its kind says."""
    column = Column(
        key="value",
        label=shown.label,
        kind=shown.kind,
        link=(lambda row: row.url) if shown.url else None,
        currency="currency" if shown.kind is Kind.MONEY else None,
    )
    return column.draw(shown)


@register.simple_tag(takes_context=True)
def panel_body(context: Context, panel: Panel) -> SafeString:
    """A panel's template, seeing the page's context with the panel's own on top."""
    drawn: Any = get_template(panel.template)
    with context.push(**panel.context):
        return SafeString(drawn.template.render(context))


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The present query string with `changes`; an empty value drops a parameter, and any change but of the
    cursor itself leads back to the first page."""
    request: HttpRequest = context["request"]
    parameters = request.GET.copy()
    parameters.pop("export", None)
    if "cursor" not in changes:
        parameters.pop("cursor", None)
    for name, value in changes.items():
        parameters.pop(name, None)
        if value not in (None, ""):
            parameters[name] = str(value)
    encoded = parameters.urlencode()
    return f"?{encoded}" if encoded else request.path


@register.filter
def toast_undo(message: Message) -> str:
    """Where a POST undoes what the message says; see `pages.announce`."""
    return (message.extra_tags or "").partition(" ")[0]


@register.filter
def toast_more(message: Message) -> str:
    """The page that says more of it."""
    return (message.extra_tags or "").partition(" ")[2]


@register.filter
def in_bar(filterset: FilterSet | None) -> list[BoundField]:
    """The filters that stand in the bar itself."""
    if filterset is None:
        return []
    folded = getattr(filterset, "folded", ())
    return [field for field in filterset.form.visible_fields() if field.name not in folded]


@register.filter
def folded(filterset: FilterSet | None) -> list[BoundField]:
    """Those behind its button, where the filterset names some as `folded`."""
    if filterset is None:
        return []
    names = getattr(filterset, "folded", ())
    return [field for field in filterset.form.visible_fields() if field.name in names]


@register.filter
def how_many_set(fields: list[BoundField]) -> int:
    """Of how many filters something was chosen."""
    return sum(field.data not in (None, "") for field in fields)


@register.simple_tag(takes_context=True)
def nav_sections(context: dict[str, Any]) -> list[navigation.NavSection]:
    request: HttpRequest = context["request"]
    return navigation.sections(request, context.get("nav", ""))


@register.simple_tag
def search_box() -> navigation.Search | None:
    return navigation.search_box()


@register.simple_tag(takes_context=True)
def chosen_theme(context: dict[str, Any]) -> str:
    """`light` or `dark` where the reader chose one; rendered into the page, so that it does not flash."""
    return _cookie(context, "theme", _THEMES)


@register.simple_tag(takes_context=True)
def chosen_nav(context: dict[str, Any]) -> str:
    return _cookie(context, "nav", _NAVS)


def _cookie(context: dict[str, Any], name: str, allowed: frozenset[str]) -> str:
    request: HttpRequest | None = context.get("request")
    value = request.COOKIES.get(name, "") if request is not None else ""
    return value if value in allowed else ""


@register.filter
def field_kind(field: BoundField) -> str:
    """How a form field is laid out: `check` beside its label, `group` of options, or `line`."""
    widget = field.field.widget
    if isinstance(widget, CheckboxSelectMultiple | RadioSelect):
        return "group"
    return "check" if isinstance(widget, CheckboxInput) else "line"


@register.filter
def in_menu(actions: list[Action]) -> list[Action]:
    """Those that stand in the menu behind the buttons."""
    return [action for action in actions if action.more and not action.disabled]
