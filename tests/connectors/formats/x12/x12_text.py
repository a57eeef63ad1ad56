"""Small X12 texts to read: built by hand, so that a mistake of the writer cannot hide one of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors.formats.x12 import ClaimPayment, Fault, FaultCode, read, read_835

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PROVIDER       *261120*0930*^*00501*000000007*0*P*:"
GS = "GS*HP*PAYER*PROVIDER*20261120*0930*7*X*005010X221A1"

#: The header of a remittance that pays 110.00.
HEAD = (
    "BPR*I*110.00*C*ACH************20261119",
    "TRN*1*TRACE-1*1512345678",
    "DTM*405*20261118",
    "N1*PR*Aetna",
    "N1*PE*Northlake*XX*1999999984",
)
#: A claim of 160.00 that pays 110.00, in balance, with two lines.
CLAIM = (
    "CLP*ACC-1*1*160.00*110.00*20.00*12*PCN-1*11*1",
    "CAS*CO*45*10.00",
    "NM1*QC*1*Archer*Alice****MI*MEM0001",
    "DTM*232*20261102",
    "SVC*HC:99213:25*120.00*80.00**1",
    "DTM*472*20261102",
    "CAS*PR*1*20.00",
    "CAS*CO*45*20.00",
    "REF*6R*L1",
    "SVC*HC:93000*40.00*40.00**1",
    "DTM*472*20261102",
)


def remittance(*segments: str, head: Iterable[str] = HEAD, isa: str = ISA, end: str = "~") -> bytes:
    """A file of one 835 with these segments after `head`; counts and control numbers are right."""
    inside = (*head, *segments)
    whole = (isa, GS, "ST*835*0001", *inside, f"SE*{len(inside) + 2}*0001", "GE*1*7", "IEA*1*000000007")
    return "".join(segment + end for segment in whole).encode()


def in_chunks(data: bytes, size: int) -> Iterator[bytes]:
    """`data` as it may come from a socket."""
    return (data[start : start + size] for start in range(0, len(data), size))


def faults(data: bytes) -> list[Fault]:
    return [item for item in read([data]) if isinstance(item, Fault)]


def codes(data: bytes) -> list[FaultCode]:
    return [fault.code for fault in faults(data)]


def claims(data: bytes) -> list[ClaimPayment]:
    return [item for item in read_835([data]) if isinstance(item, ClaimPayment)]
