"""What an unmapped local code probably means, with the reason in words, so that a steward decides and does not search.

Four signs speak for a meaning: what other facilities of the same system decided about the very same code, what other
systems did, local codes that look alike, and names that are alike (pg_trgm). Each has a weight from 0 to 1 and is taken
as independent of the others, so together they are 1 − Π(1 − weight): several weak signs add up, none is ever certain.
A page asks for all its codes at once: three statements, however many they are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from django.db import connection

from hub.core.clock import today
from hub.masterdata.models import CANONICAL
from hub.masterdata.states import MappingState

# Below this similarity (pg_trgm, 0 to 1) what is alike is alike by chance: pg_trgm's own limit is 0.3.
_ALIKE = 0.3
# What two people called the same code says more than any likeness of letters: how much each sign weighs at its best.
_NAME_WEIGHT = 0.75
_CODE_WEIGHT = 0.6
_OTHER_SYSTEM_WEIGHT = 0.6
# So much doubt remains beside the facilities that agree: one alone weighs 0.8, 17 of 20 weigh 0.84, all of 20 0.99.
_DOUBT = 0.25
_MOST_NAMED = 3
#: From this score on, and this far before the next best, a suggestion can be taken without looking. House default.
SURE, AHEAD = 0.75, 0.15


@dataclass(frozen=True, slots=True)
class Wanted:
    """A local code without a meaning; `name` is what its system calls it, where a list of its codes says so."""

    domain: str
    system: str
    facility: str
    local_code: str
    name: str = ""

    @property
    def words(self) -> str:
        """What to compare names with: the code's own name, else the words in the code."""
        return self.name or re.sub(r"[^0-9A-Za-z]+", " ", self.local_code).strip() or self.local_code


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A canonical code, how sure (0 to 1) and why."""

    code: str
    name: str
    score: float
    reason: str

    @property
    def percent(self) -> int:
        return round(self.score * 100)


@dataclass(frozen=True, slots=True)
class _Sign:
    """One reason for a canonical code, and how much it weighs."""

    code: str
    weight: float
    reason: str


def suggest(
    *, domain: str, system: str, facility: str, local_code: str, local_name: str = "", limit: int = 5
) -> list[Suggestion]:
    """The likeliest canonical codes for a local one, best first."""
    wanted = Wanted(domain, system, facility, local_code, local_name)
    return suggest_each([wanted], limit=limit)[wanted]


def suggest_each(wanted: Sequence[Wanted], *, limit: int = 3) -> dict[Wanted, list[Suggestion]]:
    """The same for many codes at once; every one of `wanted` is in the answer."""
    asked = [one for one in dict.fromkeys(wanted) if one.domain in CANONICAL]
    found: dict[Wanted, list[Suggestion]] = {one: [] for one in wanted}
    if not asked:
        return found
    names = _names({one.domain for one in asked})
    signs: defaultdict[int, list[_Sign]] = defaultdict(list)
    for place, sign in (*_same_code(asked), *_alike_codes(asked), *_alike_names(asked)):
        signs[place].append(sign)
    for place, each in signs.items():
        found[asked[place]] = _ranked(each, names[asked[place].domain])[:limit]
    return found


def sure(suggestions: Sequence[Suggestion]) -> Suggestion | None:
    """The first of `suggestions` where it is good, and clearly better than the second."""
    if not suggestions or suggestions[0].score < SURE:
        return None
    ahead = len(suggestions) == 1 or suggestions[0].score - suggestions[1].score >= AHEAD
    return suggestions[0] if ahead else None


def _names(domains: Iterable[str]) -> dict[str, dict[str, str]]:
    """Code to name of what is in use."""
    return {
        domain: dict(CANONICAL[domain]._default_manager.filter(active=True).values_list("code", "name"))
        for domain in domains
    }


def _ranked(signs: Iterable[_Sign], names: dict[str, str]) -> list[Suggestion]:
    """Best first; of two that are as good, the one that comes first in the alphabet. Codes out of use are left out."""
    by_code: defaultdict[str, list[_Sign]] = defaultdict(list)
    for sign in signs:
        if sign.code in names:
            by_code[sign.code].append(sign)
    found = [_suggestion(code, names[code], each) for code, each in by_code.items()]
    return sorted(found, key=lambda one: (-one.score, one.code))


def _suggestion(code: str, name: str, signs: list[_Sign]) -> Suggestion:
    strongest = sorted(signs, key=lambda sign: (-sign.weight, sign.reason))
    score = 1 - prod(1 - sign.weight for sign in strongest)
    return Suggestion(code, name, round(score, 2), "; ".join(sign.reason for sign in strongest))


# --- what other facilities and systems decided ---

_SAME_CODE = """
SELECT wanted.place, mapping.canonical_code, mapping.system = wanted.system AS same_system,
       array_agg(DISTINCT CASE WHEN mapping.system = wanted.system THEN mapping.facility ELSE mapping.system END),
       bool_and(facility.kind = 'clinic')
  FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[])
         AS wanted (place, domain, system, facility, local_code)
  JOIN masterdata_mapping AS mapping
    ON mapping.domain = wanted.domain AND lower(mapping.local_code) = lower(wanted.local_code)
   AND mapping.match = 'exact' AND mapping.state = %s
   AND (upper_inf(mapping.effective) OR upper(mapping.effective) > %s)
   AND NOT (mapping.system = wanted.system AND mapping.facility = wanted.facility)
  LEFT JOIN masterdata_facility AS facility ON facility.code = mapping.facility
 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


