"""Write 999 files (005010X231A1): one interchange, one group, one transaction per group acknowledged."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.formats.x12.acknowledgement import Acknowledgement, SegmentError, TransactionResponse
from connectors.formats.x12.writer import OutgoingInterchange, SegmentWriter

VERSION = "005010X231A1"
#: IK303 takes four characters; a longer loop name is told by its first four ("2010AA" as "2010").
_LOOP_LENGTH = 4
#: IK5 and AK9 have room for five reasons.
_REASON_ROOM = 5


def write_999(acknowledgements: Iterable[Acknowledgement], *, interchange: OutgoingInterchange) -> bytes:
    """The file for `acknowledgements`. Raises UnwritableValue for what cannot stand in a 999."""
    out = SegmentWriter(interchange, "FA", VERSION)
    for acknowledgement in acknowledgements:
        group = acknowledgement.group
        out.begin("999")
        out.add("AK1", group.functional_id, group.control_number, group.version)
        for transaction in acknowledgement.transactions:
            _transaction(out, transaction)
        out.add(
            "AK9",
            group.status,
            group.included,
            group.received,
            group.accepted_count,
            *group.reasons[:_REASON_ROOM],
        )
        out.end()
    return out.finish()


def _transaction(out: SegmentWriter, transaction: TransactionResponse) -> None:
    out.add("AK2", transaction.code, transaction.control_number, transaction.version)
    for error in transaction.errors:
        _segment_error(out, error)
    out.add("IK5", transaction.status, *transaction.reasons[:_REASON_ROOM])


def _segment_error(out: SegmentWriter, error: SegmentError) -> None:
    out.add("IK3", error.segment_id, error.position, error.loop[:_LOOP_LENGTH], error.code)
    for element in error.elements:
        out.add("IK4", (element.position, element.component or ""), "", element.code)
