"""From bytes to text. MSH-18 (HL7 table 0211) names the character set, and senders are often wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

# HL7 table 0211, and the spellings that senders use instead of it.
_CODECS = {
    "": "utf-8",
    "ASCII": "ascii",
    "8859/1": "latin-1",
    **{f"8859/{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 9, 15)},
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "UNICODE UTF-16": "utf-16",
    "UNICODE UTF-32": "utf-32",
    "ISO-8859-1": "latin-1",
    "ISO IR6": "ascii",
    "ISO IR14": "iso2022_jp",
    "ISO IR87": "iso2022_jp",
    "ISO IR159": "iso2022_jp_1",
    "GB 18030-2000": "gb18030",
    "KS X 1001": "euc_kr",
    "BIG-5": "big5",
    "CP1252": "cp1252",
    "WINDOWS-1252": "cp1252",
}
_WIDE = (
    (b"\xff\xfeM\x00", "utf-16"),
    (b"\xfe\xff\x00M", "utf-16"),
    (b"M\x00S\x00H\x00", "utf-16-le"),
    (b"\x00M\x00S\x00H", "utf-16-be"),
)
_LINE_END = re.compile(rb"[\r\n]")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the codec that read it, and in plain words what was wrong with MSH-18 ('' if nothing)."""

    text: str
    codec: str
    problem: str = ""


def decode(raw: bytes) -> Decoded:
    """Read `raw` by its own MSH-18. Never fails: cp1252, then latin-1 stand in, and the problem is told."""
    wide = wide_codec(raw)
    if wide:
        return _decode_wide(raw, wide)
    if raw.isascii():
        return Decoded(raw.decode("ascii"), "utf-8")
    label = _declared(raw)
    codec = _CODECS.get(label)
    if codec and codec not in ("ascii", "utf-16", "utf-32"):
        text = _try(raw.removeprefix(_BOM) if codec == "utf-8" else raw, codec)
        if text is not None:
            return Decoded(text, codec)
    problem = _words(label, known=codec is not None)
    for stand_in in ("utf-8", "cp1252"):
        text = _try(raw.removeprefix(_BOM) if stand_in == "utf-8" else raw, stand_in)
        if text is not None:
            return Decoded(text, stand_in, f"{problem}; read as {stand_in}")
    return Decoded(raw.decode("latin-1"), "latin-1", f"{problem}; read as latin-1")


def codec_for(label: str) -> str | None:
    """The Python codec of an MSH-18 value, None where it is not known."""
    return _CODECS.get(label.strip().upper())


def wide_codec(raw: bytes) -> str:
    """The UTF-16 codec that the first bytes give away, or ''. Such text has no MSH that bytes could show."""
    return next((codec for start, codec in _WIDE if raw.startswith(start)), "")


def _decode_wide(raw: bytes, codec: str) -> Decoded:
    text = _try(raw, codec)
    if text is not None:
        return Decoded(text, codec)
    return Decoded(raw.decode(codec, errors="replace"), codec, "is not valid UTF-16; broken characters were replaced")


def _declared(raw: bytes) -> str:
    start = raw.find(b"MSH")
    if start < 0:
        return ""
    end = _LINE_END.search(raw, start)
    header = raw[start : end.start() if end else len(raw)]
    if len(header) < 4:
        return ""
    fields = header.split(header[3:4])
    if len(fields) < 18:
        return ""
    # MSH-2 declares the repetition separator; the first repetition is the message's default set.
    first = fields[17].split(fields[1][1:2] or b"~")[0]
    return first.decode("latin-1").strip().upper()


def _try(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None


def _words(label: str, *, known: bool) -> str:
    if not label:
        return "declares no character set and is not UTF-8"
    return "declares a character set its bytes do not follow" if known else "declares an unknown character set"
