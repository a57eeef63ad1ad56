"""How values look everywhere: money, ages, times, states, people. Tags and table columns share these."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from hub.core.clock import now
from hub.core.money import cents
from hub.ui.badges import Badge

NOTHING = mark_safe('<span class="muted">–</span>')  # noqa: S308 - a constant
NOBODY = mark_safe('<span class="muted">Nobody</span>')  # noqa: S308 - a constant

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def money_text(amount: Decimal | None, currency: str = "USD") -> str:
    """`$1,234.56`, `-$0.40`; another currency keeps its code: `EUR 12.00`. Empty for None."""
    if amount is None:
        return ""
    if not isinstance(amount, Decimal | int):
        raise TypeError("an amount is a Decimal")
    mark = "$" if currency == "USD" else f"{currency} "
    sign = "-" if amount < 0 else ""
    return f"{sign}{mark}{cents(abs(Decimal(amount))):,.2f}"


def money_brief(amount: Decimal, currency: str = "USD") -> str:
    """For tiles, where cents are noise: `$812`, `$81.4K`, `$2.36M`."""
    mark = "$" if currency == "USD" else f"{currency} "
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    for limit, unit, places in ((10**9, "B", 2), (10**6, "M", 2), (10**4, "K", 1)):
        if size >= limit:
            divisor = 1000 if unit == "K" else limit
            return f"{sign}{mark}{size / divisor:,.{places}f}{unit}"
    return f"{sign}{mark}{size:,.0f}"


def money(amount: Decimal | None, currency: str = "USD") -> SafeString:
    if amount is None:
        return NOTHING
    css = "money money-negative" if amount < 0 else "money"
    return format_html('<span class="{}">{}</span>', css, money_text(amount, currency))


def number(value: int | float | Decimal | None) -> SafeString:
    return NOTHING if value is None else format_html("{}", f"{value:,}")


def duration_text(span: timedelta) -> str:
    """The largest unit that says enough: `45 s`, `3 min`, `3 h`, `2 d`, `5 mo`, `2 y`; below a second `120 ms`."""
    size = abs(span)
    if size < timedelta(seconds=1):
        return f"{size // timedelta(milliseconds=1)} ms"
    for below, unit, name in (
        (_MINUTE, timedelta(seconds=1), "s"),
        (_HOUR, _MINUTE, "min"),
        (2 * _DAY, _HOUR, "h"),
        (90 * _DAY, _DAY, "d"),
        (730 * _DAY, 30 * _DAY, "mo"),
    ):
        if size < below:
            return f"{size // unit} {name}"
    return f"{size // (365 * _DAY)} y"


def age_text(moment: datetime) -> str:
    """How long ago, by business time; a moment to come reads `in 3 h`."""
    span = now() - moment
    if abs(span) < timedelta(seconds=1):
        return "now"
    return duration_text(span) if span > timedelta(0) else f"in {duration_text(span)}"


def when_text(moment: datetime | date) -> str:
    """`Nov 21, 10:52`; the year only where it is not this one."""
    if not isinstance(moment, datetime):
        return f"{moment:%b} {moment.day}, {moment.year}"
    local = timezone.localtime(moment)
    year = "" if local.year == timezone.localtime(now()).year else f", {local.year}"
    return f"{local:%b} {local.day}{year}, {local:%H:%M}"


def exact_text(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S %Z}"


def age(moment: datetime | None) -> SafeString:
    return NOTHING if moment is None else _time(moment, age_text(moment))


def when(moment: datetime | date | None) -> SafeString:
    if moment is None:
        return NOTHING
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), when_text(moment))
    return _time(moment, when_text(moment))


def _time(moment: datetime, text: str) -> SafeString:
    return format_html(
        '<time class="nowrap" datetime="{}" title="{}">{}</time>', moment.isoformat(), exact_text(moment), text
    )


@cache
def icon_names() -> frozenset[str]:
    sprite = Path(__file__).parent / "static/ui/icons.svg"
    return frozenset(re.findall(r'<symbol id="([^"]+)"', sprite.read_text()))


@lru_cache(maxsize=512)
def icon(name: str, css: str = "") -> SafeString:
    """An icon of the sprite, hidden from assistive technology: the text beside it says what it means.

    Raises LookupError for a name that the sprite does not have: an empty square would pass unseen.
    """
    if name not in icon_names():
        raise LookupError(f"no icon {name!r} in ui/icons.svg")
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css,
        static("ui/icons.svg"),
        name,
    )


def badge(shown: Badge) -> SafeString:
    mark = icon(shown.icon, "icon-sm") if shown.icon else ""
    return format_html('<span class="badge" data-tone="{}">{}{}</span>', shown.tone, mark, shown.label)


def initials(name: str) -> str:
    """`DR` for "Dana Reyes" and for "dana.reyes"."""
    words = name.replace(".", " ").replace("_", " ").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def person(name: str) -> SafeString:
    if not name:
        return NOBODY
    return format_html(
        '<span class="person"><span class="avatar" aria-hidden="true">{}</span>{}</span>', initials(name), name
    )
