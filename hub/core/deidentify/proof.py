"""Whether anything of a person is left: asked of the finished text, not of the way in which it was made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hub.core.deidentify.atoms import Atom, Kind
from hub.core.deidentify.synthetic import says_something

#: Shorter than this a name or a number is found by chance; it must only be gone from its own place.
_TELLING_LETTERS = 4
_TELLING_DIGITS = 6
_TELLING_MIXED = 5
_WORD = re.compile(r"[^\W_]+")


def telling(text: str) -> bool:
    """Whether `text` is long enough that it names something wherever it stands."""
    letters, digits = sum(map(str.isalpha, text)), sum(map(str.isdigit, text))
    if letters and digits:
        return letters + digits >= _TELLING_MIXED
    return letters >= _TELLING_LETTERS or digits >= _TELLING_DIGITS


def leaks(before: Sequence[Atom], after: Sequence[Atom]) -> list[str]:
    """The places of `before` whose value is still there: in its own place, or anywhere else where it is telling."""
    if len(before) != len(after):
        return ["another number of values"]
    words = {word for atom in after if atom.place for word in _words(atom.text)}
    left = "\n".join(atom.text.upper() for atom in after if atom.place)
    return [
        old.place
        for old, new in zip(before, after, strict=True)
        if _identifies(old) and (old.text == new.text or _stands(old.text.upper(), words, left))
    ]


def _identifies(atom: Atom) -> bool:
    """Dropped words and moved days are proved by their own place; what is kept names nobody."""
    return atom.kind not in (Kind.KEEP, Kind.DATE, Kind.TEXT) and says_something(atom.text)


def _stands(text: str, words: set[str], left: str) -> bool:
    """Names are looked for as words, so that LONG is not found in ALONG; numbers anywhere."""
    if not telling(text):
        return False
    if text.isalpha():
        return text in words
    return text in left


def _words(text: str) -> list[str]:
    return _WORD.findall(text.upper())
