"""Which mapping goes first, said in one place. `snapshot.Crosswalk.find` carries it out; a property test compares.

Of the approved mappings of a domain and a system that hold on the service date, a local code takes

1. the mapping of exactly this code,
2. else the rule with the longest beginning that it starts with (`PT-*` also takes `PT-` itself),
3. else the default,

and among those of one rank that of its own facility before that of every facility. So a mapping of exactly this code
for every facility goes before a rule of one facility: somebody looked at that code, and nobody at what a rule takes.
Where none of them holds on the day, the code is missing: its work is held, with a case.
"""

from __future__ import annotations

from hub.masterdata.models import Match

#: Stands for the rest of a code in a rule, and for all of it in a default.
ANY = "*"


def beginning(local_code: str) -> str:
    """What a code must start with for the rule `local_code` to take it; empty for a default."""
    return local_code.removesuffix(ANY)


def takes(match: str, pattern: str, local_code: str) -> bool:
    """Whether a mapping of `match` and `pattern` speaks of `local_code`."""
    if match == Match.EXACT:
        return pattern == local_code
    return local_code.startswith(beginning(pattern))
