"""Real files of others: every count and sum is right, nothing crashes, nothing is lost."""

from __future__ import annotations

import io
import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pytest

from connectors.formats.x12 import (
    ClaimPayment,
    Fault,
    InstitutionalClaim,
    ProfessionalClaim,
    ProviderAdjustment,
    RemittanceEnd,
    Tokenizer,
    TransactionTrailer,
    UnwritableValue,
    acknowledge,
    read,
    write_837i,
    write_837p,
    write_999,
)
from connectors.formats.x12.__main__ import main
from tests.connectors.formats.x12.cast import RECEIVER, SUBMITTER, interchange
from tests.connectors.formats.x12.judge import complaints
from tests.support.samples import SAMPLES, sample_files

pytestmark = pytest.mark.samples

FOLDER = SAMPLES / "x12"
PATHS = sorted(FOLDER.iterdir()) if FOLDER.is_dir() else [FOLDER / "absent"]
each_sample = pytest.mark.parametrize("path", PATHS, ids=[path.name for path in PATHS])


@pytest.fixture(autouse=True)
def _samples_are_there() -> None:
    sample_files("x12")


def naive_segments(data: bytes) -> list[list[str]]:
    """The segments counted another way: the whole file at once, cut at each ISA, delimiters looked for by hand."""
    text = data.decode("utf-8-sig", errors="surrogateescape").strip()
    starts = [
        index
        for index in range(len(text) - 6)
        if text.startswith("ISA", index) and text[index + 3] == text[index + 6] and not text[index + 3].isalnum()
    ]
    segments: list[list[str]] = []
    for start, end in zip(starts or [0], [*starts[1:], len(text)], strict=True):
        segments += _naive_interchange(text[start:end])
    return segments


def _naive_interchange(text: str) -> list[list[str]]:
    separator = text[3] if text.startswith("ISA") else text[2]
    after = text.split(separator, 16)[-1] if text.startswith("ISA") else ":~"
    terminator = after[1:].lstrip("\r\n ")[0] if "~" not in after[:3] else "~"
    if terminator.isalpha():  # nothing between the component separator and the next segment but a line end
        terminator = "\n"
    parts = [part.strip("\r\n \t") for part in text.split(terminator)]
    return [part.split(separator) for part in parts if part]


def naive_number(elements: list[str], index: int) -> Decimal:
    try:
        return Decimal(elements[index])
    except (IndexError, InvalidOperation):
        return Decimal(0)


