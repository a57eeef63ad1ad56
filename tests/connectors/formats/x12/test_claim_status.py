"""277CA: written and read back; who accepts and who does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connectors.formats.x12 import (
    ClaimAcknowledgement,
    ClaimStatusEnd,
    ClaimStatusReport,
    ClaimStatusStart,
    Fault,
    FaultCode,
    LineAcknowledgement,
    Name,
    Procedure,
    Status,
    StatusCode,
    UnwritableValue,
    read_277ca,
    write_277ca,
)
from tests.connectors.formats.x12.answers import acknowledged, status, status_report
from tests.connectors.formats.x12.cast import NPI, interchange


def written(*reports: ClaimStatusReport) -> bytes:
    return write_277ca(reports, interchange=interchange())


def read_back(data: bytes) -> list[ClaimAcknowledgement]:
    items = list(read_277ca([data]))
    assert [item for item in items if isinstance(item, Fault)] == []
    return [item for item in items if isinstance(item, ClaimAcknowledgement)]


REJECTED = acknowledged(
    "ACC-2",
    statuses=(
        Status((StatusCode("A7", "562", "85"), StatusCode("A3", "21")), "U", date(2026, 11, 20), Decimal(50), "No NPI"),
    ),
    payer_claim_number="PCN-2",
    service_end=date(2026, 11, 4),
    lines=(
        LineAcknowledgement(
            Procedure("HC", "99213"),
            Decimal(50),
            (status("A7", "562", "U", None), status("A7", "454", "U", None)),
            "L1",
        ),
    ),
)


def test_what_is_written_is_read_back_the_same() -> None:
    other = Name("85", "St. Vincent Hospital", id_qualifier="XX", id=NPI, person=False)
    claims = [acknowledged("ACC-1"), REJECTED, acknowledged("ACC-3", provider=other)]

    assert read_back(written(status_report(*claims))) == claims


def test_the_start_names_the_batch_that_is_answered() -> None:
    report = status_report(acknowledged())

    start = next(item for item in read_277ca([written(report)]) if isinstance(item, ClaimStatusStart))

    assert start == report.start
    assert start.batch_reference == "B20261120"
    assert start.accepted


def test_the_end_counts_accepted_and_rejected() -> None:
    data = written(status_report(acknowledged("ACC-1"), REJECTED, acknowledged("ACC-3")))

    end = next(item for item in read_277ca([data]) if isinstance(item, ClaimStatusEnd))

    assert (end.claims, end.accepted, end.rejected, end.errors, end.complete) == (3, 2, 1, 0, True)


@pytest.mark.parametrize(
    ("category", "action", "accepted"),
    [("A0", "WQ", True), ("A1", "WQ", True), ("A2", "WQ", True), ("A3", "U", False), ("A6", "U", False)]
    + [("A7", "U", False), ("A8", "U", False), ("A3", "", False), ("A2", "U", False)],
)
def test_category_and_action_say_whether_a_claim_is_accepted(category: str, action: str, accepted: bool) -> None:
    assert acknowledged(statuses=(status(category, "21", action),)).accepted is accepted


def test_one_refusing_status_among_several_refuses() -> None:
    assert not acknowledged(statuses=(status(), status("A3", "21", "U"))).accepted


def test_all_codes_of_claim_and_lines_are_at_hand() -> None:
    assert [(each.category, each.code) for each in REJECTED.codes] == [
        ("A7", "562"),
        ("A3", "21"),
        ("A7", "562"),
        ("A7", "454"),
    ]


def test_a_batch_refused_as_a_whole_has_no_claims() -> None:
    data = written(status_report(statuses=(status("A8", "24", "U"),)))

    start = next(item for item in read_277ca([data]) if isinstance(item, ClaimStatusStart))

    assert read_back(data) == []
    assert not start.accepted


def test_a_claim_without_a_status_is_told() -> None:
    data = written(status_report(acknowledged()))
    broken = data.replace(b"STC*A2:20:PR*20261120*WQ*170.5~", b"")
    assert broken != data

    found = [item for item in read_277ca([broken]) if isinstance(item, Fault)]

    assert FaultCode.MISSING_SEGMENT in [fault.code for fault in found]


@pytest.mark.parametrize(
    "report",
    [
        status_report(acknowledged(statuses=())),
        status_report(acknowledged(provider=None)),
        status_report(acknowledged(service_start=None)),
        status_report(acknowledged(account_number="")),
        status_report(acknowledged(statuses=(Status((), "U", date(2026, 11, 20)),))),
        status_report(acknowledged(statuses=(replace(status(), day=None),))),
        status_report(acknowledged(), statuses=()),
        status_report(acknowledged(), received=None),
        status_report(acknowledged(), batch_reference=""),
    ],
)
def test_what_a_277ca_must_have_is_not_left_out(report: ClaimStatusReport) -> None:
    with pytest.raises(UnwritableValue):
        written(report)
