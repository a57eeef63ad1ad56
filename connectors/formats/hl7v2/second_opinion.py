"""What the `hl7` package makes of the same message: it shares no code with ours, so agreement is proof.

It parses some 900 messages a second and stumbles over line ends, character sets and short headers (its text
is therefore prepared here as ours is), so it is asked where speed does not matter: diagnosis and tests.
"""

from __future__ import annotations

from typing import Any

import hl7

from connectors.formats.hl7v2.message import Message
from connectors.formats.hl7v2.segment import Segment, split


def disagreements(message: Message) -> list[str]:
    """Places (never values) where the package splits the message differently; empty where both agree."""
    lines = [segment.text for segment in message.all_segments]
    # The package strips the end of a message, blanks of the last value included: let it strip something else.
    text = "\r".join([*lines, "END"])
    try:
        other = hl7.parse(text)
    except (hl7.HL7Exception, ValueError, IndexError, AssertionError) as error:
        return [f"message: the hl7 package cannot read it ({type(error).__name__})"]
    if len(other) != len(lines) + 1:
        return [f"message: {len(lines)} segments here, {len(other) - 1} in the hl7 package"]
    found = []
    for segment, peer in zip(message.all_segments, other[:-1], strict=True):
        found += _segment(segment, peer)
    return found


def _segment(segment: Segment, peer: Any) -> list[str]:
    if len(segment.fields) != len(peer):
        return [f"segment {segment.number}: {len(segment.fields)} fields here, {len(peer)} in the hl7 package"]
    return [
        f"segment {segment.number}: field {number} is split differently"
        for number in range(len(peer))
        if _ours(segment, number) != _theirs(peer[number])
    ]


def _ours(segment: Segment, number: int) -> list[list[list[str]]]:
    delimiters = segment.delimiters
    text = segment.fields[number]
    if number == 0 or (number <= 2 and segment.id in ("MSH", "BHS", "FHS")):
        return [[[text]]]
    return [
        [split(component, delimiters.subcomponent) for component in repetition.split(delimiters.component)]
        for repetition in text.split(delimiters.repetition)
    ]


def _theirs(field: Any) -> list[list[list[str]]]:
    """The package stops at the first level that has nothing to split; here every level is filled in."""
    if isinstance(field, str):
        return [[[field]]]
    return [
        [_subcomponents(component) for component in repetition] if isinstance(repetition, list) else [[repetition]]
        for repetition in (field or [""])
    ]


def _subcomponents(component: Any) -> list[str]:
    return [str(part) for part in component] if isinstance(component, list) else [component]
