"""Who works at the sandbox group: one or two people a role, with the facilities that they see (none: all)."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sandbox.group import ACQUIRED, HOSPITALS


@dataclass(frozen=True, slots=True)
class Person:
    """`staff` people reach the maintenance admin; an administrator holds no role and everything there."""

    username: str
    name: str
    role: str
    facilities: tuple[str, ...] = ()
    staff: bool = False
    administrator: bool = False


PEOPLE = (
    Person("sandra", "Sandra Meyer", "specialist", ("CBO", *ACQUIRED)),
    Person("simon", "Simon Clarke", "specialist", ("CBO", *HOSPITALS)),
    Person("linda", "Linda Park", "lead"),
    Person("frank", "Frank Weber", "finance"),
    Person("stella", "Stella Nguyen", "steward", staff=True),
    Person("stuart", "Stuart Hayes", "steward", staff=True),
    Person("erin", "Erin Walsh", "engineer", staff=True),
    Person("audrey", "Audrey Cole", "auditor"),
    Person("xavier", "Xavier Brandt", "executive"),
    Person("partner", "Partner Portal", "machine"),
    Person("admin", "Ada Admin", "", staff=True, administrator=True),
)
