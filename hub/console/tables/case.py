"""What the case page is made of: facts, the story as a timeline, what is held, cases like it."""

from __future__ import annotations

from collections.abc import Iterable

from exceptions.models import Case, Member
from exceptions.selectors import StoryLine
from exceptions.states import MemberState, NoteKind, Resolution
from hub.console.links import case_url, journey_url, member_url
from hub.console.selectors.case_story import Doing
from hub.console.words import class_badge, clock_badge, person_name, place_name, queue_name
from hub.core.parking import Held
from hub.ui.badges import Badge, Tone
from hub.ui.columns import Column, Kind
from hub.ui.details import Fact
from hub.ui.timeline import TimelineItem
from orchestration.states import AttemptOutcome

_MEMBER_NAMES = {
    Held.MESSAGE.value: "Message",
    Held.RUN.value: "Run",
    Held.DELIVERY.value: "Delivery",
    Held.SYSTEM.value: "System",
    Held.EXPECTATION.value: "Expected",
}
_STORY_LOOKS = {
    NoteKind.COMMENT.value: ("message-square", Tone.ACCENT),
    NoteKind.STATE.value: ("flag", Tone.INFO),
    NoteKind.OWNER.value: ("user", Tone.NEUTRAL),
    NoteKind.HELD.value: ("circle-pause", Tone.CAUTION),
    NoteKind.RELEASED.value: ("play", Tone.POSITIVE),
    NoteKind.LINKED.value: ("link", Tone.NEUTRAL),
    NoteKind.ROUTED.value: ("users", Tone.NEUTRAL),
    NoteKind.ESCALATED.value: ("triangle-alert", Tone.CAUTION),
}
_AUDIT_LOOK = ("shield", Tone.NEUTRAL)


def member_name(member: Member) -> str:
    """`Message 3f2a91c0`: by the last part of its id, since the first only tells the time."""
    return f"{_MEMBER_NAMES.get(member.kind, member.kind)} {str(member.ref)[-8:]}"


MEMBER_COLUMNS = (
    Column(key="ref", label="Held", value=member_name, link=member_url, sub="step"),
    Column(key="facility", label="Facility", value=lambda member: place_name(member.facility)),
    Column(key="amount", label="At risk", kind=Kind.MONEY, sort="amount"),
    Column(key="since", label="Since", kind=Kind.AGE, sort="since"),
    Column(key="state", label="State", kind=Kind.BADGE, choices=MemberState, sort="state"),
    Column(
        key="journey", label="Journey", value=lambda member: "Open" if journey_url(member) else "", link=journey_url,
        export="journey_id",
    ),
)  # fmt: skip

SIMILAR_COLUMNS = (
    Column(
        key="case", label="Case", value=lambda solved: f"{solved.case.number}", kind=Kind.CODE,
        link=lambda solved: case_url(solved.case), sub=lambda solved: resolution_name(solved.case),
    ),
    Column(key="how", label="How", value="how"),
)  # fmt: skip


def resolution_name(case: Case) -> str:
    return Resolution(case.resolution).label if case.resolution in Resolution.values else ""


_DOING_LOOKS = {
    AttemptOutcome.DONE.value: ("check", Tone.POSITIVE),
    AttemptOutcome.SENT.value: ("send", Tone.INFO),
    AttemptOutcome.RETRY.value: ("refresh-cw", Tone.CAUTION),
    AttemptOutcome.PARKED.value: ("circle-pause", Tone.CRITICAL),
    "": ("mail", Tone.NEUTRAL),
}


def story_items(lines: Iterable[StoryLine], doings: Iterable[Doing] = ()) -> list[TimelineItem]:
    """What people did and what the work did, in one line of time, newest first."""
    items = [*(_story_item(line) for line in lines), *(_doing_item(doing) for doing in doings)]
    return sorted(items, key=lambda item: item.at, reverse=True)


def _doing_item(doing: Doing) -> TimelineItem:
    icon, tone = _DOING_LOOKS.get(doing.outcome, ("workflow", Tone.NEUTRAL))
    return TimelineItem(at=doing.at, title=doing.title, actor=doing.actor, icon=icon, tone=tone, url=doing.url)


def _story_item(line: StoryLine) -> TimelineItem:
    icon, tone = _STORY_LOOKS.get(line.kind, _AUDIT_LOOK)
    is_comment = line.kind == NoteKind.COMMENT
    return TimelineItem(
        at=line.at,
        title=line.label if is_comment else line.text or line.label,
        actor=line.author,
        icon=icon,
        tone=tone,
        quote=line.text if is_comment else "",
    )


def case_facts(case: Case) -> list[Fact]:
    facts = [
        Fact("At risk", case.amount, Kind.MONEY),
        Fact("Held", case.held, Kind.NUMBER),
        Fact("Owner", person_name(case.owner), Kind.PERSON),
        Fact("Team", case.team.name if case.team else ""),
        Fact("Queue", queue_name(case.queue)),
        Fact("Class", class_badge(case.failure_class), Kind.BADGE),
        Fact("Facility", place_name(case.facility)),
        Fact("System", case.system),
        Fact("Code", case.code, Kind.CODE),
        Fact("Opened", case.opened_at, Kind.WHEN),
        Fact("Last seen", case.last_seen_at, Kind.AGE),
        Fact("Runs out", case.due_at, Kind.WHEN),
    ]
    if case.resolved_at:
        facts += [Fact("Resolved", case.resolved_at, Kind.WHEN), Fact("How", resolution_name(case))]
    return facts


def case_meta(case: Case) -> list[Fact]:
    meta = [Fact("case", case.number, Kind.CODE)]
    if case.amount:
        meta.append(Fact("at risk", case.amount, Kind.MONEY))
    if case.held:
        meta.append(Fact("held", case.held, Kind.NUMBER))
    meta.append(Fact("open for", case.opened_at, Kind.AGE))
    if clock := clock_badge(case):
        meta.append(Fact("clock", clock, Kind.BADGE))
    if case.escalated:
        meta.append(Fact("escalated", Badge(f"Level {case.escalated}", Tone.CAUTION), Kind.BADGE))
    if case.owner:
        meta.append(Fact("owner", person_name(case.owner)))
    return meta
