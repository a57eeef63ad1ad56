"""Invented values for the gallery: every component in every state. No record of anyone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from hub.core.clock import now
from hub.ui import charts
from hub.ui.badges import Badge, Tone, ToneChoices
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.payload import Highlight, PayloadLine, payload_lines
from hub.ui.stats import Stat
from hub.ui.timeline import Stage, TimelineItem
from hub.ui.waterfall import Span


class GalleryState(ToneChoices):
    NEW = "new", Tone.ACCENT, "New"
    RUNNING = "running", Tone.INFO, "Running"
    WAITING = "waiting", Tone.CAUTION, "Waiting"
    BLOCKED = "blocked", Tone.CRITICAL, "Blocked"
    DONE = "done", Tone.POSITIVE, "Done"
    CLOSED = "closed", Tone.NEUTRAL, "Closed"


@dataclass(frozen=True, slots=True)
class Item:
    pk: str
    name: str
    note: str
    place: str
    state: str
    amount: Decimal
    owner: str
    since: datetime


COLUMNS = (
    Column(key="name", label="Item", link=lambda row: "#tables", sub="note", css="cell-wide", sort="name"),
    Column(key="place", label="Place", kind=Kind.CODE),
    Column(key="state", label="State", kind=Kind.BADGE, choices=GalleryState, sort="state"),
    Column(key="amount", label="Amount", kind=Kind.MONEY, sort="amount"),
    Column(key="owner", label="Owner", kind=Kind.PERSON),
    Column(key="since", label="Age", kind=Kind.AGE, css="num", sort="since"),
)

_ROWS = (
    ("No target code for department “CARDIO-2”", "12 held · 4 places", "NLM", "blocked", "81400.00", "Dana Reyes", 3),
    ("File does not balance by $12.40", "1 held", "STV", "waiting", "18230.55", "", 26),
    ("Finished without a follow-up", "31 held · since Monday", "C07", "new", "9410.00", "Omar Haddad", 41),
    ("Answered late, read back as done", "1 item", "EGH", "running", "1250.00", "Dana Reyes", 0),
    ("Arrived twice, once counted", "1 item", "C12", "done", "310.00", "Priya Natarajan", 72),
    ("Taken back by the sender", "2 items", "CBO", "closed", "-640.25", "Omar Haddad", 310),
)


def items() -> list[Item]:
    return [
        Item(str(n), name, note, place, state, Decimal(amount), owner, now() - timedelta(hours=age, minutes=4))
        for n, (name, note, place, state, amount, owner, age) in enumerate(_ROWS)
    ]


def stats() -> list[Stat]:
    week = [61, 58, 66, 71, 69, 83, 81]
    return [
        Stat(
            "At risk",
            "$81.4K",
            hint="212 held, 4 places",
            tone=Tone.CRITICAL,
            url="#stats",
            chart=charts.sparkline(week, title="At risk, last seven days", tone=Tone.CRITICAL),
        ),
        Stat(
            "Waiting for a person",
            "31",
            hint="9 more than yesterday",
            tone=Tone.CAUTION,
            url="#stats",
            chart=charts.sparkline([22, 25, 19, 24, 22, 22, 31], title="Waiting, last seven days", tone=Tone.CAUTION),
        ),
        Stat(
            "Median lag",
            "4.2",
            unit="h",
            hint="target 6 h · as of 10:52",
            tone=Tone.POSITIVE,
            url="#stats",
            chart=charts.sparkline([7, 6.8, 6.1, 5.2, 5.5, 4.4, 4.2], title="Lag, last seven days", tone=Tone.POSITIVE),
        ),
        Stat("Difference", "$0.00", hint="both books agree to the cent"),
    ]


def spans() -> list[Span]:
    start = now() - timedelta(seconds=9)
    done, running = Badge("Done", Tone.POSITIVE), Badge("Running", Tone.INFO)

    def at(seconds: float) -> datetime:
        return start + timedelta(seconds=seconds)

    return [
        Span("Receive", done, at(0), at(0.02), at(0.4), url="#waterfall"),
        Span("Resolve codes", done, at(0.4), at(0.5), at(1.3)),
        Span("Wait for the second half", Badge("Waited", Tone.NEUTRAL), at(1.3), at(5.6), at(5.7)),
        Span("Send", Badge("Failed", Tone.CRITICAL), at(5.7), at(5.8), at(7.1), note="429"),
        Span("Send again", running, at(7.1), at(8.2)),
        Span("Confirm", Badge("Not begun", Tone.NEUTRAL)),
    ]


def history() -> list[TimelineItem]:
    return [
        TimelineItem(
            now() - timedelta(minutes=4),
            "Released 12 held items",
            "At 5 a second; all went through.",
            "Dana Reyes",
            "play",
            Tone.POSITIVE,
        ),
        TimelineItem(
            now() - timedelta(minutes=9),
            "Commented",
            actor="Omar Haddad",
            icon="message-square",
            quote="Same department as last month, renamed on the 1st. The new code is CARD.",
        ),
        TimelineItem(
            now() - timedelta(hours=3),
            "Parked",
            "No target code for department “CARDIO-2”.",
            icon="circle-alert",
            tone=Tone.CRITICAL,
        ),
        TimelineItem(now() - timedelta(hours=3, minutes=1), "Arrived", icon="inbox", tone=Tone.INFO, url="#timeline"),
    ]


def stages() -> list[Stage]:
    return [
        Stage("Booked", at=now() - timedelta(days=9), tone=Tone.POSITIVE, url="#timeline"),
        Stage("Seen", at=now() - timedelta(days=2), tone=Tone.POSITIVE),
        Stage("Billed", at=now() - timedelta(days=1), tone=Tone.POSITIVE),
        Stage("Paid in part", "$640 open", tone=Tone.CAUTION),
        Stage("In the ledger", "not yet"),
    ]


def facts() -> list[Fact]:
    return [
        Fact("State", GalleryState.BLOCKED, Kind.BADGE),
        Fact("At risk", Decimal("81400.00"), Kind.MONEY),
        Fact("Owner", "Dana Reyes", Kind.PERSON),
        Fact("Place", "NLM", Kind.CODE, url="#facts"),
        Fact("Opened", now() - timedelta(hours=3), Kind.WHEN),
        Fact("Due", now() + timedelta(days=2), Kind.AGE),
        Fact("Closed", None, Kind.WHEN),
    ]


def payload() -> list[PayloadLine]:
    text = "\n".join(
        (
            "MSH|^~\\&|SENDER|NLM|HUB|CBO|20261121103000||DFT^P03|MSG00042|P|2.5",
            "PID|1||••••••••^^^NLM||••••••^••••",
            "PV1|1|O|CARDIO-2^^^NLM||||",
            "FT1|1|||20261121||CG|93000|||1|185.00",
        )
    )
    return payload_lines(text, [Highlight(line=3, start=8, end=16)])


BEFORE = ("{", '  "department": "CARDIO-2",', '  "amount": "185.00",', '  "currency": "USD"', "}")
AFTER = ("{", '  "department": "CARD",', '  "amount": "185.00",', '  "currency": "USD",', '  "place": "NLM"', "}")


def slices() -> list[charts.Slice]:
    return [
        charts.Slice("Mapping", 81400, Tone.CRITICAL, "$81,400", "#charts"),
        charts.Slice("Unmatched", 32900, Tone.CAUTION, "$32,900"),
        charts.Slice("Late", 18230, Tone.INFO, "$18,230"),
        charts.Slice("Other", 4100, Tone.NEUTRAL, "$4,100"),
    ]


def days() -> list[charts.Slice]:
    heights = (312, 280, 344, 401, 389, 120, 96, 335, 362, 371, 420, 398, 131, 102)
    return [charts.Slice(f"Nov {8 + n}", height) for n, height in enumerate(heights)]
