"""A dry run: sample messages are understood and recorded as if they had come, and everything is taken back.

All of it happens in one transaction that is rolled back whatever comes: no event, record, run, case or wake-up stays.
Later samples meet what earlier ones recorded, as they will when they come over the line.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

import structlog
from django.db import OperationalError, transaction

from connectors.intake import HEAD_BYTES
from connectors.models import Message
from connectors.selectors import FeedInfo
from hub.core import clock
from hub.core.errors import Failure, MappingMissing
from hub.core.events import Event, coded_fields
from hub.core.ids import uuid7
from hub.core.money import ZERO
from hub.core.sealing import vault
from hub.masterdata.crosswalk import snapshot
from hub.masterdata.models import Domain
from hub.masterdata.snapshot import Crosswalk
from hub.onboarding.samples import Sample, content_type
from orchestration import inbound
from orchestration.answers import with_questions
from orchestration.models import Run
from orchestration.recording import record
from orchestration.understanding import at_stake, facility_known, incoming, resolve

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Outcome:
    """What came of one sample. Carries codes, names of events and places in the message, never what they hold."""

    name: str
    parsed: bool = False
    code: str = ""
    fault: str = ""
    missing: list[dict[str, str]] = field(default_factory=list)
    events: dict[str, int] = field(default_factory=dict)
    runs: dict[str, int] = field(default_factory=dict)
    repeats: str = ""
    contract_version: str = ""
    amount: Decimal = ZERO

    @property
    def clean(self) -> bool:
        return self.parsed and not self.fault and not self.missing


def rehearse(info: FeedInfo, samples: Sequence[Sample]) -> list[Outcome]:
    """Carry the samples out, in order, and take everything back."""
    first: dict[str, str] = {}
    with transaction.atomic():
        crosswalk = snapshot(fresh=True)
        found = [_one(info, sample, crosswalk, first) for sample in samples]
        transaction.set_rollback(True)
    return found


def _one(info: FeedInfo, sample: Sample, crosswalk: Crosswalk, first: dict[str, str]) -> Outcome:
    """One sample, under a savepoint: what fails in it leaves nothing for the next."""
    outcome = Outcome(sample.name)
    try:
        with transaction.atomic():
            _carry_out(info, sample, crosswalk, first, outcome)
    except OperationalError:
        raise
    except Failure as failure:
        outcome.code, outcome.fault = failure.code, " ".join(filter(None, (failure.message, failure.hint)))
    except Exception as error:  # noqa: BLE001 - the runner: a surprise is this sample's, and an engineer's to look at
        _log.exception("a sample failed in a way nobody planned for", feed=info.code)
        surprise = inbound.defect(error)
        outcome.code, outcome.fault = surprise.code, surprise.message
    return outcome


def _carry_out(info: FeedInfo, sample: Sample, crosswalk: Crosswalk, first: dict[str, str], outcome: Outcome) -> None:
    message = _message(info, sample)
    identity = info.connector.identify({}, sample.body[:HEAD_BYTES], message.sha256)
    if identity.dedupe_key in first:
        outcome.parsed, outcome.repeats = True, first[identity.dedupe_key]
        return
    first[identity.dedupe_key] = sample.name
    coming = list(info.connector.translate(incoming(message, info)))
    outcome.parsed, outcome.contract_version = True, message.contract_version
    outcome.amount = sum((at_stake(event, info.system, crosswalk) for event in coming), ZERO)
    outcome.missing = _missing(coming, info, crosswalk)
    if outcome.missing:
        outcome.events = dict(Counter(event.TYPE for event in coming))
        return
    events = with_questions(inbound.with_claims([resolve(event, info.system, crosswalk) for event in coming]))
    recorded = record([inbound.recordable(event, info, message) for event in events])
    outcome.events = dict(Counter(item.row.type for item in recorded))
    started = Run.objects.filter(event_id__in=[item.row.id for item in recorded])
    outcome.runs = dict(Counter(started.values_list("workflow", flat=True)))


def _message(info: FeedInfo, sample: Sample) -> Message:
    return Message(
        id=uuid7(),
        feed_id=info.id,
        feed_code=info.code,
        received_at=clock.now(),
        content_type=content_type(info),
        headers={},
        size=len(sample.body),
        sha256=hashlib.sha256(sample.body).hexdigest(),
        body=vault().seal(sample.body),
        facility=info.facility,
    )


def _missing(events: Sequence[Event], info: FeedInfo, crosswalk: Crosswalk) -> list[dict[str, str]]:
    """Every code of a message that has no meaning, not only the first."""
    found: dict[tuple[str, str, str], None] = {}
    for event in events:
        on, place = event.occurred_at.date(), facility_known(event, info, crosswalk)
        asked = [(Domain.FACILITY.value, "", event.facility)]
        asked += [(domain, place, getattr(event, name)) for name, domain in coded_fields(type(event))]
        for domain, where, code in asked:
            if not code:
                continue
            try:
                crosswalk.resolve(domain, info.system, where, code, on)
            except MappingMissing:
                found[domain, where, code] = None
    return [{"domain": domain, "facility": where, "local_code": code} for domain, where, code in found]


def report(info: FeedInfo, outcomes: Sequence[Outcome], *, by: str, crosswalk: int) -> dict[str, Any]:
    """What is kept of a dry run: sums, and each sample's outcome; amounts as text."""
    missing: Counter[tuple[str, str, str]] = Counter()
    events: Counter[str] = Counter()
    runs: Counter[str] = Counter()
    for one in outcomes:
        missing.update((code["domain"], code["facility"], code["local_code"]) for code in one.missing)
        events.update(one.events if one.clean else {})
        runs.update(one.runs)
    return {
        "feed": info.code,
        "system": info.system,
        "at": clock.now().isoformat(),
        "by": by,
        "crosswalk": crosswalk,
        "messages": [asdict(one) | {"amount": f"{one.amount:.2f}", "clean": one.clean} for one in outcomes],
        "totals": {
            "messages": len(outcomes),
            "clean": sum(one.clean for one in outcomes),
            "parsed": sum(one.parsed for one in outcomes),
            "events": dict(events),
            "runs": dict(runs),
            "amount": f"{sum((one.amount for one in outcomes), ZERO):.2f}",
        },
        "missing": [
            {"domain": domain, "facility": where, "local_code": code, "messages": count}
            for (domain, where, code), count in missing.most_common()
        ],
        "clean": bool(outcomes) and all(one.clean for one in outcomes),
    }
