"""What every system that sends X12 shares: what makes a repeated file the same one, and faults as refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.formats.x12 import Fault
from connectors.translation import Identity
from hub.core.errors import DataFault

_ISA13 = 13
_GS08 = 8
_VERSION = re.compile(rb"\d{6}[A-Z0-9]{0,6}")


def identify(headers: Mapping[str, str], head: bytes, sha256: str) -> Identity:
    """ISA06, ISA08 and ISA13 with the digest of the file; the digest alone where ISA is not whole.

    Senders use interchange numbers again after a while, so the number alone is no proof of repetition. Raises
    DataFault for what is no X12 at all.
    """
    start = head.find(b"ISA")
    if start < 0:
        raise DataFault(
            "no-interchange",
            "The file does not begin with an ISA segment.",
            cause=("ISA",),
            hint="Ask the sender what it sends here; it is no X12.",
        )
    separator = head[start + 3 : start + 4]
    elements = head[start:].split(separator, _ISA13 + 1)[: _ISA13 + 1] if separator else []
    texts = [element.decode("latin-1").strip() for element in elements]
    if len(texts) <= _ISA13 or any(len(text) > 15 or not text.isprintable() for text in texts):
        return Identity(f"sha256:{sha256}")
    return Identity(f"{texts[6]}|{texts[8]}|{texts[13]}|{sha256}", texts[13])


def version_of(headers: Mapping[str, str], head: bytes) -> str:
    """GS08 of the first functional group, such as 005010X221A1."""
    start = head.find(b"ISA")
    separator = head[start + 3 : start + 4] if start >= 0 else b""
    group = head.find(b"GS" + separator, start) if separator else -1
    elements = head[group:].split(separator, _GS08 + 1) if group >= 0 else []
    found = _VERSION.match(elements[_GS08]) if len(elements) > _GS08 else None
    return found[0].decode() if found is not None else ""


def malformed(fault: Fault) -> DataFault:
    """A structural fault as a refusal; it names the place and never what may be a patient's."""
    return DataFault(
        "x12-malformed",
        f"{fault}",
        cause=(fault.code.value, fault.element or fault.segment_id),
        hint="Ask the sender for a corrected file; this one is kept as it came.",
        subject={"segment": str(fault.segment), "element": fault.element, "expected": fault.expected},
    )
