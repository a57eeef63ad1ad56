"""The acts of an onboarding. Each asks for its permission, changes, and keeps the audit, in one transaction.

Stewards describe the facility and its codes, engineers its systems and feeds; going live takes two people, the second
of them an engineer, and undoing it pauses the feeds again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F

from connectors import operating, setup
from connectors import services as connectors
from connectors.base import Outcome
from connectors.models import Feed
from connectors.selectors import feed as feed_info
from connectors.states import FeedState
from hub.core.clock import now
from hub.core.errors import BusinessRefusal
from hub.core.npi import is_npi
from hub.core.sealing import vault
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission
from hub.masterdata import changes, local_codes
from hub.masterdata import services as masterdata
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.models import CostCenter, Department, Facility, Location
from hub.masterdata.states import MappingState
from hub.onboarding import checklist, dry_run
from hub.onboarding.models import DryRun, Onboarding, OnboardingFeed
from hub.onboarding.samples import Sample
from hub.onboarding.selectors import Facts
from hub.onboarding.states import OPEN_STATES, TRANSITIONS, OnboardingState

#: What a steward may say of a facility.
FACILITY_FIELDS = (
    "name", "kind", "time_zone", "npi", "tax_id", "address", "city", "region", "postal_code", "charge_grace_days",
    "readiness_days", "corrected_claims",
)  # fmt: skip


@transaction.atomic
def start(
    *, code: str, name: str, actor: Actor, kind: str = "clinic", time_zone: str = "America/Chicago"
) -> Onboarding:
    """Begin with a facility: a new one, or one that is in the master data already. Stewards begin."""
    access.require(actor, Permission.PROPOSE_MAPPINGS, "")
    code = code.strip().upper()
    known = Onboarding.objects.select_for_update().filter(facility=code).first()
    if known is not None and known.state == OnboardingState.ENDED:
        return _begin_again(known, actor)
    if known is not None:
        raise BusinessRefusal("onboarding-known", f"{code} is being onboarded already.", hint="Go on with that one.")
    place = Facility.objects.filter(code=code).first()
    if place is None:
        place = Facility(code=code, name=name, kind=kind, time_zone=time_zone)
        _save(place, actor)
    begun = Onboarding.objects.create(facility=code, name=place.name, opened_by=actor.username, opened_at=now())
    _record(begun, actor, "onboarding.start", after={"name": place.name})
    return begun


def _begin_again(held: Onboarding, actor: Actor) -> Onboarding:
    """What was given up keeps what was set up."""
    _move(held, OnboardingState.OPEN)
    _touch(held, "state")
    _record(held, actor, "onboarding.start", after={"name": held.name, "again": True})
    return held


@transaction.atomic
def give_up(*, onboarding: Onboarding, actor: Actor, reason: str, version: int | None = None) -> Onboarding:
    """It is not taken in after all. Its own feeds stay paused; it can be begun again later."""
    held = _locked(onboarding, version)
    access.require(actor, Permission.PROPOSE_MAPPINGS, "")
    _move(held, OnboardingState.ENDED)
    _touch(held, "state")
    _record(held, actor, "onboarding.give_up", reason=reason)
    return held


@transaction.atomic
def describe(
    *, onboarding: Onboarding, values: Mapping[str, Any], actor: Actor, version: int | None = None
) -> Facility:
    """Say what the facility is. Raises ValidationError by field."""
    held = _open(onboarding, version)
    access.require(actor, Permission.PROPOSE_MAPPINGS, "")
    place = Facility.objects.select_for_update().get(code=held.facility)
    before = {
        name: getattr(place, name)
        for name in FACILITY_FIELDS
        if values.get(name, getattr(place, name)) != getattr(place, name)
    }
    for name in before:
        setattr(place, name, values[name])
    if place.npi and not is_npi(place.npi):
        raise ValidationError({"npi": "This is no NPI: its check digit is wrong."})
    _save(place, actor)
    held.name = place.name
    _touch(held, "name")
    _record(held, actor, "facility.describe", before=before, after={name: getattr(place, name) for name in before})
    return place


@transaction.atomic
def add_cost_centers(*, onboarding: Onboarding, actor: Actor) -> int:
    """A cost center for every department that the clinic's codes lead to and that has none; returns how many."""
    held = _open(onboarding)
    access.require(actor, Permission.PROPOSE_MAPPINGS, "")
    place = Facility.objects.get(code=held.facility)
    lacking = Facts(held).departments_without_cost_center
    for department in lacking:
        _save(_cost_center(place, department), actor)
    _touch(held)
    _record(held, actor, "cost_centers.add", after={"departments": [one.code for one in lacking]})
    return len(lacking)