@each_sample
def test_counts_and_sums_agree_with_a_naive_count(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    segments = naive_segments(path.read_bytes())
    names = Counter(elements[0] for elements in segments)

    status = main([str(path), "--totals"])
    totals = json.loads(capsys.readouterr().out.splitlines()[-1])

    assert totals["segments"] == len(segments)
    assert (totals["st"], totals["clp"], totals["clm"]) == (names["ST"], names["CLP"], names["CLM"])
    paid = sum(naive_number(each, 4) for each in segments if each[0] == "CLP")
    charged = sum(naive_number(each, 2) for each in segments if each[0] == "CLM")
    adjusted = sum(naive_number(each, at) for each in segments if each[0] == "CAS" for at in range(3, 19, 3))
    assert Decimal(totals["clp04_sum"]) == paid
    assert Decimal(totals["clm02_sum"]) == charged
    assert Decimal(totals["cas_sum"]) == adjusted
    assert status == int(totals["faults"] > 0)


@each_sample
def test_the_segments_joined_give_the_file_back(path: Path) -> None:
    data = path.read_bytes()
    read_it = Tokenizer(io.BytesIO(data))

    assert b"".join([segment.raw for segment in read_it]) + read_it.trailing == data


@each_sample
def test_no_claim_and_no_adjustment_is_lost_on_the_way_to_the_types(path: Path) -> None:
    segments = naive_segments(path.read_bytes())
    names = Counter(elements[0] for elements in segments)
    items = list(read([path.read_bytes()]))

    payments = [item for item in items if isinstance(item, ClaimPayment)]
    adjustments = [item for item in items if isinstance(item, ProviderAdjustment)]
    assert len(payments) == names["CLP"]
    assert sum(len(each.lines) for each in payments) == (names["SVC"] if payments else 0)
    if payments:
        paid = sum(naive_number(each, 4) for each in segments if each[0] == "CLP")
        adjusted = sum(naive_number(each, at) for each in segments if each[0] == "CAS" for at in range(3, 19, 3))
        assert sum(each.paid for each in payments) == paid
        assert sum(each.adjusted() for each in payments) == adjusted
        assert len(adjustments) == sum(max(0, (len(each) - 2) // 2) for each in segments if each[0] == "PLB")
    claims = [item for item in items if isinstance(item, ProfessionalClaim | InstitutionalClaim)]
    if claims:
        assert len(claims) == names["CLM"]
        assert sum(len(each.lines) for each in claims) == names["SV1"] + names["SV2"]
        assert sum(each.charge for each in claims) == sum(
            naive_number(each, 2) for each in segments if each[0] == "CLM"
        )
        coverages = [coverage for each in claims for coverage in each.other_coverages]
        decisions = [decision for each in claims for line in each.lines for decision in line.adjudications]
        assert len(decisions) == names["SVD"]
        adjusted = [one.amount for part in (*coverages, *decisions) for one in part.adjustments]
        assert sum(adjusted) == sum(
            naive_number(each, at) for each in segments if each[0] == "CAS" for at in range(3, 19, 3)
        )


def test_claims_read_from_sound_files_are_written_and_read_back_the_same() -> None:
    """Where the writer refuses one, it breaks a rule of the guide, and the refusal says which."""
    written, refused, unlike = 0, Counter[str](), []
    for path in PATHS:
        items = list(read([path.read_bytes()]))
        if any(isinstance(item, Fault) for item in items):
            continue
        for claim in (item for item in items if isinstance(item, ProfessionalClaim | InstitutionalClaim)):
            try:
                again = _written_anew(claim)
            except UnwritableValue as error:
                refused[error.element] += 1
                continue
            written += 1
            [back] = [item for item in read([again]) if isinstance(item, ProfessionalClaim | InstitutionalClaim)]
            if _without_old_codes(back) != _without_old_codes(claim):
                unlike.append((path.name, claim.segment))

    assert unlike == []
    # The seven point at a second diagnosis and name one.
    assert (written, refused) == (19, {"SV107": 7})


def _written_anew(claim: ProfessionalClaim | InstitutionalClaim) -> bytes:
    around: dict[str, Any] = {"submitter": SUBMITTER, "receiver": RECEIVER, "reference": "B1"}
    if isinstance(claim, InstitutionalClaim):
        return write_837i([claim], interchange=interchange(), **around)
    return write_837p([claim], interchange=interchange(), **around)


def _without_old_codes(claim: ProfessionalClaim | InstitutionalClaim) -> object:
    """As it is, but for what the writer settles: the list of each diagnosis and the place of remarks."""
    codes = tuple(replace(each, qualifier="", code=each.code.replace(".", "")) for each in claim.diagnoses)
    return replace(claim, diagnoses=codes)


@each_sample
def test_every_transaction_that_begins_ends(path: Path) -> None:
    items = list(read([path.read_bytes()]))

    ends = [item for item in items if isinstance(item, TransactionTrailer)]

    assert len(ends) == sum(elements[0] == "ST" for elements in naive_segments(path.read_bytes()))
    assert sum(isinstance(item, RemittanceEnd) for item in items) == sum(end.header.code == "835" for end in ends)


@each_sample
def test_every_file_can_be_answered_with_a_999_that_pyx12_accepts(path: Path) -> None:
    known = {"270", "271", "276", "277", "278", "820", "834", "835", "837"}
    groups = {"HC": "837", "HP": "835", "HN": "277", "HR": "276", "HS": "270", "HB": "271", "HI": "278"}
    answers = [
        answer
        for answer in acknowledge([path.read_bytes()])
        if answer.group.functional_id in groups and {each.code for each in answer.transactions} <= known
    ]

    if answers:
        assert complaints(write_999(answers[:5], interchange=interchange())) == []


def test_the_manifest_names_the_transactions_as_we_do(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line.split("\t") for line in (SAMPLES / "MANIFEST.tsv").read_text().splitlines()]
    named = {Path(row[0]).name: row[2] for row in rows if row[1] == "x12"}
    unlike = []
    for path in PATHS:
        main([str(path), "--totals"])
        found = json.loads(capsys.readouterr().out.splitlines()[-1])["transaction"]
        if found != named[path.name]:
            unlike.append((path.name, found, named[path.name]))

    assert unlike == [("xlate__staedi__837-header-ref-only.edi", "837P", "837")]  # its ST03 says X222A1


def test_most_real_remittances_have_nothing_against_posting() -> None:
    """The others are out of balance, of a wrong count, or damaged; a closer look at each is in `faults`."""
    postable = 0
    for path in PATHS:
        for item in read([path.read_bytes()]):
            if isinstance(item, RemittanceEnd):
                postable += item.postable

    assert postable > 170


@each_sample
def test_every_fault_says_where_and_what_was_expected(path: Path) -> None:
    for fault in read([path.read_bytes()]):
        if isinstance(fault, Fault):
            assert fault.message
            assert fault.expected
            assert fault.segment or fault.code in ("not_x12", "surrounding_bytes")
