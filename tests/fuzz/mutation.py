"""Messages as nobody would send them: our own fixtures, bent, cut, doubled and spliced."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from connectors.registry import CONNECTORS
from tests.connectors.fixtures import PACKAGES, fixtures

#: How many examples each property is tried with. Unset, it is the same few in every run; set, always new ones.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))

Test = TypeVar("Test", bound=Callable[..., None])

FORMATS = ("x12", "hl7", "json")
#: What means something in one format or another, and what no parser likes.
TOKENS = (
    b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *261118*0630*^*00501*000000001*0*P*:~",
    b"GS*HP*A*B*20261118*0630*1*X*005010X221A1~", b"ST*835*0001~", b"SE*1*0001~", b"IEA*0*0~", b"CLP*A*1*1*1~",
    b"~", b"*", b":", b"^", b"MSH|^~\\&|", b"MSH|||||", b"FHS|^~\\&\r", b"BTS|9\r", b"\r", b"\n", b"\x0b", b"\x1c\r",
    b"\\X41", b"\\.br\\", b"\\\\\\", b"&", b"|", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3\x28", b"{", b"}", b"[",
    b"]", b'"', b"null", b"1e999", b"-0.0", b"99999999999999999999999999", b"NaN", b'"resourceType"', b"9999-99-99",
    b"20261399", b"\xe2\x80\xae",
)  # fmt: skip


def fuzzed(few: int) -> Callable[[Test], Test]:
    """Settings of a property: `few` examples unless FUZZ_EXAMPLES asks for more."""
    return settings(
        max_examples=EXAMPLES or few,
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )


def format_of(name: str) -> str:
    return {"x12": "x12", "hl7": "hl7"}.get(name.rpartition(".")[2], "json")


def seeds(kind: str) -> list[bytes]:
    """Every fixture of a format."""
    receiving = (
        item.package for item in CONNECTORS if item.receives and (PACKAGES / item.package / "fixtures").is_dir()
    )
    paths = (path for package in receiving for path in fixtures(package))
    return [path.read_bytes() for path in paths if format_of(path.name) == kind]


@st.composite
def mutated(draw: st.DrawFn, kind: str) -> bytes:
    """A fixture after one to six mishaps, of at most 64 KB."""
    known = seeds(kind)
    body = draw(st.sampled_from(known))
    for _ in range(draw(st.integers(1, 6))):
        body = _mishap(draw, body, known)
    return body[:65_536]


def _mishap(draw: st.DrawFn, body: bytes, known: list[bytes]) -> bytes:
    start = draw(st.integers(0, len(body)))
    end = min(len(body), start + draw(st.integers(0, 80)))
    part = body[start:end]
    match draw(st.sampled_from(("byte", "token", "cut", "delete", "double", "move", "splice", "repeat"))):
        case "byte":
            return body[:start] + bytes([draw(st.integers(0, 255))]) + body[start + 1 :]
        case "token":
            return body[:start] + draw(st.sampled_from(TOKENS)) + body[start:]
        case "cut":
            return body[:start]
        case "delete":
            return body[:start] + body[end:]
        case "double":
            return body[:end] + part * draw(st.integers(1, 50)) + body[end:]
        case "move":
            rest = body[:start] + body[end:]
            at = draw(st.integers(0, len(rest)))
            return rest[:at] + part + rest[at:]
        case "splice":
            return body[:start] + draw(st.sampled_from(known))[start:]
        case _:
            return body[:start] + draw(st.sampled_from(TOKENS)) * draw(st.integers(2, 400)) + body[start:]
