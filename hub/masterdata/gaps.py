"""Days on which a local code has no meaning although it has one before and after, or had one until a change.

Pure: ranges of days in, ranges of days out. A range is half-open; `date.min` and `date.max` stand for open ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from hub.masterdata.ranges import in_words

Days = tuple[date, date]
"""From a first day to the first day that no longer counts."""


def union(ranges: Iterable[Days]) -> list[Days]:
    """The same days in as few ranges as there can be, in order."""
    found: list[Days] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def without(days: Iterable[Days], covered: Sequence[Days]) -> list[Days]:
    """What is left of `days` once the days of `covered`, a union, are taken away."""
    left: list[Days] = []
    for start, end in union(days):
        at = start
        for first, after in covered:
            if first < end and after > at:
                left.append((at, first))
                at = max(at, after)
        left.append((at, end))
    return union(day for day in left if day[0] < day[1])


def holes(ranges: Iterable[Days]) -> list[Days]:
    """The days between covered ones that are not covered themselves."""
    covered = union(ranges)
    return [(one[1], other[0]) for one, other in zip(covered, covered[1:], strict=False)]


def new_gaps(before: Sequence[Days], after: Sequence[Days]) -> list[Days]:
    """What a change uncovers: days that lose their meaning, and holes that were none before."""
    lost = without(before, union(after))
    opened = without(holes(after), union(holes(before)))
    return union([*lost, *opened])


def gaps_in_words(gaps: Iterable[Days]) -> str:
    """`from 2026-07-01 until 2026-08-01; from 2027-01-01 on`."""
    return "; ".join(
        in_words(None if start == date.min else start, None if end == date.max else end) for start, end in gaps
    )
