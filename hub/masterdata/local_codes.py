"""Lists of the codes that a system uses, with its own names for them: what is expected before anything came.

A list is a file that the system's owner exports: CSV or Excel, with a header. It is kept whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from hub.core.clock import now
from hub.governance import audit
from hub.governance.access import Actor, require
from hub.governance.roles import Permission
from hub.masterdata.code_models import LocalCode
from hub.masterdata.models import Domain
from hub.masterdata.sheets import read_sheet

#: What people call the columns; the first of each is how the template names it.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "domain": ("domain", "kind", "type"),
    "local_code": ("code", "local_code", "local code", "id"),
    "name": ("name", "description", "title"),
}
TEMPLATE_COLUMNS = tuple(names[0] for names in _NAMES.values())
_LONGEST_CODE, _LONGEST_NAME = 80, 120
_MOST_FAULTS = 20


@dataclass(frozen=True, slots=True)
class ListedCode:
    domain: str
    local_code: str
    name: str


def read_list(content: bytes, *, domain: str = "") -> list[ListedCode]:
    """The codes of a file; `domain` is that of rows that name none.

    Raises ValidationError naming every row that cannot be read.
    """
    header, *rows = read_sheet(content)
    places = _places(header)
    found: dict[tuple[str, str], ListedCode] = {}
    faults: list[str] = []
    for number, cells in enumerate(rows, 2):
        values = {name: cells[place] if place < len(cells) else "" for name, place in places.items()}
        if not any(cells):
            continue
        listed = ListedCode(_domain(values.get("domain", "")) or domain, values["local_code"], values.get("name", ""))
        fault = _fault(listed) or ("The code stands in the list twice." if _key(listed) in found else "")
        if fault:
            faults.append(f"Row {number}: {fault}")
        found[_key(listed)] = listed
    if faults:
        more = [f"And {len(faults) - _MOST_FAULTS} more rows."] if len(faults) > _MOST_FAULTS else []
        raise ValidationError([*faults[:_MOST_FAULTS], *more])
    if not found:
        raise ValidationError("The file holds no rows below its header.")
    return list(found.values())


@transaction.atomic
def keep_list(*, system: str, facility: str, codes: Sequence[ListedCode], actor: Actor) -> int:
    """Keep the codes that `system` uses at `facility`; known ones get their new names. Returns how many are new."""
    require(actor, Permission.PROPOSE_MAPPINGS, facility)
    rows = [
        LocalCode(
            domain=one.domain,
            system=system,
            facility="" if one.domain == Domain.FACILITY else facility,
            local_code=one.local_code,
            name=one.name,
            listed_by=actor.username,
            listed_at=now(),
        )
        for one in codes
    ]
    known = {(row.domain, row.local_code) for row in of_facility(facility).filter(system=system)}
    LocalCode.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["domain", "system", "facility", "local_code"],
        update_fields=["name", "listed_by", "listed_at"],
    )
    fresh = sum(1 for row in rows if (row.domain, row.local_code) not in known)
    audit.record(
        actor=actor, action="local_codes.list", object_kind="system", object_id=system, facility=facility,
        after={"codes": len(rows), "new": fresh},
    )  # fmt: skip
    return fresh


def of_facility(facility: str) -> QuerySet[LocalCode]:
    """The listed codes of a facility, its own code in each system among them."""
    return LocalCode.objects.filter(facility__in=(facility, ""))


def names(codes: Iterable[tuple[str, str, str, str]]) -> dict[tuple[str, str, str, str], str]:
    """(domain, system, facility, local code) to what its system calls it, of those that a list names."""
    wanted = set(codes)
    rows = LocalCode.objects.filter(local_code__in={code for _, _, _, code in wanted}).exclude(name="")
    found = {(row.domain, row.system, row.facility, row.local_code): row.name for row in rows}
    return {key: name for key in wanted if (name := found.get(key) or found.get((key[0], key[1], "", key[3])))}


def local_name(domain: str, system: str, facility: str, local_code: str) -> str:
    """What its system calls a code; empty where no list says so."""
    return next(iter(names([(domain, system, facility, local_code)]).values()), "")


def _key(listed: ListedCode) -> tuple[str, str]:
    return listed.domain, listed.local_code


def _places(header: Sequence[str]) -> dict[str, int]:
    """Column of each field, by whatever people call it. Raises ValidationError for a file without codes."""
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        for name, known in _NAMES.items():
            if cell.strip().lower() in known:
                found.setdefault(name, place)
    if "local_code" not in found:
        raise ValidationError(f"The header, row 1, lacks a column code. Known are {', '.join(TEMPLATE_COLUMNS)}.")
    return found


def _domain(text: str) -> str:
    """A domain by its key or its label, in any case; what is none stays as it is and is refused."""
    wanted = text.strip().lower().replace(" ", "_")
    return wanted.removesuffix("s") if wanted.removesuffix("s") in Domain.values else wanted


def _fault(listed: ListedCode) -> str:
    if listed.domain not in Domain.values:
        known = ", ".join(Domain.values)
        return f"{listed.domain or 'An empty cell'} is none of the domains {known}."
    if not listed.local_code:
        return "The code is empty."
    if len(listed.local_code) > _LONGEST_CODE or not listed.local_code.isprintable():
        return f"A code has at most {_LONGEST_CODE} printable characters."
    if len(listed.name) > _LONGEST_NAME or not listed.name.isprintable():
        return f"A name has at most {_LONGEST_NAME} printable characters."
    return ""
