"""What a field is by its name, where names are all there is: members of JSON documents and columns of tables."""

from __future__ import annotations

import re

from hub.core.deidentify.atoms import Kind
from hub.core.deidentify.synthetic import looks_like_date
from hub.core.masking import json_text
from hub.core.masking.values import Show

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
#: Words of names of fields, by what stands there.
_TEXTS = frozenset(
    "comment comments data description display div memo message note notes patientinstruction reason summary text title"
    " valuestring".split()
)
_NAMES = frozenset("family first given last middle name names prefix surname".split())
_STREETS = frozenset("line line1 line2 street".split())
_CITIES = frozenset("city county district".split())
_BIRTHS = frozenset("birth birthdate dob deceased".split())
_DAYS = frozenset(
    "at authored created date day end issued lastupdated on period recorded since start time until".split()
)
#: Fields whose values are of a closed list, or of the standard's own making.
_CODES = frozenset(
    """
    category class code comparator contract country criticality currency diagnoses diagnosis discharge drg event gender
    intent kind language mode model modifier modifiers op outcome priority procedure procedures profile purpose
    relationship resource resourcetype schema severity sex state status system type unit use url version versionid
    """.split()
)
#: Numbers that are ours or the sender's, and name one thing of one person.
_NUMBERS = frozenset("account claim encounter fullurl id identifier invoice member mrn number reference visit".split())
_LONGEST_FIGURE = 3


def kind_of(pointer: str, text: str, *, number: bool = False) -> Kind:
    """The kind of the value `text` at `pointer`; `number` for one that stands without quotes."""
    path = [part for part in pointer.split("/") if part and not part.isdecimal()]
    words = [word.lower() for word in _WORD.findall(path[-1])] if path else []
    last, whole = (words[-1], "".join(words)) if words else ("", "")
    about_birth = any(word in _BIRTHS for word in words) or whole in _BIRTHS
    if about_birth:
        return Kind.BIRTH
    if looks_like_date(text) or last in _DAYS or whole in _DAYS:
        return Kind.DATE
    if number:
        return _of_figure(pointer, text, last)
    if last in _TEXTS or whole in _TEXTS:
        return Kind.TEXT
    if last in _CODES or whole in _CODES:
        return Kind.KEEP
    for kind, known in ((Kind.STREET, _STREETS), (Kind.CITY, _CITIES), (Kind.NAME, _NAMES)):
        if last in known or whole in known:
            return kind
    if last in _NUMBERS or whole in _NUMBERS:
        return Kind.SHAPE
    return Kind.KEEP if json_text.shown(pointer, text) is Show.ALL else Kind.SHAPE


def _of_figure(pointer: str, text: str, last: str) -> Kind:
    """Amounts and counts are kept; a figure by which somebody may be known is not."""
    if last in _NUMBERS:
        return Kind.SHAPE
    digits = sum(map(str.isdigit, text))
    clear = json_text.shown(pointer, text) is Show.ALL or last in {"value", "factor", "quantity", "price"}
    return Kind.KEEP if clear or digits <= _LONGEST_FIGURE else Kind.SHAPE
