"""Whose turn it is. Pure, so that its fairness can be proved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from exceptions.states import AssignmentMode
from exceptions.teams.duty import Rota


@dataclass(slots=True)
class Seat:
    """A member's place in the team. `holder` works it: the member, or who stands in while they are away.

    `turn` is the team's count at its last turn; `load` what its holder has to do, counted as `selectors.loads` does.
    """

    member: int
    name: str
    share: int = 100
    turn: int = 0
    holder: int = 0
    load: int = 0


def manned(seats: Iterable[Seat], rota: Rota, moment: datetime) -> list[Seat]:
    """The seats that somebody works at `moment`. A stand-in has one seat, and a member none but their own."""
    found: list[Seat] = []
    seats = list(seats)
    taken = {seat.member for seat in seats}
    for seat in seats:
        away = rota.absence(seat.member, moment)
        holder = seat.member if away is None else away.stand_in
        if holder is None or not rota.is_in(holder, moment):
            continue
        if holder != seat.member:
            if holder in taken:
                continue
            taken.add(holder)
        seat.holder = holder
        found.append(seat)
    return found


def chosen(seats: Iterable[Seat], mode: AssignmentMode, may: Callable[[int], bool]) -> Seat | None:
    """The seat whose turn it is among those whose holder `may` work the case; None where there is nobody."""
    able = [seat for seat in seats if may(seat.holder)]
    if not able:
        return None
    if mode is AssignmentMode.LOAD:
        # Whoever has the least to do for the time they have; as whole numbers, so that equal is equal.
        return min(able, key=lambda seat: (seat.load * 100 // seat.share, seat.turn, seat.name))
    return min(able, key=lambda seat: (seat.turn, seat.name))
