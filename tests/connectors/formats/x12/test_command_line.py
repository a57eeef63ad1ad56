"""`python -m connectors.formats.x12`: what it prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connectors.formats.x12 import write_837p
from connectors.formats.x12.__main__ import main
from tests.connectors.formats.x12.cast import RECEIVER, SUBMITTER, claim, interchange
from tests.connectors.formats.x12.x12_text import CLAIM, remittance

ROOT = Path(__file__).resolve().parents[4]
PLAIN = remittance(*CLAIM)
BROKEN = PLAIN.replace(b"160.00*110.00", b"160.00*ABC")


class Printed:
    """What a run printed, and its exit status."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text
        self.lines = text.splitlines()

    @property
    def totals(self) -> dict[str, Any]:
        return dict(json.loads(self.lines[-1]))


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run_it(data: bytes | Path, *options: str) -> Printed:
        path = data if isinstance(data, Path) else tmp_path / "file.edi"
        if isinstance(data, bytes):
            path.write_bytes(data)
        status = main([str(path), *options])
        return Printed(status, capsys.readouterr().out)

    return run_it


def test_a_sound_file_is_printed_segment_by_segment_and_ends_with_zero(run: Any) -> None:
    printed = run(PLAIN)

    assert printed.status == 0
    assert len(printed.lines) == PLAIN.count(b"~") + 1
    assert printed.lines[0].split()[:2] == ["1", "ISA*00*"]
    assert printed.lines[8] == "      9        CLP*ACC-1*1*160.00*110.00*20.00*12*PCN-1*11*1"
    assert printed.lines[-1] == "faults: 0"


def test_what_is_wrong_is_told_with_segment_element_and_expectation_and_ends_with_one(run: Any) -> None:
    printed = run(BROKEN)

    assert printed.status == 1
    assert printed.lines[-2:] == [
        "faults: 1",
        "error: segment 9 CLP04 in loop 2100: The claim payment is not a number "
        "(expected a decimal number such as 125.00; found ABC)",
    ]


def test_a_balance_break_is_wrong_too(run: Any) -> None:
    printed = run(PLAIN.replace(b"BPR*I*110.00", b"BPR*I*110.01"))

    assert printed.status == 1
    assert "segment 4 BPR02" in printed.lines[-1]


def test_totals_are_the_last_line(run: Any) -> None:
    printed = run(PLAIN, "--totals")

    assert printed.totals == {
        "transaction": "835",
        "segments": 22,
        "st": 1,
        "clp": 1,
        "clp04_sum": "110.00",
        "cas_sum": "50.00",
        "clm": 0,
        "clm02_sum": "0",
        "faults": 0,
    }


def test_totals_count_claims_as_well(run: Any) -> None:
    data = write_837p(
        [claim("A"), claim("B")], submitter=SUBMITTER, receiver=RECEIVER, reference="B1", interchange=interchange()
    )

    totals = run(data, "--totals").totals

    assert (totals["transaction"], totals["st"], totals["clm"], totals["clm02_sum"]) == ("837P", 2, 2, "341.0")


def test_totals_take_all_triplets_of_every_cas(run: Any) -> None:
    many = "CAS*CO*45*1.01*1*97*2.02**29*3.03*2*18*4.04**16*5.05**22*6.06*3"

    totals = run(remittance("CLP*A*1*21.21*0**12*P", many, "NM1*QC*1*Archer"), "--totals").totals

    assert totals["cas_sum"] == "21.21"


@pytest.mark.parametrize(
    ("code", "guide", "service", "name"),
    [
        ("837", "005010X222A1", "SV1*HC:99213*1*UN*1***1", "837P"),
        ("837", "005010X223A2", "SV2*0300*HC:80053*1*UN*1", "837I"),
        ("837", "005010X222", "SV2*0300*HC:80053*1*UN*1", "837I"),
        ("837", "999999X999", "SV1*HC:99213*1*UN*1***1", "837P"),
        ("277", "005010X214", "STC*A1:20*20261120*WQ*1", "277CA"),
        ("277", "005010X212", "STC*A1:20*20261120*WQ*1", "277"),
        ("270", "005010X279A1", "EQ*30", "270"),
        ("278", "005010X217", "UM*HS*I", "278"),
    ],
)
def test_totals_name_the_transaction(run: Any, code: str, guide: str, service: str, name: str) -> None:
    data = PLAIN.replace(b"005010X221A1", guide.encode()).replace(b"ST*835", b"ST*" + code.encode())
    body = data[: data.index(b"BPR")] + service.encode() + b"~" + data[data.index(b"SE*18") :]

    assert run(body, "--totals").totals["transaction"] == name


