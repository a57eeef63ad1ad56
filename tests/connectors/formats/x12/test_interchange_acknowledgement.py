"""TA1: whether an interchange of ours could be read at all."""

from __future__ import annotations

from datetime import datetime

import pytest

from connectors.formats.x12 import (
    Fault,
    FaultCode,
    InterchangeAcknowledgement,
    OutgoingInterchange,
    UnwritableValue,
    read_ta1,
    write_ta1,
)

SENT = datetime(2026, 11, 20, 9, 30)  # noqa: DTZ001 - X12 carries no zone
ENVELOPE = OutgoingInterchange(
    sender="CLRHOUSE", receiver="NORTHLAKE", control_number=7, group_control_number=7, created=SENT
)
REFUSED = InterchangeAcknowledgement(control_number="000000905", status="R", note="025", created=SENT)


def test_what_is_written_reads_back_equal_and_without_fault() -> None:
    taken = InterchangeAcknowledgement(control_number="000000906", status="A", created=SENT)
    assert list(read_ta1([write_ta1([REFUSED, taken], interchange=ENVELOPE)])) == [REFUSED, taken]


def test_it_says_whom_it_comes_from_and_why_the_interchange_was_refused() -> None:
    [found] = read_ta1([write_ta1([REFUSED], interchange=ENVELOPE)])
    assert isinstance(found, InterchangeAcknowledgement)
    assert found.interchange is not None
    assert (found.accepted, found.reason) == (False, "the control number was used before")
    assert (found.interchange.sender, found.interchange.receiver) == ("CLRHOUSE", "NORTHLAKE")


def test_an_interchange_with_errors_was_taken_all_the_same() -> None:
    assert InterchangeAcknowledgement(control_number="1", status="E", note="014").accepted


def test_one_inside_of_a_group_is_out_of_place_and_says_nothing() -> None:
    text = write_ta1([REFUSED], interchange=ENVELOPE)
    misplaced = text.replace(b"TA1*", b"GS*FA*A*B*20261120*0930*7*X*005010X231A1~TA1*")
    faults = list(read_ta1([misplaced]))
    assert [fault.code for fault in faults if isinstance(fault, Fault)][0] is FaultCode.MISPLACED_SEGMENT
    assert not [item for item in faults if isinstance(item, InterchangeAcknowledgement)]


def test_it_names_the_day_of_the_interchange() -> None:
    with pytest.raises(UnwritableValue, match="TA102"):
        write_ta1([InterchangeAcknowledgement(control_number="1", status="A")], interchange=ENVELOPE)
