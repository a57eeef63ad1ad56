"""One 835 of 50,000 claims: how soon the first claim is posted, how fast all are recorded, how much memory it takes.

The claims it pays are with the payer; every tenth is paid less a patient share, the others in full. The hub's own
workers read the file, record it in parts and post beside it, against the sandbox's ERP. BENCH_CLAIMS asks for another
number of claims.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cpu import rss_mb, trees
from bench.lab import Lab, lab, say
from connectors.formats.x12 import (
    Adjustment,
    ClaimPayment,
    Contact,
    Name,
    OutgoingInterchange,
    Party,
    Procedure,
    QualifiedDate,
    Remittance,
    RemittanceStart,
    ServicePayment,
    stream_835,
)

if TYPE_CHECKING:
    from uuid import UUID

CLAIMS = 50_000
CHARGE, SHARE = Decimal("200.00"), Decimal("30.00")
PAID_ON = date(2026, 11, 16)
#: How long a bench that does not come to its end is waited for.
PATIENCE_SECONDS = 900.0
_INSERTED_AT_ONCE = 5_000
_WORKER: dict[str, tuple[str, ...]] = {"worker": ("celery", " worker-engine@")}


def measure() -> dict[str, float | int]:
    count = int(os.environ.get("BENCH_CLAIMS", CLAIMS))
    with lab() as made:
        made.start_servers()
        _make_claims(count)
        made.start_erp()
        made.start_hub("worker-engine", "worker-delivery", "beat")
        path = made.var / "era.835"
        size = _write(path, count)
        say(f"  {count:,} claims, {size / 1_000_000:.1f} MB")
        return {"remittance_claims": count, **_through(made, path, count)}


def _through(made: Lab, path: Path, count: int) -> dict[str, float | int]:
    """Hand the file over, and watch it go through."""
    from connectors.intake import receive_stream
    from connectors.selectors import feed

    workers = trees(_WORKER)["worker"]
    rest = rss_mb(workers)
    with _Highest(workers) as highest:
        started = time.perf_counter()
        with path.open("rb") as stream:
            receive_stream(feed("clearinghouse"), stream=stream, headers={}, name="era.835")
        first = _until(_posted, started)
        recorded = _until(lambda: _recorded() >= count, started)
    return {
        "remittance_50k_claims_per_s": round(count / recorded, 1),
        "remittance_first_posted_s": round(first, 1),
        "remittance_all_recorded_s": round(recorded, 1),
        "remittance_extra_mb": round(max(highest.megabytes - rest, 0)),
    }


def _until(holds: object, started: float) -> float:
    """Seconds from `started` until `holds()`."""
    assert callable(holds)
    while not holds():
        if time.perf_counter() - started > PATIENCE_SECONDS:
            raise TimeoutError("the remittance does not come to its end")
        time.sleep(0.1)
    return time.perf_counter() - started


def _posted() -> bool:
    """Whether the ERP has confirmed some claim's payment."""
    from connectors.models import Delivery

    rows = Delivery.objects.filter(system="erp", state="confirmed", posting_key__startswith="W4:")
    return rows.exists()


def _recorded() -> int:
    """How far the file is recorded: it stands on the message."""
    from connectors.models import Message

    return Message.objects.filter(name="era.835").values_list("position", flat=True).first() or 0


class _Highest:
    """The most resident memory that some processes have while the block is carried out."""

    def __init__(self, pids: list[int]) -> None:
        self.megabytes = 0.0
        self._pids = pids
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            self.megabytes = max(self.megabytes, rss_mb(self._pids))

    def __enter__(self) -> _Highest:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def _number(index: int) -> str:
    return f"B{index:07}"


def _make_claims(count: int) -> None:
    """The claims as W3 leaves them: sent, accepted, and found by their numbers."""
    from hub.core import clock
    from hub.core.bulk import insert_rows
    from hub.core.ids import uuid7
    from hub.records.models import Claim, Journey, JourneyKey

    moment = clock.now()
    for start in range(0, count, _INSERTED_AT_ONCE):
        numbers = [_number(index) for index in range(start, min(start + _INSERTED_AT_ONCE, count))]
        journeys: list[UUID] = [uuid7() for _ in numbers]
        insert_rows([Journey(id=key, account_number=number) for key, number in zip(journeys, numbers, strict=True)])
        insert_rows(
            [
                JourneyKey(kind=kind, value=number, journey_id=key)
                for key, number in zip(journeys, numbers, strict=True)
                for kind in ("account", "claim")
            ]
        )
        insert_rows(
            [
                Claim(
                    id=uuid7(), key=number, system="hub", facility="C01", journey_id=key, account_number=number,
                    occurred_at=moment, status="accepted", payer="AETNA", amount=CHARGE, cost_center="CC-C01-CARD",
                    submitted_at=moment, accepted_at=moment,
                )
                for key, number in zip(journeys, numbers, strict=True)
            ]
        )  # fmt: skip


def _write(path: Path, count: int) -> int:
    """The file, never whole in memory; returns its size in bytes."""
    from connectors.sandbox.group import local_code

    paid = sum(((CHARGE - SHARE) if index % 10 == 0 else CHARGE for index in range(count)), Decimal(0))
    start = RemittanceStart(
        amount=paid,
        payment_date=PAID_ON,
        trace_number="BENCH1",
        payer_identifier="1999999999",
        payer=Party(
            "AETNA",
            id_qualifier="XV",
            id=local_code("payer", "clearinghouse", "C01", "AETNA"),
            contacts=(Contact("BL", "EDI", phone="8005550100"),),
        ),
        payee=Party("NORTHLAKE", id_qualifier="XX", id=local_code("facility", "clearinghouse", "", "CBO")),
    )
    interchange = OutgoingInterchange(
        sender="PAYER",
        receiver="NORTHLAKE",
        control_number=1,
        group_control_number=1,
        created=datetime(2026, 11, 16, 12, tzinfo=UTC),
    )
    with path.open("wb") as file:
        for piece in stream_835([Remittance(start, _payments(count), ())], interchange=interchange):
            file.write(piece)
    return path.stat().st_size


def _payments(count: int) -> Iterator[ClaimPayment]:
    for index in range(count):
        share = (Adjustment("PR", "2", SHARE),) if index % 10 == 0 else ()
        paid = CHARGE - SHARE if share else CHARGE
        line = ServicePayment(
            Procedure("HC", "99213"), CHARGE, paid, adjustments=share, dates=(QualifiedDate("472", PAID_ON),)
        )
        yield ClaimPayment(
            account_number=_number(index), status="1", charge=CHARGE, paid=paid,
            patient_responsibility=SHARE if share else None, filing_indicator="12", payer_claim_number=f"P{index:07}",
            lines=(line,), names=(Name("QC", "BENCH", "PAT", id_qualifier="MI", id=f"W{index:09}"),),
        )  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure()))
