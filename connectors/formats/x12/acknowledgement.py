"""999, the syntax acknowledgement: its typed form. `acknowledgement_parser` reads it, `acknowledgement_writer` writes
it, and `acknowledge` makes one for a file received.

A file is a stream of `TransactionResponse`s, then one `GroupResponse`; once per ST.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from connectors.formats.x12.transaction import TransactionHeader

#: IK501 and AK901.
ACCEPTED, WITH_ERRORS, PARTLY, REJECTED = "A", "E", "P", "R"


@dataclass(frozen=True, slots=True)
class ElementError:
    """IK4: `position` counts elements from 1, `component` parts of a composite from 1 (0: none). No bad value."""

    position: int
    code: str
    component: int = 0


@dataclass(frozen=True, slots=True)
class SegmentError:
    """IK3: `position` counts segments from the ST as 1. `code` is IK304, 8 where elements are wrong."""

    segment_id: str
    position: int
    code: str
    loop: str = ""
    elements: tuple[ElementError, ...] = ()


@dataclass(frozen=True, slots=True)
class TransactionResponse:
    """AK2 to IK5: what became of one transaction of ours (or theirs)."""

    code: str
    control_number: str
    status: str
    version: str = ""
    errors: tuple[SegmentError, ...] = ()
    reasons: tuple[str, ...] = ()  # IK502-06
    group_control_number: str = field(default="", compare=False)  # the GS06 that it came in

    @property
    def accepted(self) -> bool:
        return self.status in (ACCEPTED, WITH_ERRORS)


@dataclass(frozen=True, slots=True)
class GroupResponse:
    """AK1 and AK9: what became of the group with GS06 `control_number`."""

    functional_id: str
    control_number: str
    version: str
    status: str
    included: int
    received: int
    accepted_count: int
    reasons: tuple[str, ...] = ()  # AK905-09
    header: TransactionHeader | None = field(default=None, compare=False)

    @property
    def accepted(self) -> bool:
        """Whether every transaction of the group was."""
        return self.status in (ACCEPTED, WITH_ERRORS)


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One 999 as a whole, to be written."""

    group: GroupResponse
    transactions: tuple[TransactionResponse, ...] = ()


AcknowledgementItem: TypeAlias = TransactionResponse | GroupResponse