def _same_code(asked: Sequence[Wanted]) -> Iterator[tuple[int, _Sign]]:
    columns = [[getattr(one, name) for one in asked] for name in ("domain", "system", "facility", "local_code")]
    rows = _rows(_SAME_CODE, [list(range(len(asked))), *columns, MappingState.APPROVED.value, today()])
    users: defaultdict[tuple[int, bool], int] = defaultdict(int)
    for place, _, same_system, who, _ in rows:
        users[place, same_system] += len(who)
    for place, code, same_system, who, clinics in rows:
        users_of_it = users[place, same_system]
        share = len(who) / (users_of_it + _DOUBT)
        if same_system:
            said = _sisters_say(asked[place], code, who, users_of_it, clinics=bool(clinics))
            yield place, _Sign(code, share, said)
        else:
            said = f"{_listed(who)} {'uses' if len(who) == 1 else 'use'} the same code for it"
            yield place, _Sign(code, share * _OTHER_SYSTEM_WEIGHT, said)


def _sisters_say(wanted: Wanted, code: str, who: list[str], of: int, *, clinics: bool) -> str:
    """`17 of 20 clinics map PT-REHAB to 4410`; the few are named."""
    if who == [""]:
        return f"the mapping of every facility says {code}"
    noun = ("clinic" if clinics else "facility") if of == 1 else ("clinics" if clinics else "facilities")
    verb = "maps" if of == 1 else "map"
    named = f" ({_listed([place or 'every facility' for place in who])})" if len(who) <= _MOST_NAMED else ""
    return f"{len(who)} of {of} {noun} {verb} {wanted.local_code} to {code}{named}"


def _listed(names: list[str]) -> str:
    rest = len(names) - _MOST_NAMED
    shown = ", ".join(names[:_MOST_NAMED])
    return f"{shown} and {rest} more" if rest > 0 else shown


# --- likeness ---

_ALIKE_CODES = """
SELECT DISTINCT ON (wanted.place, mapping.canonical_code)
       wanted.place, mapping.canonical_code, similarity(mapping.local_code, wanted.local_code), mapping.local_code
  FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[]) AS wanted (place, domain, system, local_code)
  JOIN masterdata_mapping AS mapping
    ON mapping.domain = wanted.domain AND mapping.system = wanted.system
   AND mapping.match = 'exact' AND mapping.state = %s
   AND (upper_inf(mapping.effective) OR upper(mapping.effective) > %s)
   AND lower(mapping.local_code) <> lower(wanted.local_code)
   AND similarity(mapping.local_code, wanted.local_code) >= %s
 ORDER BY 1, 2, 3 DESC, 4
"""


def _alike_codes(asked: Sequence[Wanted]) -> Iterator[tuple[int, _Sign]]:
    """Local codes of the same system that look alike."""
    columns = [[getattr(one, name) for one in asked] for name in ("domain", "system", "local_code")]
    rows = _rows(_ALIKE_CODES, [list(range(len(asked))), *columns, MappingState.APPROVED.value, today(), _ALIKE])
    for place, code, likeness, other in rows:
        yield place, _Sign(code, likeness * _CODE_WEIGHT, f"the code looks like {other}")


# The name as a whole, the words within a longer name, and the code itself: whichever is most alike.
_ALIKE_NAMES = """
SELECT place, code, likeness FROM (
    SELECT wanted.place, known.code,
           greatest(similarity(known.name, wanted.words), word_similarity(wanted.words, known.name),
                    similarity(known.code, wanted.words)) AS likeness
      FROM unnest(%s::int[], %s::text[], %s::text[]) AS wanted (place, domain, words)
      JOIN ({known}) AS known ON known.domain = wanted.domain
) AS compared WHERE likeness >= %s
"""


def _alike_names(asked: Sequence[Wanted]) -> Iterator[tuple[int, _Sign]]:
    domains = sorted({one.domain for one in asked})
    known = " UNION ALL ".join(
        f"SELECT '{domain}' AS domain, code, name FROM {CANONICAL[domain]._meta.db_table} WHERE active"  # noqa: S608
        for domain in domains
    )
    columns = [[getattr(one, name) for one in asked] for name in ("domain", "words")]
    for place, code, likeness in _rows(_ALIKE_NAMES.format(known=known), [list(range(len(asked))), *columns, _ALIKE]):
        yield place, _Sign(code, likeness * _NAME_WEIGHT, f"name {round(likeness * 100)} % alike")


def _rows(statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
