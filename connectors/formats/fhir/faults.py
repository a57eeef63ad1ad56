"""What is wrong with a resource, said so that its sender can correct it: places and shapes, never a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.core.errors import DataFault

# Of a resource with many faults, this many are told; the sender finds the rest after correcting these.
_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `place` is written as FHIRPath does: `Claim.item[0].net.currency`."""

    code: str
    place: str
    expected: str

    def __str__(self) -> str:
        return f"{self.place}: expected {self.expected}"


class FhirRefused(DataFault):
    """The FHIR resource cannot be used as it is; its sender must correct it."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """`faults` has at least one entry; the first names the cause."""
        self.faults = tuple(faults)
        first = self.faults[0]
        more = len(self.faults) - _MOST_TOLD
        told = [str(fault) for fault in self.faults[:_MOST_TOLD]] + ([f"and {more} more"] if more > 0 else [])
        super().__init__(
            f"fhir-{first.code}",
            "; ".join(told),
            cause=(_without_indexes(first.place), first.code),
            hint="Ask the sender to correct the resource.",
            subject={"place": first.place, "expected": first.expected},
        )


def _without_indexes(place: str) -> str:
    """The same fault in the third entry is the same cause as in the first."""
    return "".join(part.split("]", 1)[-1] for part in place.split("["))