def _cost_center(place: Facility, department: Department) -> CostCenter:
    return CostCenter(
        code=f"CC-{place.code}-{department.code}"[:40], name=f"{place.code} {department.name}"[:120],
        facility=place, department=department,
    )  # fmt: skip


@transaction.atomic
def add_location(*, onboarding: Onboarding, code: str, name: str, place_of_service: str, actor: Actor) -> Location:
    held = _open(onboarding)
    access.require(actor, Permission.PROPOSE_MAPPINGS, "")
    place = Facility.objects.get(code=held.facility)
    made = Location(code=code, name=name, facility=place, place_of_service=place_of_service)
    _save(made, actor)
    _touch(held)
    _record(held, actor, "location.add", after={"code": code})
    return made


# --- systems and feeds ---


@transaction.atomic
def add_system(*, onboarding: Onboarding, actor: Actor, **values: Any) -> tuple[OnboardingFeed, str]:
    """A system that the clinic brings along, its feed paused; the secret made for it is told once."""
    held = _open(onboarding)
    feed, secret = setup.add_system(facility=held.facility, actor=actor, **values)
    link = OnboardingFeed.objects.create(onboarding=held, feed=feed.code, system=feed.system.code, own=True)
    _touch(held)
    return link, secret


@transaction.atomic
def share_feed(*, onboarding: Onboarding, feed: str, actor: Actor) -> OnboardingFeed:
    """A feed of the whole group that brings this facility's messages too, and stays as it is; or one of the facility's
    own that was taken out."""
    held = _open(onboarding)
    access.require(actor, Permission.OPERATE_SYSTEMS, "")
    row = Feed.objects.select_related("system").get(code=feed)
    if row.facility not in ("", held.facility):
        raise BusinessRefusal("feed-of-another", f"{row.name} belongs to another facility.")
    link, made = OnboardingFeed.objects.get_or_create(
        onboarding=held, feed=row.code, defaults={"system": row.system.code, "own": bool(row.facility)}
    )
    if made:
        _touch(held)
        _record(held, actor, "onboarding.share_feed", after={"feed": feed})
    return link


@transaction.atomic
def remove_feed(*, onboarding: Onboarding, feed: str, actor: Actor) -> None:
    """Take a feed out of the flow. One that was made for it stays, paused, until somebody removes its system."""
    held = _open(onboarding)
    access.require(actor, Permission.OPERATE_SYSTEMS, "")
    held.feeds.filter(feed=feed).delete()
    _touch(held)
    _record(held, actor, "onboarding.remove_feed", after={"feed": feed})


def try_feed(*, onboarding: Onboarding, feed: str, actor: Actor) -> OnboardingFeed:
    """Ask the far side whether it answers and lets us in; what it said is kept."""
    access.require(actor, Permission.OPERATE_SYSTEMS, "")
    link = onboarding.feeds.get(feed=feed)
    result = operating.try_connection(code=link.system, actor=actor)
    link.tried_at, link.tried_well = now(), result.outcome is Outcome.CONFIRMED
    link.tried_said = (result.failure.message if result.failure else "It answered and let us in.")[:300]
    link.save(update_fields=["tried_at", "tried_well", "tried_said"])
    return link


# --- codes ---


