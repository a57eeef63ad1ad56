"""The three parsers under fire: no crash, no hang, no unbounded memory. FUZZ_EXAMPLES=5000 fires longer."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats import fhir, hl7v2, x12
from connectors.registry import CONNECTORS, Connector
from connectors.translation import Incoming
from hub.core.errors import Failure
from tests.connectors.fixtures import PACKAGES, fixtures
from tests.fuzz.mutation import FORMATS, format_of, fuzzed, mutated
from tests.fuzz.work import bounded_work

each_format = pytest.mark.parametrize("kind", FORMATS)


def read_x12(data: bytes) -> int:
    """Every item and every answer; a file that is none gives faults and no exception."""
    items = sum(1 for _ in x12.read(BytesIO(data)))
    return items + sum(1 for _ in x12.acknowledge([data]))


def read_hl7(data: bytes) -> int:
    """Every message, its type and an acknowledgement of it; what is none is kept as unreadable."""
    file = hl7v2.parse_file(data)
    for message in file.messages:
        assert message.encode()
        assert hl7v2.peek_header(message.raw) is not None
    return len(file.messages) + len(file.unreadable) + len(file.all_faults)


def read_fhir(data: bytes) -> int:
    try:
        resource = fhir.read(data)
    except fhir.FhirRefused as refused:
        return len(refused.faults)
    fhir.write(resource)
    return len(list(fhir.entries(resource)))


READERS: Mapping[str, Callable[[bytes], int]] = {"x12": read_x12, "hl7": read_hl7, "json": read_fhir}


@each_format
@fuzzed(few=15)
@given(data=st.data())
def test_a_mutated_message_is_read_or_refused_with_bounded_work(kind: str, data: st.DataObject) -> None:
    body = data.draw(mutated(kind))
    with bounded_work(body):
        found = READERS[kind](body)

    assert found <= 20 * (len(body) + 10), "what is found does not outgrow what came"


@each_format
@fuzzed(few=15)
@given(garbage=st.binary(max_size=2000))
def test_garbage_is_read_or_refused_with_bounded_work(kind: str, garbage: bytes) -> None:
    with bounded_work(garbage):
        READERS[kind](garbage)


def test_no_byte_of_a_mutated_interchange_is_lost_between_segments() -> None:
    @fuzzed(few=25)
    @given(body=mutated("x12"))
    def hold(body: bytes) -> None:
        tokens = x12.Tokenizer(BytesIO(body))
        raw = [segment.raw for segment in tokens]
        # What has no ISA is no interchange, and is refused as a whole.
        assert not raw or b"".join(raw) + tokens.trailing == body

    hold()


def test_no_byte_of_a_mutated_hl7_file_is_lost_between_messages() -> None:
    @fuzzed(few=25)
    @given(body=mutated("hl7"))
    def hold(body: bytes) -> None:
        kept = b"".join(hl7v2.split_messages(body))
        assert kept == body or not body.replace(kept, b"", 1).strip(b"\xef\xbb\xbf\x0b\x1c \t\r\n")

    hold()


def receiving() -> list[Connector]:
    return [item for item in CONNECTORS if item.receives and (PACKAGES / item.package / "fixtures").is_dir()]


@pytest.mark.parametrize("connector", receiving(), ids=lambda connector: connector.package)
@fuzzed(few=8)
@given(data=st.data())
def test_a_mutated_message_is_translated_or_refused_and_nothing_else(connector: Connector, data: st.DataObject) -> None:
    body = data.draw(mutated(format_of(fixtures(connector.package)[0].name)))
    with suppress(Failure), bounded_work(body):
        connector.identify({}, body[:16_384], "0" * 64)
        for _ in connector.translate(Incoming(system="fuzz", feed="fuzz", body=body)):
            pass


# --- what is meant to exhaust ---


def bombs() -> Iterator[tuple[str, str, bytes]]:
    """(format, name, bytes): small in the sending, large in a careless reading."""
    isa = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *261118*0630*^*00501*000000001*0*P*:~"
    yield "x12", "one endless segment", isa + b"A" * 3_000_000
    yield "x12", "a segment of elements only", isa + b"NM1" + b"*" * 100_000 + b"~"
    yield "x12", "a composite of components only", isa + b"SVC*" + b":" * 100_000 + b"~"
    yield "x12", "nothing but interchanges", isa * 1_000
    yield "x12", "nothing but terminators", isa + b"~" * 100_000
    header = b"MSH|^~\\&|A|B|C|D|20261121||ADT^A01|1|P|2.5.1\r"
    yield "hl7", "one endless segment", header + b"PID|" + b"A" * 3_000_000
    yield "hl7", "a field of repetitions only", header + b"PID|||" + b"~" * 100_000
    yield "hl7", "escapes only", header + b"PID|||" + b"\\X4141\\" * 20_000
    yield "hl7", "nothing but headers", header * 500
    yield "hl7", "nothing but line ends", header + b"\r\n" * 100_000
    yield "json", "brackets", b"[" * 500_000
    yield "json", "objects", b'{"a":' * 200_000
    yield "json", "a long number", b'{"resourceType": "Patient", "id": ' + b"9" * 100_000 + b"}"
    deep: object = "leaf"
    for _ in range(200):
        deep = {"extension": [deep]}
    yield "json", "extensions in extensions", json.dumps({"resourceType": "Patient", "extension": [deep]}).encode()
    many = [{"resource": {"resourceType": "Patient"}}] * 500
    yield "json", "many entries", json.dumps({"resourceType": "Bundle", "type": "batch", "entry": many}).encode()


@pytest.mark.parametrize(
    ("kind", "bomb"), [(kind, bomb) for kind, _, bomb in bombs()], ids=[name for _, name, _ in bombs()]
)
def test_a_bomb_costs_no_more_than_its_size_allows(kind: str, bomb: bytes) -> None:
    tracemalloc.start()
    try:
        READERS[kind](bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 20_000_000 + 250 * len(bomb)