def test_json_is_one_document_of_interchanges_groups_transactions_and_segments(run: Any) -> None:
    document = json.loads(run(PLAIN * 2, "--json").text)

    assert len(document["interchanges"]) == 2
    (group,) = document["interchanges"][0]["groups"]
    (transaction,) = group["transactions"]
    assert group["header"][:2] == ["GS", "HP"]
    assert transaction["header"] == ["ST", "835", "0001"]
    assert [segment["id"] for segment in transaction["segments"]][:3] == ["ST", "BPR", "TRN"]
    assert transaction["segments"][-1]["id"] == "SE"
    assert transaction["segments"][6] == {
        "number": 9,
        "id": "CLP",
        "offset": PLAIN.index(b"CLP"),
        "elements": ["ACC-1", "1", "160.00", "110.00", "20.00", "12", "PCN-1", "11", "1"],
    }
    assert [item["type"] for item in transaction["items"]] == ["RemittanceStart", "ClaimPayment", "RemittanceEnd"]
    assert transaction["items"][1]["paid"] == "110.00"
    assert document["faults"] == []


def test_json_tells_the_faults_with_their_places(run: Any) -> None:
    printed = run(BROKEN, "--json")

    (fault,) = json.loads(printed.text)["faults"]
    assert printed.status == 1
    assert (fault["code"], fault["segment"], fault["element"]) == ("not_a_number", 9, "CLP04")


def test_json_and_totals_together_end_with_the_totals(run: Any) -> None:
    printed = run(PLAIN, "--json", "--totals")

    assert printed.totals["clp"] == 1
    assert json.loads("\n".join(printed.lines[:-1]))["faults"] == []


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.replace(b"SE*18*0001~", b""),
        PLAIN[: PLAIN.index(b"SVC")],
        PLAIN.split(b"~", 1)[1],
        PLAIN.split(b"~", 2)[2],
        PLAIN.replace(b"GE*1*7~", b"GE*1*7~NTE*1~TA1*1~"),
        PLAIN.replace(b"ST*835*0001~", b""),
        PLAIN.replace(b"IEA*1*000000007~", b"") * 2,
        PLAIN + b"NTE*ADD*after all~" + PLAIN,
    ],
    ids=["no SE", "cut", "no ISA", "no GS", "stray", "no ST", "no IEA", "between"],
)
def test_json_stays_one_document_whatever_is_missing_and_holds_every_segment(run: Any, data: bytes) -> None:
    printed = run(data, "--json", "--totals")
    document = json.loads("\n".join(printed.lines[:-1]))

    transactions = [
        transaction
        for interchange in document["interchanges"]
        for group in interchange["groups"]
        for transaction in group["transactions"]
    ]
    claims = sum(segment["id"] == "CLP" for each in transactions for segment in each["segments"])
    assert claims == printed.totals["clp"] == data.count(b"CLP*")
    assert printed.status == 1
    assert len(document["faults"]) == printed.totals["faults"]


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"hello", b"\x7fELF" + bytes(range(256)) * 40, b"ISA*", b"{}", b"\xff\xfe" + b"I\x00S\x00A\x00"],
)
@pytest.mark.parametrize("option", [(), ("--json",), ("--totals",), ("--json", "--totals")])
def test_what_is_no_x12_is_told_in_words(run: Any, data: bytes, option: tuple[str, ...]) -> None:
    printed = run(data, *option)

    assert printed.status == 1
    assert "holds no X12" in printed.text or "is empty" in printed.text or "is damaged" in printed.text


@pytest.mark.parametrize("option", ["--totals", "--json"])
def test_a_file_that_is_not_there_or_is_a_folder_is_told_in_words(run: Any, tmp_path: Path, option: str) -> None:
    for path in (tmp_path / "missing.edi", tmp_path):
        printed = run(path, option)

        assert printed.status == 1
        assert "cannot be read" in printed.text or printed.totals["faults"] == 1


def test_control_characters_of_a_file_never_reach_the_terminal(run: Any) -> None:
    printed = run(PLAIN.replace(b"Archer", b"\x1b[31mArcher"))

    assert "\x1b" not in printed.text
    assert "\\x1b[31mArcher" in printed.text


def test_it_runs_as_a_module_and_ends_quietly_when_nobody_listens(tmp_path: Path) -> None:
    path = tmp_path / "large.edi"
    path.write_bytes(PLAIN * 3000)
    command = [sys.executable, "-m", "connectors.formats.x12", str(path)]

    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 1
