"""`python -m connectors.formats.hl7v2`: structure for people and programs, and never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.connectors.formats.hl7v2.cast import ADMISSION, HEADER

ROOT = Path(__file__).resolve().parents[4]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "connectors.formats.hl7v2", *map(str, arguments)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in result.stderr
    return result


def test_a_good_file_is_shown_field_by_field(tmp_path: Path) -> None:
    (tmp_path / "a.hl7").write_bytes(ADMISSION)
    result = run(tmp_path / "a.hl7")
    assert result.returncode == 0
    assert "message 1: ADT^A08 version 2.5.1 control id 42" in result.stdout
    assert "      PID-18: ACC-1" in result.stdout
    assert "1 messages, 0 unreadable parts, 0 faults" in result.stdout


def test_json_holds_messages_with_their_segments(tmp_path: Path) -> None:
    (tmp_path / "a.hl7").write_bytes(ADMISSION)
    shown = json.loads(run(tmp_path / "a.hl7", "--json").stdout)
    message = shown["messages"][0]
    assert (message["type"], message["trigger"], message["control_id"]) == ("ADT", "A08", "42")
    assert [segment["id"] for segment in message["segments"]][:3] == ["MSH", "EVN", "PID"]
    numbers = {field["field"]: field for field in message["segments"][2]["fields"]}
    assert numbers[3]["text"] == "100^^^NLM&1.2.3&ISO^MR~900^^^SSA^SS"
    assert numbers[3]["repetitions"][0][3] == ["NLM", "1.2.3", "ISO"]
    assert shown["faults"] == []


def test_what_is_wrong_has_its_place_and_fails(tmp_path: Path) -> None:
    (tmp_path / "a.hl7").write_bytes(HEADER.replace(b"|42|", b"||") + b"\rnot a segment\r")
    result = run(tmp_path / "a.hl7")
    assert result.returncode == 1
    assert "error: message 1, segment 1 MSH-10: is empty; expected a message control id" in result.stdout
    result = run(tmp_path / "a.hl7", "--json")
    assert result.returncode == 1
    faults = json.loads(result.stdout)["faults"]
    assert [(fault["segment_number"], fault["element"]) for fault in faults] == [(2, ""), (1, "MSH-10")]
    assert faults[1]["expected"] == "a message control id"


def test_a_warning_is_shown_and_does_not_fail(tmp_path: Path) -> None:
    (tmp_path / "a.hl7").write_bytes(HEADER + b"\rPID|||||M\xdcLLER")
    result = run(tmp_path / "a.hl7")
    assert result.returncode == 0
    assert "warning: message 1, segment 1 MSH-18: declares no character set" in result.stdout


@pytest.mark.parametrize("content", [b"", bytes(range(256)) * 20, b"MSH", b"\xff\xfe\x00", b"{}"])
@pytest.mark.parametrize("option", ["--json", None])
def test_what_is_no_message_is_said_plainly(tmp_path: Path, content: bytes, option: str | None) -> None:
    (tmp_path / "a.bin").write_bytes(content)
    result = run(tmp_path / "a.bin", *([option] if option else []))
    assert result.returncode == 1
    if option:
        assert json.loads(result.stdout)["faults"]
    else:
        assert "error: " in result.stdout


def test_a_file_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.hl7", tmp_path):
        result = run(path)
        assert result.returncode == 1
        assert "the file cannot be read" in result.stdout
    assert json.loads(run(tmp_path / "missing.hl7", "--json").stdout)["messages"] == []


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "a.hl7").write_bytes(HEADER + b"\rNTE|||\x1b[2Jred\x07")
    assert "\\x1b[2Jred\\x07" in run(tmp_path / "a.hl7").stdout
