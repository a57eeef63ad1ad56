"""Making systems and feeds: what an acquired clinic brings along. A new feed is paused until somebody lets it go.

What a connector needs to be reached and heard is said once, in `CHANNELS`. A system's code begins with its kind
(`ehr-c12`), which is what makes it the authority for what systems of that kind own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from connectors.models import Feed, Lane, System, Transport
from connectors.registry import Connector, connector
from connectors.selectors import forget_feeds
from connectors.states import FeedState
from connectors.webhook_signature import new_secret
from hub.core.errors import BusinessRefusal
from hub.core.sealing import seal_json
from hub.governance import access, audit
from hub.governance.access import Actor
from hub.governance.roles import Permission


@dataclass(frozen=True, slots=True)
class Channel:
    """How systems of one connector are heard. `polled` systems are asked, at an address and with a token."""

    package: str
    stem: str
    number: str
    transport: Transport
    contract: str
    feed_name: str
    accepts: tuple[str, ...] = ()

    @property
    def connector(self) -> Connector:
        return connector(self.package)

    @property
    def signed(self) -> bool:
        return self.connector.signed

    @property
    def polled(self) -> bool:
        return self.transport == Transport.POLL


CHANNELS = (
    Channel("scheduling_saas", "scheduling", "S3", Transport.WEBHOOK, "scheduling", "Appointments"),
    Channel(
        "scheduling_legacy", "hospital-scheduling", "S4", Transport.MLLP, "hl7v2.siu", "Appointments (SIU)",
        accepts=("SIU",),
    ),
    Channel("clinic_ehr", "clinic-ehr", "S5", Transport.POLL, "fhir.r4", "Visits, orders and charges (FHIR R4)"),
    Channel(
        "ehr", "ehr", "S5", Transport.MLLP, "hl7v2.adt-dft", "Encounters, orders and charges (ADT, BAR, ORM, DFT, MFN)",
        accepts=("ADT", "BAR", "DFT", "MFN", "OMG", "ORM"),
    ),
    Channel(
        "lis", "lis", "S6", Transport.MLLP, "hl7v2.oru", "Results and performed procedures (ORU)",
        accepts=("OMG", "ORM", "ORU"),
    ),
    Channel("billing", "billing", "S7", Transport.WEBHOOK, "billing", "Final codes"),
    Channel("payment_gateway", "gateway", "S10", Transport.WEBHOOK, "gateway.event", "Payments"),
)  # fmt: skip


def channel(package: str) -> Channel:
    """Raises BusinessRefusal for a connector that brings no messages of a facility."""
    for one in CHANNELS:
        if one.package == package:
            return one
    raise BusinessRefusal("no-channel", "This connector brings nothing of a facility.", hint="Choose another one.")


@transaction.atomic
def add_system(
    *,
    package: str,
    facility: str,
    name: str,
    actor: Actor,
    base_url: str = "",
    token: str = "",
    secret: str = "",
    senders: Sequence[str] = (),
) -> tuple[Feed, str]:
    """A system that one facility brings along, with its lane and its feed, paused.

    Returns the feed and, where a secret was made here, that secret: nobody sees it again. Raises ValidationError by
    field for what is missing, and BusinessRefusal where the facility has such a system already.
    """
    access.require(actor, Permission.OPERATE_SYSTEMS, "")
    made = channel(package)
    if faults := _faults(made, base_url, token, senders):
        raise ValidationError(faults)
    code = f"{made.stem}-{facility.lower()}"
    if System.objects.filter(code=code).exists() or Feed.objects.filter(code=code).exists():
        raise BusinessRefusal("system-known", f"There is a system {code} already.", hint="Take that one.")
    fresh = "" if secret or not made.signed else new_secret()
    system = System.objects.create(
        code=code, number=made.number, name=name, connector=package, base_url=base_url,
        sealed_secrets=seal_json({"token": token}) if token else None,
    )  # fmt: skip
    Lane.objects.create(system=system)
    options: dict[str, Any] = {"accepts": list(made.accepts)} if made.accepts else {}
    if senders:
        options["senders"] = list(senders)
    feed = Feed.objects.create(
        code=code, system=system, name=f"{made.feed_name} of {facility}"[:80], transport=made.transport,
        contract=made.contract, facility=facility, state=FeedState.PAUSED, options=options,
        sealed_secrets=seal_json([secret or fresh]) if made.signed else None,
    )  # fmt: skip
    forget_feeds()
    audit.record(
        actor=actor, action="system.add", object_kind="system", object_id=code, facility=facility,
        after={"connector": package, "feed": code, "base_url": base_url, "senders": list(senders), "state": feed.state},
    )  # fmt: skip
    return feed, fresh


def _faults(made: Channel, base_url: str, token: str, senders: Sequence[str]) -> dict[str, str]:
    checks = (
        (
            "base_url",
            made.polled and not base_url.startswith(("https://", "http://")),
            "This system is asked: say at which address, beginning with https://.",
        ),
        ("token", made.polled and not token, "This system is asked: it needs a token to let us in."),
        (
            "senders",
            made.transport == Transport.MLLP and not senders,
            "Say which sending application (MSH-3) this is, or its messages go to the group's own feed.",
        ),
    )
    return {name: said for name, wrong, said in checks if wrong}
