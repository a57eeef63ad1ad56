"""The go-live checklist, computed from facts: what is so, what stands in the way, and where to mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.onboarding.selectors import Facts


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `step` names the step of the flow where it is mended; empty for what is mended elsewhere."""

    key: str
    label: str
    ok: bool
    said: str
    step: str = ""


def checks(facts: Facts) -> list[Check]:
    return [*_facility(facts), *_feeds(facts), *_codes(facts), *_books(facts), *_people(facts), *_dry_runs(facts)]


def ready(facts: Facts) -> bool:
    return all(one.ok for one in checks(facts))


def _facility(facts: Facts) -> Iterator[Check]:
    lacking = facts.lacking
    said = f"It lacks {', '.join(lacking)}." if lacking else "Name, time zone, billing NPI, tax id and address stand."
    yield Check("facility", "The facility is complete", not lacking, said, "facility")
    place = facts.facility
    set_up = place is not None and place.charge_grace_days > 0 and place.readiness_days > 0
    said = (
        f"A charge is expected {place.charge_grace_days} days after a visit, coverage {place.readiness_days} before;"
        f" business days by {place.time_zone}."
        if place is not None and set_up
        else "Say how many days after a visit its charge is missed, and how many before it coverage must be settled."
    )
    yield Check("calendar", "Expectations and calendar are set", set_up, said, "facility")


def _feeds(facts: Facts) -> Iterator[Check]:
    names = ", ".join(one.feed.name for one in facts.channels)
    yield Check("feeds", "Its feeds are set up", bool(facts.channels), names or "No feed brings messages yet.", "feeds")
    if not facts.channels:
        return
    unproven = [one.feed.name for one in facts.channels if not one.proven]
    said = f"Nothing proves who sends: {', '.join(unproven)}." if unproven else "Each feed proves its sender."
    yield Check("proven", "Senders are authenticated", not unproven, said, "feeds")
    asked = [one for one in facts.channels if one.asked]
    untried = [one.feed.name for one in asked if not one.link.tried_well]
    if asked:
        said = f"Try the connection of {', '.join(untried)}." if untried else "Each far side answered and let us in."
        yield Check("tried", "Connections were tried", not untried, said, "feeds")


def _codes(facts: Facts) -> Iterator[Check]:
    unnamed = [
        system
        for system in facts.systems
        if not any(one.row.domain == "facility" and one.row.system == system and one.means for one in facts.listed)
    ]
    named = bool(facts.systems) and not unnamed
    said = "Each system's code of the facility is mapped."
    if not named:
        said = f"How {', '.join(unnamed) or 'its systems'} call the facility is not mapped."
    yield Check("own_code", "Its systems' own codes of it are known", named, said, "codes" if not named else "coverage")
    wanted, share = facts.onboarding.threshold, facts.coverage
    said = f"{len(facts.mapped)} of {len(facts.listed)} listed codes mean something: {share} %, of {wanted} % wanted."
    covered = bool(facts.listed) and share >= wanted
    yield Check(
        "coverage", "Its codes are covered", covered, said if facts.listed else "No list of codes yet.", "coverage"
    )
    waiting = len(facts.proposed)
    said = f"{waiting} wait for a decision." if waiting else "Nothing waits for a decision."
    yield Check("decided", "Proposals are decided", not waiting, said, "coverage")


def _books(facts: Facts) -> Iterator[Check]:
    lacking = facts.departments_without_cost_center
    said = f"None for {', '.join(one.code for one in lacking)}." if lacking else "Every department it uses has one."
    yield Check("cost_centers", "Cost centers are there", not lacking, said, "facility")
    location = facts.has_location
    said = "Claims can say where a visit was." if location else "Claims need a place of service: add a location."
    yield Check("location", "A location is there", location, said, "facility")
    accounts = facts.missing_accounts
    said = f"Missing: {', '.join(accounts)}." if accounts else "Every account that entries use is in the chart."
    yield Check("accounts", "General-ledger accounts are there", not accounts, said)


def _people(facts: Facts) -> Iterator[Check]:
    names = ", ".join(team.name for team in facts.teams)
    said = f"{names} answer for its cases." if names else "No team with people in it answers for its cases."
    yield Check("teams", "A team answers for its cases", bool(names), said)


def _dry_runs(facts: Facts) -> Iterator[Check]:
    own = [one for one in facts.channels if one.link.own] or facts.channels
    unclean = [one.feed.name for one in own if not (run := facts.dry_runs.get(one.link.feed)) or not run.is_clean]
    said = f"Not clean yet: {', '.join(unclean)}." if unclean else "Every sample of every feed went through."
    yield Check(
        "dry_run", "The dry run is clean", bool(own) and not unclean, said if own else "No feed yet.", "dry-run"
    )
