"""The separators that a message declares about itself in MSH-1 and MSH-2 (HL7 v2.5.1 §2.5.4)."""

from __future__ import annotations

from dataclasses import dataclass

HEADER_IDS = frozenset({"MSH", "BHS", "FHS"})


@dataclass(frozen=True, slots=True)
class Delimiters:
    """One character each; empty where the sender does not use that level (§2.5.4 allows it)."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    truncation: str = ""  # the fifth character of MSH-2, v2.7 and later

    @property
    def encoding_characters(self) -> str:
        """MSH-2 as it is written."""
        return self.component + self.repetition + self.escape + self.subcomponent + self.truncation


STANDARD = Delimiters()


def declared(header: str) -> tuple[Delimiters, str]:
    """The delimiters that an MSH, BHS or FHS line declares, and what is wrong with MSH-2 in plain words.

    The words are empty where nothing is wrong. Where MSH-2 is unusable the recommended characters stand in,
    so that the rest of the message can still be shown to whoever must correct it. `header` has at least
    four characters: the caller checked MSH-1.
    """
    separator = header[3]
    encoding = header[4:].split(separator, 1)[0]
    if encoding == "^~\\&":
        return (STANDARD if separator == "|" else Delimiters(field=separator)), ""
    problem = _problem(separator, encoding)
    if problem:
        return Delimiters(field=separator), problem
    padded = [*encoding, "", "", "", "", ""]
    return Delimiters(separator, padded[0], padded[1], padded[2], padded[3], padded[4]), ""


def _problem(separator: str, encoding: str) -> str:
    if not 2 <= len(encoding) <= 5:
        return f"has {len(encoding)} characters"
    if len(set(encoding + separator)) != len(encoding) + 1:
        return "uses one character for two purposes"
    if any(character.isalnum() or character.isspace() or not character.isprintable() for character in encoding):
        return "uses a letter, a digit or a blank as separator"
    return ""
