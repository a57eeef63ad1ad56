"""What a file adds up to, counted on its segments alone, whatever its transactions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.formats.x12.tokenizer import Segment
from connectors.formats.x12.values import ZERO, decimal_value

#: CAS03, 06, 09, 12, 15 and 18.
_CAS_AMOUNTS = range(3, 19, 3)
#: The service segment that tells the three 837s apart.
_SERVICES = {"SV1": "P", "SV2": "I", "SV3": "D"}
#: Implementation guides to the transaction's usual name, where the code alone does not say it.
_GUIDES = {
    "X222": "837P",
    "X098": "837P",
    "X223": "837I",
    "X096": "837I",
    "X224": "837D",
    "X097": "837D",
    "X214": "277CA",
}


class Totals:
    """Counts and sums. An amount that is no number counts as nothing here; reading the file reports it."""

    def __init__(self) -> None:
        self._segments = 0
        self._counts = {"ST": 0, "CLP": 0, "CLM": 0}
        self._paid = self._adjusted = self._charged = ZERO
        self._guide = self._code = self._name = ""
        self._served = False
        self._names: dict[str, None] = {}

    def take(self, segment: Segment) -> None:
        """Count `segment`."""
        self._segments += 1
        name = segment.id
        if name in self._counts:
            self._counts[name] += 1
        if name == "CAS":
            self._adjusted += sum((_amount(segment, index) for index in _CAS_AMOUNTS), ZERO)
        elif name == "CLP":
            self._paid += _amount(segment, 4)
        elif name == "CLM":
            self._charged += _amount(segment, 2)
        elif name == "GS":
            self._guide = segment.get(8)
        elif name == "ST":
            self._transaction(segment)
        elif name in _SERVICES and self._code == "837":
            self._service(_SERVICES[name])

    def result(self, faults: int) -> dict[str, Any]:
        """The totals as plain JSON values: counts as numbers, sums as decimal strings."""
        return {
            "transaction": ",".join(self._names),
            "segments": self._segments,
            "st": self._counts["ST"],
            "clp": self._counts["CLP"],
            "clp04_sum": format(self._paid, "f"),
            "cas_sum": format(self._adjusted, "f"),
            "clm": self._counts["CLM"],
            "clm02_sum": format(self._charged, "f"),
            "faults": faults,
        }

    def _transaction(self, segment: Segment) -> None:
        self._code = segment.get(1).strip()
        self._served = False
        guide = segment.get(3) or self._guide
        named = next((name for part, name in _GUIDES.items() if part in guide and name.startswith(self._code)), "")
        self._name = named or self._code
        self._names.setdefault(self._name)

    def _service(self, kind: str) -> None:
        """The first service line of an 837 says what it is, whatever guide it claims to follow."""
        if self._served:
            return
        self._served = True
        name = f"837{kind}"
        if name != self._name:
            self._names = dict.fromkeys(name if each == self._name else each for each in self._names)
            self._name = name


def _amount(segment: Segment, index: int) -> Decimal:
    return decimal_value(segment.get(index)) or ZERO
