"""Prior authorization events (278, FHIR). The payer decides; the hub asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from hub.core.events.base import Event, coded, phi


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationEvent(Event):
    """One request for authorization and where it stands. `entity_key` is our own reference of it (TRN02).

    `action_code` is HCR01 as the payer sent it, `certification_number` HCR02, `reason` HCR03. The payer's limit for
    its decision is 72 hours where the request is `expedited` and 7 calendar days otherwise (CMS-0057-F).
    """

    appointment_id: str = ""
    payer: str = coded("payer", default="")
    procedure_codes: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = phi(())
    expedited: bool = False
    action_code: str = ""
    certification_number: str = ""
    reason: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    trace_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequested(AuthorizationEvent):
    TYPE: ClassVar[str] = "authorization.requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationPended(AuthorizationEvent):
    """The payer has it and has not decided yet (HCR01 A4)."""

    TYPE: ClassVar[str] = "authorization.pended"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationApproved(AuthorizationEvent):
    """Certified in total or in part (HCR01 A1, A2, A6)."""

    TYPE: ClassVar[str] = "authorization.approved"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationDenied(AuthorizationEvent):
    TYPE: ClassVar[str] = "authorization.denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationExpired(AuthorizationEvent):
    """Its validity ended, or the payer cancelled it, before the service took place."""

    TYPE: ClassVar[str] = "authorization.expired"


EVENTS: tuple[type[AuthorizationEvent], ...] = (
    AuthorizationRequested,
    AuthorizationPended,
    AuthorizationApproved,
    AuthorizationDenied,
    AuthorizationExpired,
)