@transaction.atomic
def list_codes(*, onboarding: Onboarding, system: str, content: bytes, domain: str, actor: Actor) -> int:
    """Keep a list of the clinic's codes; returns how many it holds. Raises ValidationError naming every wrong row."""
    held = _open(onboarding)
    if not held.feeds.filter(system=system).exists():
        raise BusinessRefusal("system-unknown", "This system is not one of the clinic's.", hint="Add its feed first.")
    codes = local_codes.read_list(content, domain=domain)
    local_codes.keep_list(system=system, facility=held.facility, codes=codes, actor=actor)
    _touch(held)
    return len(codes)


def propose_codes(
    *, onboarding: Onboarding, meanings: Mapping[int, tuple[str, str]], approve: bool, actor: Actor
) -> tuple[int, int, list[str]]:
    """Propose what listed codes mean: the key of a listed code to its meaning and a note.

    Each is a transaction of its own, with its domain's policy. Returns how many take effect, how many wait for a
    second person, and why others were left alone.
    """
    listed = {one.row.pk: one.row for one in Facts(onboarding).listed}
    effective, waiting, refused = 0, 0, []
    for key, (means, note) in meanings.items():
        row = listed.get(key)
        if row is None:
            continue
        values: dict[str, Any] = {
            "domain": row.domain, "system": row.system, "facility": row.facility, "local_code": row.local_code,
            "canonical_code": means.strip(), "note": note[:200],
        }  # fmt: skip
        try:
            make = masterdata.propose_and_approve if approve else masterdata.propose_mapping
            made = make(actor=actor, **values)
        except (BusinessRefusal, ValidationError, PermissionDenied) as error:
            refused.append(f"{row.local_code}: {_words(error)}")
            continue
        effective += made.state == MappingState.APPROVED
        waiting += made.state != MappingState.APPROVED
    return effective, waiting, refused


def _words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return error.message if isinstance(error, BusinessRefusal) else str(error)


# --- the dry run ---


def rehearse(*, onboarding: Onboarding, feed: str, samples: Sequence[Sample], actor: Actor) -> DryRun:
    """Carry sample messages out and take them back; the report alone stays, sealed, its digest in the audit."""
    _require_either(actor)
    link = onboarding.feeds.get(feed=feed)
    info = feed_info(link.feed)
    outcomes = dry_run.rehearse(info, samples)
    report = dry_run.report(info, outcomes, by=actor.username, crosswalk=snapshot().number)
    content = msgspec.json.encode(report)
    with transaction.atomic():
        kept = DryRun.objects.create(
            onboarding=onboarding, feed=link.feed, at=now(), by=actor.username, messages=len(outcomes),
            is_clean=report["clean"], sealed_report=vault().seal(content), digest=hashlib.sha256(content).hexdigest(),
        )  # fmt: skip
        _record(
            onboarding, actor, "onboarding.dry_run",
            after={"feed": link.feed, "messages": kept.messages, "clean": kept.is_clean, "sha256": kept.digest},
        )  # fmt: skip
    return kept


# --- going live ---


@transaction.atomic
def ask_go_live(*, onboarding: Onboarding, actor: Actor, version: int | None = None) -> Onboarding:
    """Say that all is ready. A second person lets it go."""
    held = _locked(onboarding, version)
    _require_either(actor)
    _require_ready(held)
    _move(held, OnboardingState.ASKED)
    held.asked_by, held.asked_at = actor.username, now()
    _touch(held, "state", "asked_by", "asked_at")
    _record(held, actor, "onboarding.ask_go_live")
    return held


@transaction.atomic
def send_back(*, onboarding: Onboarding, actor: Actor, reason: str, version: int | None = None) -> Onboarding:
    """Not yet: it is set up further."""
    held = _locked(onboarding, version)
    _require_either(actor)
    _move(held, OnboardingState.OPEN)
    _touch(held, "state")
    _record(held, actor, "onboarding.send_back", reason=reason)
    return held


