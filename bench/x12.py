"""How fast 835 and 837 are read into their types, how fast 837s are written, and how much memory reading takes beyond
an idle interpreter.

`measure()` runs every measurement in an interpreter of its own. Run as `python -m bench.x12 FILE` this module is
that interpreter: it reads the file once and prints seconds and peak memory; `python -m bench.x12 claims` writes claims.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from bench.x12_claims import stays, visits, write_stays, write_visits
from connectors.formats.x12 import (
    Address,
    Adjustment,
    ClaimPayment,
    Contact,
    Fault,
    Name,
    OutgoingInterchange,
    Party,
    Procedure,
    QualifiedAmount,
    QualifiedDate,
    Reference,
    Remittance,
    RemittanceStart,
    ServicePayment,
    payment_amount,
    read,
    write_835,
)

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1_000_000
SMALL, LARGE = 20 * MEGABYTE, 200 * MEGABYTE
#: The best of so many runs is told: a shared machine only ever makes a run slower.
SPEED_RUNS = 3
#: Claims in each ST of a generated 835, in each group of an 837.
CLAIMS = 500
#: Claims that are written to tell how fast.
WRITTEN = 4_000
_IDLE = "import re; print(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read()).group(1))"


def measure() -> dict[str, float]:
    """Speed on 20 MB (MB per second of one core, a MB being a million bytes) and extra memory on 20 and 200 MB."""
    idle_kb = float(_child("-c", _IDLE))
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="x12-bench-") as folder:
        for kind, write in (("835", write_file), ("837", write_claims_file)):
            small, large = Path(folder, f"small.{kind}"), Path(folder, f"large.{kind}")
            write(small, SMALL)
            runs = [_read(small) for _ in range(SPEED_RUNS)]
            speed = small.stat().st_size / MEGABYTE / min(run["seconds"] for run in runs)
            figures[f"x12_{kind}_mb_per_s"] = round(speed, 1)
            write(large, LARGE)
            for size, peak in ((20, max(run["peak_kb"] for run in runs)), (200, _read(large)["peak_kb"])):
                figures[f"x12_{kind}_extra_mb_{size}"] = round((peak - idle_kb) / 1000, 1)
            large.unlink()
    rates = [float(_child("-m", "bench.x12", "claims")) for _ in range(SPEED_RUNS)]
    return figures | {"claims_837_written_per_s": round(max(rates))}


def write_file(path: Path, size: int) -> None:
    """Write a balanced 835 of at least `size` bytes: one remittance of some hundred claims, over and over."""
    whole = write_835([_remittance()], interchange=_interchange())
    start, end = whole.index(b"ST*"), whole.index(b"GE*")
    transaction, count = whole[start:end], 0
    with path.open("wb") as file:
        file.write(whole[:start])
        while file.tell() < size:
            count += 1
            numbered = transaction.replace(b"ST*835*0001~", b"ST*835*%04d~" % count, 1)
            file.write(numbered.removesuffix(b"*0001~") + b"*%04d~" % count)
        file.write(b"GE*%d*1~IEA*1*000000001~" % count)


def write_claims_file(path: Path, size: int) -> None:
    """Write an 837 of at least `size` bytes: groups of visits and groups of stays by turns, one claim a transaction."""
    groups = []
    for whole in (write_visits(visits(CLAIMS)), write_stays(stays(CLAIMS))):
        groups.append(whole[whole.index(b"GS*") : whole.index(b"IEA*")])
    head = whole[: whole.index(b"GS*")]
    count = 0
    with path.open("wb") as file:
        file.write(head)
        while file.tell() < size:
            group = groups[count % len(groups)]
            count += 1
            numbered = group.replace(b"*0600*1*X*", b"*0600*%d*X*" % count, 1)
            file.write(numbered.removesuffix(b"*1~") + b"*%d~" % count)
        file.write(b"IEA*%d*000000001~" % count)


def _interchange() -> OutgoingInterchange:
    created = datetime(2026, 11, 20, 6, 0)  # noqa: DTZ001 (X12 times carry no zone)
    return OutgoingInterchange(
        sender="PAYER", receiver="PROVIDER", control_number=1, group_control_number=1, created=created
    )


def _remittance() -> Remittance:
    claims = tuple(_claim(number) for number in range(CLAIMS))
    contact = Contact("BL", "Provider Services", phone="5555550100")
    address = Address("1 Main Street", "Springfield", "IL", "627010001")
    start = RemittanceStart(
        amount=payment_amount(claims, ()),
        trace_number="2026111900001",
        payer=Party("Payer", address=address, contacts=(contact,)),
        payee=Party("Northlake Medical Center", "XX", "1999999984"),
        payment_date=date(2026, 11, 19),
        payer_identifier="1512345678",
    )
    return Remittance(start, claims)


def _claim(number: int) -> ClaimPayment:
    """A claim of one to four lines; amounts differ from claim to claim, as they do in life."""
    lines = tuple(_lines(number))
    charge = sum((line.charge for line in lines), Decimal(0))
    paid = sum((line.paid for line in lines), Decimal(0))
    return ClaimPayment(
        account_number=f"ACC{number:08}",
        status="1",
        charge=charge,
        paid=paid,
        patient_responsibility=Decimal(20),
        filing_indicator="12",
        payer_claim_number=f"PCN{number:010}",
        facility_code="11",
        frequency_code="1",
        lines=lines,
        names=(
            Name("QC", "Archer", "Alice", "B", id_qualifier="MI", id=f"MEM{number:08}"),
            Name("82", "Reyes", "Ramona", id_qualifier="XX", id="1999999984"),
        ),
        references=(Reference("EA", f"MRN{number:07}"),),
        dates=(QualifiedDate("232", date(2026, 11, 2)), QualifiedDate("233", date(2026, 11, 2))),
        amounts=(QualifiedAmount("AU", charge),),
    )


def _lines(number: int) -> Iterator[ServicePayment]:
    for place in range(1 + number % 4):
        charge = Decimal(10_000 + 137 * number + 911 * place) / 100
        share, allowance = charge / 10, charge / 4
        share, allowance = share.quantize(Decimal("0.01")), allowance.quantize(Decimal("0.01"))
        yield ServicePayment(
            procedure=Procedure("HC", ("99213", "99214", "93000", "85025")[place], ("25",) if not place else ()),
            charge=charge,
            paid=charge - share - allowance,
            units=Decimal(1),
            adjustments=(Adjustment("PR", "2", share), Adjustment("CO", "45", allowance)),
            dates=(QualifiedDate("472", date(2026, 11, 2)),),
            references=(Reference("6R", f"{number}-{place}"),),
            amounts=(QualifiedAmount("B6", charge - allowance),),
        )


def _child(*arguments: str) -> str:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def _read(path: Path) -> dict[str, float]:
    return dict(json.loads(_child("-m", "bench.x12", str(path))))


def _read_once(path: Path) -> dict[str, float]:
    """Read `path` in this very interpreter; what is wrong with it would make the figures worthless."""
    started = time.process_time()  # of one core; on an idle machine the same as time on the clock
    items = faults = 0
    with path.open("rb") as file:
        for item in read(file):
            items += 1
            faults += isinstance(item, Fault)
    seconds = time.process_time() - started
    if faults:
        raise SystemExit(f"{faults} faults in {path.name}")
    status = Path("/proc/self/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return {"seconds": seconds, "peak_kb": float(peak.split()[1]), "items": items}


def _write_once() -> float:
    """Claims written per second of one core, half of them visits and half stays."""
    half = WRITTEN // 2
    professional, institutional = visits(half), stays(half)
    started = time.process_time()
    write_visits(professional)
    write_stays(institutional)
    return WRITTEN / (time.process_time() - started)


def main(arguments: list[str]) -> str:
    if not arguments:
        return json.dumps(measure())
    return str(_write_once()) if arguments == ["claims"] else json.dumps(_read_once(Path(arguments[0])))


if __name__ == "__main__":
    print(main(sys.argv[1:]))
