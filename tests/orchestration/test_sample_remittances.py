"""Every real 835 either posts into records, with every claim and adjustment, or is set aside with a case."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from connectors.intake import receive_stream
from connectors.models import Message
from connectors.selectors import feed
from exceptions.models import Case, Member
from hub.masterdata import crosswalk
from hub.masterdata.models import Mapping
from hub.records.models import ClaimPayment, Remittance
from orchestration import services
from tests.orchestration.world import World, undone
from tests.support.samples import sample_files

ALWAYS = DateRange(date(1990, 1, 1), None)
ANYONE = {"facility": "CBO", "payer": "AETNA"}


def remittance_files() -> list[Path]:
    return [path for path in sample_files("x12") if re.search(rb"[~\n\r|'\x1d\x85^]\s*ST.835", path.read_bytes())]


def naive_count(path: Path) -> tuple[int, Decimal]:
    """Claims and the sum of their adjustments, counted by cutting the text at its delimiters and no more."""
    content = path.read_bytes().decode("latin-1")
    isa = content[content.index("ISA") :]
    element = isa[3]
    # What stands before GS ends the ISA, whatever width the sender gave it.
    terminator = isa[: isa.index(f"GS{element}")].rstrip(" \r\n")[-1:]
    if terminator.isalnum() or terminator == element or terminator == ":":
        terminator = "\n"
    claims, adjusted = 0, Decimal(0)
    for segment in isa.split(terminator):
        parts = segment.strip().split(element)
        claims += parts[0] == "CLP"
        if parts[0] == "CAS":
            adjusted += sum((Decimal(amount) for amount in parts[3::3] if amount), Decimal(0))
    return claims, adjusted


@pytest.mark.samples
def test_each_real_remittance_is_recorded_whole_or_set_aside_with_a_case(world: World) -> None:
    files = remittance_files()
    outcomes = Counter(take(world, path) for path in files)
    # What has no ISA is turned away at the door, with a case; everything else is taken.
    assert set(outcomes) == {"processed", "held", "rejected"}
    assert sum(outcomes.values()) >= 30
    assert outcomes["processed"] >= 10


def take(world: World, path: Path) -> str:
    """One file into a hub that knows none of the others: some of them hold the same remittance."""
    with undone():
        with path.open("rb") as stream:
            receipt = receive_stream(feed("clearinghouse"), stream=stream, headers={}, name=path.name)
        world.settle(rounds=400)
        map_everyone(world)
        message = Message.objects.get(pk=receipt.message_id)
        if message.state == "processed":
            payments = ClaimPayment.objects.filter(remittance__message_id=message.id)
            adjusted = sum((Decimal(row["amount"]) for payment in payments for row in payment.adjustments), Decimal(0))
            assert (payments.count(), adjusted) == naive_count(path), path.name
            states = Remittance.objects.filter(message_id=message.id).values_list("status", flat=True)
            assert set(states) == {"recorded"}, path.name
        else:
            assert Member.objects.filter(ref=message.id).exists(), path.name
            assert message.detail, path.name
        return str(message.state)


def map_everyone(world: World) -> None:
    """A steward maps the payees and payers of strangers, so that only what is wrong in itself stays aside."""
    for _ in range(6):
        cases = Case.objects.filter(queue="mapping").exclude(state="resolved")
        wanted = {(case.subject["domain"], case.subject["local_code"]) for case in cases if "domain" in case.subject}
        missing = [pair for pair in sorted(wanted) if not is_mapped(*pair)]
        if not missing:
            return
        for domain, local_code in missing:
            Mapping.objects.create(
                domain=domain, system="clearinghouse", local_code=local_code, canonical_code=ANYONE[domain],
                effective=ALWAYS, state="approved",
            )  # fmt: skip
        crosswalk.forget()
        services.retry_messages(list(Member.objects.filter(case__in=cases).values_list("ref", flat=True)))
        world.settle(rounds=400)


def is_mapped(domain: str, local_code: str) -> bool:
    return Mapping.objects.filter(domain=domain, system="clearinghouse", local_code=local_code).exists()
