"""Real messages of others: none crashes, none is lost, and a second parser splits them the same way."""

from __future__ import annotations

import re

import pytest

from connectors.formats.hl7v2 import Message, parse_file, split_messages
from connectors.formats.hl7v2.second_opinion import disagreements
from tests.support.samples import sample_files

pytestmark = pytest.mark.samples

# What a fuzzer made and nHapi keeps: their separators cannot be used, so there is nothing to agree on.
FUZZED = "nHapiNET__nHapi__id_"


def messages() -> list[Message]:
    return [message for path in sample_files("hl7v2") for message in parse_file(path.read_bytes()).messages]


def test_every_header_line_becomes_a_message() -> None:
    for path in sample_files("hl7v2"):
        raw = path.read_bytes()
        headers = len(re.findall(rb"(?:\A|[\r\n\x0b])MSH\|", raw))
        file = parse_file(raw)
        assert len(file.messages) == headers > 0, path.name
        assert file.unreadable == (), path.name


def test_only_fuzzed_messages_and_a_wrong_count_are_faulty() -> None:
    faulty = {path.name for path in sample_files("hl7v2") if parse_file(path.read_bytes()).all_faults}
    assert {name for name in faulty if not name.startswith(FUZZED)} == {"microsoft__FHIR-Converter__BundleToHl7v2.hl7"}


def test_pieces_put_together_are_the_file() -> None:
    for path in sample_files("hl7v2"):
        raw = path.read_bytes()
        kept = b"".join(split_messages(raw))
        assert kept == raw or kept.strip() == raw.strip(), path.name


def test_every_message_is_written_back_byte_for_byte() -> None:
    for message in messages():
        lines = re.split(rb"\r\n|\r|\n", message.raw.rstrip(b"\x0b\x1c\r\n"))
        assert message.encode() == b"".join(line + b"\r" for line in lines if line.strip(b" \t\x0b\x1c"))


def test_the_hl7_package_splits_every_message_as_we_do() -> None:
    compared = 0
    for message in messages():
        if any(fault.element == "MSH-2" for fault in message.faults) or message.delimiters.subcomponent == "":
            continue
        compared += 1
        assert disagreements(message) == [], message.control_id
    assert compared > 200
