"""The page: what came of each file, the totals, who is right where pyx12 and we differ. No value of a file is on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exceptions.conformance.counting import Totals
from exceptions.conformance.intake import Taken
from exceptions.conformance.judging import Opinion, verdicts
from exceptions.conformance.reading import Reading

_TITLES = {"x12": "X12", "hl7v2": "HL7 v2", "fhir": "FHIR R4"}
_UNITS = {"x12": ("transactions", "segments"), "hl7v2": ("messages", "segments"), "fhir": ("resources", "values")}


_INTRODUCTION = """Written by `python manage.py conformance --write docs/conformance.md` over the sample files of
`../shared/data/{x12,hl7v2,fhir}`, which stay outside of the project. Every file is read by its format's reader,
written back, counted by a splitter that shares nothing with the reader, and sent through the door as
`manage.py ingest` does. The samples are other people's: their codes are mapped nowhere, so a message that is
understood is held with a mapping case if it names a facility."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Everything about one file. `opinion` is of X12 only."""

    name: str
    kind: str
    reading: Reading
    taken: Taken
    opinion: Opinion | None = None

    @property
    def disagreement(self) -> bool:
        """pyx12 refuses what we find nothing wrong with, or the other way round."""
        if self.opinion is None or self.opinion.accepted is None:
            return False
        return self.opinion.accepted is bool(self.reading.faults)


def page(lines: Sequence[Line], lost_in_all: int) -> str:
    """The whole page as Markdown."""
    return "\n".join([*_head(lines, lost_in_all), *_formats(lines), *_differences(lines)]) + "\n"


def _head(lines: Sequence[Line], lost: int) -> Iterator[str]:
    yield "# Conformance"
    yield ""
    yield from _INTRODUCTION.splitlines()
    yield ""
    yield f"{len(lines)} files; none crashed; {lost or 'none'} lost."


def _formats(lines: Sequence[Line]) -> Iterator[str]:
    for kind, title in _TITLES.items():
        mine = [line for line in lines if line.kind == kind]
        if not mine:
            continue
        yield ""
        yield f"## {title}"
        yield ""
        yield from _totals(kind, mine)
        yield ""
        yield from _table(kind, mine)


def _totals(kind: str, lines: Sequence[Line]) -> Iterator[str]:
    read = [line for line in lines if line.reading.ours.messages or not line.reading.faults]
    ours = sum((line.reading.ours for line in read), Totals())
    independent = sum((line.reading.independent for line in read), Totals())
    trips = Counter(line.reading.round_trip.partition(";")[0] for line in lines)
    messages, segments = _UNITS[kind]
    yield f"| of {len(read)} files that were read | ours | independent count |"
    yield "|---|---:|---:|"
    rows = [(messages, "messages"), (segments, "segments")]
    if kind == "x12":
        rows += [("claims (CLM, CLP)", "claims"), ("charged (CLM02)", "charged"), ("paid (CLP04)", "paid"),
                 ("adjusted (CAS)", "adjusted")]  # fmt: skip
    for words, name in rows:
        yield f"| {words} | {getattr(ours, name):,} | {getattr(independent, name):,} |"
    unlike = [line.name for line in read if not line.reading.counted_alike]
    yield ""
    yield f"Counted alike in every file: {'yes' if not unlike else 'no: ' + ', '.join(unlike)}."
    yield f"Round trips: {', '.join(f'{count} {words}' for words, count in sorted(trips.items()))}."
    outcomes: Counter[str] = Counter()
    for line in lines:
        outcomes.update({words.partition(" ")[0]: count for words, count in line.taken.outcomes.items()})
    yield f"Through the door: {', '.join(f'{count} {words}' for words, count in sorted(outcomes.items()))}."


def _table(kind: str, lines: Sequence[Line]) -> Iterator[str]:
    second = " pyx12 |" if kind == "x12" else ""
    yield f"| file | what it is | faults | round trip | through the door | events |{second}"
    yield "|---|---|---|---|---|---|" + ("---|" if second else "")
    for line in lines:
        reading = line.reading
        trip = f"{reading.round_trip}: {reading.loss}" if reading.loss else reading.round_trip
        cells = [
            f"`{line.name}`",
            reading.kind,
            _few(reading.faults),
            trip,
            _told(line.taken.outcomes),
            _told(line.taken.events) or "–",
        ]
        if second:
            cells.append(_opinion(line))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _few(words: Sequence[str], most: int = 4) -> str:
    if not words:
        return "none"
    rest = f" and {len(words) - most} more kinds" if len(words) > most else ""
    return ", ".join(words[:most]) + rest


def _told(counts: Counter[str]) -> str:
    return ", ".join(words if count == 1 else f"{count} {words}" for words, count in sorted(counts.items()))


def _opinion(line: Line) -> str:
    opinion = line.opinion
    if opinion is None or opinion.accepted is None:
        return f"none: {opinion.why}" if opinion else "–"
    words = "accepts" if opinion.accepted else "refuses"
    return f"**{words}**" if line.disagreement else f"{words}, as we do"


def _differences(lines: Sequence[Line]) -> Iterator[str]:
    differing = [line for line in lines if line.disagreement]
    judged = [line for line in lines if line.opinion is not None and line.opinion.accepted is not None]
    yield ""
    yield "## Where pyx12 and we differ"
    yield ""
    yield f"pyx12 has an opinion of {len(judged)} files, and we agree on {len(judged) - len(differing)}."
    if differing:
        yield ""
        yield "| file | who is right | why |"
        yield "|---|---|---|"
    for line in differing:
        complaints = line.opinion.complaints if line.opinion is not None else ()
        found, open_ones = verdicts(complaints)
        for verdict in found:
            yield f"| `{line.name}` | {verdict.right} | {verdict.because} |"
        if open_ones or not found:
            yield f"| `{line.name}` | open | Not looked into: {len(open_ones)} complaints. |"