@transaction.atomic
def go_live(*, onboarding: Onboarding, actor: Actor, reason: str, version: int | None = None) -> Onboarding:
    """Let the clinic's own feeds go; what came meanwhile is processed at once. Needs a second person, an engineer."""
    held = _locked(onboarding, version)
    access.require(actor, Permission.OPERATE_SYSTEMS, "")
    if held.state == OnboardingState.ASKED and held.asked_by == actor.username:
        raise BusinessRefusal("second-person-needed", "You asked for it yourself.", hint="Ask another engineer.")
    _require_ready(held)
    _move(held, OnboardingState.LIVE)
    for code in _own_feeds(held, FeedState.PAUSED):
        connectors.resume_feed(code=code, actor=actor, reason=reason)
    held.live_by, held.live_at = actor.username, now()
    _touch(held, "state", "live_by", "live_at")
    _record(held, actor, "onboarding.go_live", reason=reason, after={"asked_by": held.asked_by})
    return held


@transaction.atomic
def pause_again(*, onboarding: Onboarding, actor: Actor, reason: str, version: int | None = None) -> Onboarding:
    """Undo it: the clinic's own feeds take messages and keep them, and nothing more is processed."""
    held = _locked(onboarding, version)
    access.require(actor, Permission.OPERATE_SYSTEMS, "")
    _move(held, OnboardingState.PAUSED)
    for code in _own_feeds(held, FeedState.ACTIVE):
        connectors.pause_feed(code=code, actor=actor, reason=reason)
    _touch(held, "state")
    _record(held, actor, "onboarding.pause", reason=reason)
    return held


def _own_feeds(held: Onboarding, state: str) -> list[str]:
    own = held.feeds.filter(own=True).values("feed")
    return list(Feed.objects.filter(code__in=own, state=state).order_by("pk").values_list("code", flat=True))


def _require_ready(held: Onboarding) -> None:
    missing = [one.label for one in checklist.checks(Facts(held)) if not one.ok]
    if missing:
        raise BusinessRefusal(
            "not-ready", f"Not yet so: {'; '.join(missing)}.", hint="The checklist says where to mend it."
        )


# --- what the acts share ---


def _locked(onboarding: Onboarding, version: int | None = None) -> Onboarding:
    held = Onboarding.objects.select_for_update().get(pk=onboarding.pk)
    if version is not None and held.version != version:
        raise BusinessRefusal(
            "changed-meanwhile", "Somebody changed this onboarding meanwhile.", hint="Look at it as it stands now."
        )
    return held


def _open(onboarding: Onboarding, version: int | None = None) -> Onboarding:
    held = _locked(onboarding, version)
    if held.state not in OPEN_STATES:
        raise BusinessRefusal(
            "onboarding-closed", f"It is {held.get_state_display().lower()}.", hint="Send it back, or pause it, first."
        )
    return held


def _move(held: Onboarding, state: OnboardingState) -> None:
    if state not in TRANSITIONS[held.state]:
        raise BusinessRefusal("onboarding-state", f"It is {held.get_state_display().lower()}.")
    held.state = state


def _require_either(actor: Actor) -> None:
    """Stewards and engineers work together here."""
    if not access.may(actor, Permission.OPERATE_SYSTEMS, ""):
        access.require(actor, Permission.PROPOSE_MAPPINGS, "")


def _touch(held: Onboarding, *fields: str) -> None:
    if fields:
        held.save(update_fields=[*fields])
    Onboarding.objects.filter(pk=held.pk).update(version=F("version") + 1)
    held.refresh_from_db(fields=["version"])


def _save(row: Any, actor: Actor) -> None:
    """Keep reference data with its author. Raises ValidationError by field."""
    row.full_clean()
    row._history_user = actor.user
    row.save()
    changes.announce()


def _record(
    held: Onboarding,
    actor: Actor,
    action: str,
    *,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    audit.record(
        actor=actor, action=action, object_kind="onboarding", object_id=held.facility, facility=held.facility,
        reason=reason, before=before, after=after,
    )  # fmt: skip
