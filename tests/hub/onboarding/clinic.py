"""A clinic on its way: what the tests of onboarding begin with."""

from __future__ import annotations

import json
from typing import Any

from exceptions.teams.models import Team, TeamMember
from hub.core.npi import with_check_digit
from hub.governance.access import Actor, Door
from hub.ledger.accounts import LEDGER_ACCOUNTS
from hub.masterdata.models import Account, Fee, Payer, ServiceLine
from hub.onboarding import services
from hub.onboarding.models import Onboarding
from hub.onboarding.samples import Sample
from hub.onboarding.selectors import Facts
from tests.hub.console.cast import SINCE, make_group, person

CODES = (
    b"domain,code,name\nfacility,nw-1,Northwest\ndepartment,PT-REHAB,Physical therapy\ndepartment,CARDIO,Cardiology\n"
)
ADDRESS = {
    "npi": with_check_digit("183000209"), "tax_id": "364410028", "address": "1 Main Street", "city": "Northlake",
    "region": "IL",
    "postal_code": "60164",
}  # fmt: skip


def make_world() -> None:
    """The small group, its books, and a team that answers for the cases of everybody."""
    make_group()
    Account.objects.bulk_create(Account(code=code, name=code, kind="asset") for code in LEDGER_ACCOUNTS)
    line = ServiceLine.objects.get(code="MOTION")
    payer, _ = Payer.objects.get_or_create(code="SELFPAY", defaults={"name": "Self-pay", "payer_class": "self_pay"})
    Fee.objects.create(service_line=line, visit_type="office", payer=payer, amount="180.00", effective=(SINCE, None))
    team = Team.objects.create(name="Front office")
    TeamMember.objects.create(team=team, user=person("linda"))


def as_(username: str) -> Actor:
    return Actor.of(person(username), Door.PAGE)


def begin() -> Onboarding:
    return services.start(code="c12", name="Northwest Clinic", actor=as_("stella"))


def booking(number: int, **changes: Any) -> bytes:
    document = {
        "contract_version": "v1",
        "event": "appointment_booked",
        "occurred_at": "2026-11-07T09:12:44-06:00",
        "appointment_id": f"N{number}",
        "clinic_code": "nw-1",
        "department_code": "PT-REHAB",
        "start_time": "2026-11-09T10:30:00-06:00",
        "duration_min": 45,
        "account_number": f"A80{number:04}",
        "patient_id": f"P60{number:04}",
    }
    return json.dumps(document | changes).encode()


def samples(*bodies: bytes) -> list[Sample]:
    return [Sample(f"sample {number}", body) for number, body in enumerate(bodies, 1)]


def make_ready() -> Onboarding:
    """Everything but the dry run and the deed itself."""
    clinic = begin()
    services.describe(onboarding=clinic, values=ADDRESS, actor=as_("stella"))
    services.add_system(onboarding=clinic, package="scheduling_saas", name="Northwest scheduling", actor=as_("erin"))
    services.list_codes(onboarding=clinic, system="scheduling-c12", content=CODES, domain="", actor=as_("stella"))
    return clinic


def map_all(clinic: Onboarding) -> None:
    means = {"nw-1": "C12", "PT-REHAB": "PHYS", "CARDIO": "CARD"}
    chosen = {one.row.pk: (means[one.row.local_code], "") for one in Facts(clinic).open_codes}
    services.propose_codes(onboarding=clinic, meanings=chosen, approve=True, actor=as_("stella"))
    services.add_cost_centers(onboarding=clinic, actor=as_("stella"))
    services.add_location(
        onboarding=clinic, code="C12-MAIN", name="Northwest main", place_of_service="11", actor=as_("stella")
    )
