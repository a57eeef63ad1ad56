"""HL7 v2: fields by segment. A segment that no rule names, Z-segments among them, is masked whole."""

from __future__ import annotations

import re

from hub.core.masking.base import MASK, NOTHING_SHOWN, Rule, but, only

# Account, visit and appointment numbers are the business keys of a journey and stay; the patient's own stay hidden.
_RULES: dict[str, Rule] = {
    "MSH": only(8),
    "FHS": only(8),
    "BHS": only(8),
    "FTS": only(),
    "BTS": only(),
    "EVN": only(),
    "SFT": only(),
    "MSA": only(3, 6),
    "ERR": only(6, 7, 8),
    "PID": but(1, 18),
    "NK1": but(1, 3),
    "GT1": but(1, 11),
    "IN1": but(1, 2, 3, 4, 12, 13, 15, 17, 22),
    "PV1": only(),
    "PV2": only(3, 12, 13),
    "SCH": only(12, 13, 14, 16, 17, 18, 20, 21, 22),
    "TQ1": only(),
    "RGS": only(),
    "AIS": only(),
    "AIL": only(),
    "AIP": only(),
    "AIG": only(),
    "FT1": only(19),
    "PR1": only(15),
    "DRG": only(),
    "DG1": but(1, 2, 5, 6, 15, 16),
    "ORC": only(14),
    "OBR": only(13, 17, 31),
    "OBX": but(1, 2, 3, 4, 6, 11, 14),
    "NTE": but(1, 2),
}
#: These carry the separators of what follows; their fields 1 and 2 are the separators themselves.
_HEADERS = frozenset({"MSH", "FHS", "BHS"})
_LINES = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")
# Frame bytes of MLLP and the mark of UTF-8, as files of captured traffic have them.
_NOISE = "\x0b\x1c\ufeff "
_USUAL = "|^~\\&"


def mask_hl7(text: str) -> str:
    """`text`, one or more HL7 v2 messages, with its lines and separators where they were."""
    separators = _USUAL
    masked = []
    for line, end in _LINES.findall(text):
        body = line.lstrip(_NOISE)
        if body[:3] in _HEADERS and len(body) > 3:
            separators = (body[3:8] + _USUAL[len(body[3:8]) :])[:5]
        masked.append(line[: len(line) - len(body)] + _segment(body, separators) + end)
    return "".join(masked)


def _segment(body: str, separators: str) -> str:
    if not body.strip(_NOISE):
        return body
    field = separators[0]
    name, *fields = body.split(field)
    if not re.fullmatch(r"[A-Z][A-Z0-9]{2}", name):
        return MASK  # a line that is no segment: wrapped text of the one before
    rule = _RULES.get(name, NOTHING_SHOWN)
    first = 2 if name in _HEADERS else 1
    # The escape character belongs to the text that it is in.
    leaf = re.compile(f"[^{re.escape(separators[:3] + separators[4:])}]+")
    shown = [leaf.sub(MASK, value) if rule.hides(number) else value for number, value in enumerate(fields, first)]
    return field.join([name, *shown])
