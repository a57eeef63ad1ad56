"""`manage.py conformance`: each file told of, counted anew, taken in and taken back; and its page as it stands."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from connectors.models import Message, System
from exceptions.conformance import counting
from exceptions.conformance.judging import verdicts
from exceptions.conformance.reading import read_hl7, read_resource, read_x12
from tests.connectors.fixtures import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = {
    "x12": PACKAGES / "clearinghouse" / "fixtures" / "paid_partly_paid_denied.835.x12",
    "hl7v2": PACKAGES / "ehr" / "fixtures" / "captured.p03.hl7",
    "fhir": PACKAGES / "clinic_ehr" / "fixtures" / "booked.appointment.json",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for kind, fixture in FIXTURES.items():
        (tmp_path / kind).mkdir()
        shutil.copy(fixture, tmp_path / kind)
    (tmp_path / "x12" / "cut.835").write_bytes(FIXTURES["x12"].read_bytes()[:700])
    (tmp_path / "x12" / "nothing.835").write_bytes(b"hello")
    return tmp_path


@pytest.mark.django_db
def test_the_page_tells_of_every_file_and_nothing_of_it_stays(folder: Path, tmp_path: Path) -> None:
    out, target = StringIO(), tmp_path / "page.md"

    call_command("conformance", folder, here=True, write=target, stdout=out, stderr=StringIO())

    page = target.read_text()
    assert "5 files: 0 lost, 0 counted otherwise" in out.getvalue()
    for kind, fixture in FIXTURES.items():
        assert f"`{fixture.name}`" in page, kind
    assert "`cut.835`" in page
    assert "rejected (no-interchange)" in page
    assert "Counted alike in every file: yes." in page
    assert "RIVERA" not in page
    assert not Message.objects.exists()
    assert not System.objects.exists()


def test_a_folder_without_messages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        call_command("conformance", tmp_path, here=True)


def test_readers_and_the_independent_count_agree_and_nothing_is_lost() -> None:
    remittance = read_x12(FIXTURES["x12"].read_bytes())
    charge = read_hl7(FIXTURES["hl7v2"].read_bytes())
    booking = read_resource(FIXTURES["fhir"].read_bytes())

    assert [item.counted_alike for item in (remittance, charge, booking)] == [True] * 3
    assert (remittance.kind, remittance.ours.claims, remittance.loss) == ("835", 4, "")
    assert (charge.kind, charge.round_trip) == ("DFT^P03", "byte-equal")
    assert (booking.kind, booking.round_trip) == ("Bundle", "value-equal")


def test_the_independent_count_knows_nothing_of_ours() -> None:
    """It finds the delimiters by itself, in every interchange of a file."""
    first = FIXTURES["x12"].read_bytes()
    second = first.replace(b"~", b"\x1d").replace(b"*", b"|")

    both = counting.x12(first + second)

    assert both == counting.x12(first) + counting.x12(first)
    assert both.segments == 2 * len([part for part in first.split(b"~") if part.strip()])


def test_what_nobody_looked_into_is_said_to_be_open() -> None:
    found, open_ones = verdicts(["7: (AD) is not a valid code for Attachment Transmission Code (PWK02)", "99: new"])

    assert [verdict.right for verdict in found] == ["we"]
    assert open_ones == ["99: new"]


def test_on_the_page_as_it_stands_nothing_is_lost_and_every_difference_is_decided() -> None:
    page = (ROOT / "docs" / "conformance.md").read_text()

    assert "none crashed; none lost." in page
    assert "| open |" not in page
    assert page.count("Counted alike in every file: yes.") == 3
