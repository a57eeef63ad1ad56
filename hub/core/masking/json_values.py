"""JSON: values are shown where their key is known to be harmless, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from hub.core.masking.marks import HIDDEN, identifier, keyed

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
#: A key with one of these words is about a person, and so is everything below it.
_PERSONAL = frozenset(
    "patient member subscriber guarantor insured birth dob ssn phone telephone fax email mail address street city "
    "zip postal gender sex race diagnosis diagnoses contact note notes comment".split()
)
#: Text under a key that ends with one of these words is a code, a time, an amount or a name of something shared.
_HARMLESS = frozenset(
    "code codes type types status state version currency date time at on start end unit units basis qualifier method "
    "methods system contract operation center facility department payer level group modifier modifiers object event "
    "kind revision min minutes npi taxonomy amount debit credit charge total paid balance indicator control file "
    "frequency service assignment assigned responsibility segment room id ids procedure lines line pointers label "
    "index count position error retryable livemode trigger schema".split()
)
#: Text under such a key is a number by which a patient can be found.
_IDENTIFYING = frozenset({"number", "account", "claim", "visit"})
#: Text under such a key is a key made of parts, some of which may identify.
_KEYED = frozenset({"key", "reference"})
#: Numbers that count things of the hub or of the far side, not of patients.
_OTHER_NUMBERS = frozenset({"control", "trace", "journal", "line", "batch", "sequence"})
#: Accounts of the general ledger are this short; accounts of patients are not.
_LEDGER_ACCOUNT = re.compile(r"\d{4}(\.\d+)?")


def masked_json(value: Any, *, shown: Collection[str] = ()) -> Any:
    """`value` with what may concern a patient hidden. Text under the keys `shown` is left as it is."""
    return _masked(value, (), frozenset(shown))


def _masked(value: Any, path: tuple[str, ...], shown: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _masked(item, (*path, str(key)), shown) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(item, path, shown) for item in value]
    if value is None or value == "" or isinstance(value, bool):
        return value
    if path and path[-1] in shown:
        return value
    words = [_words(key) for key in path]
    if any(word in _PERSONAL for key in words for word in key):
        return HIDDEN
    key, parent = (words[-1] if words else ()), (words[-2] if len(words) > 1 else ())
    if isinstance(value, str):
        return _text(value, key, parent)
    return _text(str(value), key, parent) if key[-1:] and key[-1] in _IDENTIFYING else value


def _text(value: str, key: tuple[str, ...], parent: tuple[str, ...]) -> str:
    last = key[-1] if key else ""
    named = {*key, *parent} if len(key) == 1 else set(key)
    if last in _KEYED:
        return keyed(value)
    if last in _IDENTIFYING:
        return _number(value, named)
    return value if last in _HARMLESS else HIDDEN


def _number(value: str, named: Iterable[str]) -> str:
    words = set(named)
    if words & _OTHER_NUMBERS or words == {"number"}:
        return value
    if "account" in words and _LEDGER_ACCOUNT.fullmatch(value):
        return value
    return identifier(value)


def _words(key: str) -> tuple[str, ...]:
    """`accountNumber` and `account_number` are both account, number."""
    return tuple(word.lower() for word in _WORDS.findall(key))
