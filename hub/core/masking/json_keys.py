"""JSON: by the classification of a contract, or, where there is none, by the names of its keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hub.core.masking.base import MASK

#: The classes of fields that are hidden; what is financial is shown to whoever may see the page.
HIDDEN_CLASSES = frozenset({"pii", "phi"})

# Below these everything is about a person.
_PEOPLE = frozenset(
    """
    address billingdetails contact contacts customer dependent guarantor insured member name names owner patient person
    recipient shipping subscriber
    """.split()
)
# Keys whose values say nothing about a person, as our contracts and the systems' own interfaces use them.
_HARMLESS = frozenset(
    """
    account accountnumber amount amountcapturable amountreceived amountrefunded apiversion appointment appointmentid
    attempts balance batch billed cancelled captured category charge chargeid charges claim claimnumber class clinic
    cliniccode code codes component contract contractversion controlnumber cost costcenter count country coverage
    created createdat credit currency data date debit declinecode department departmentcode duplicate duration
    durationmin durationminutes effectivedate element encounter end entries entry event events expected facility
    failurecode feed field filingcode group id idempotencykey index journal kind level line lines livemode location
    locationcode method modifiers network npi object occurredat operation outcome paid payer payercode payerid payment
    paymentid paymentintent paymentmethodtypes pendingwebhooks period place placeofservice pointer position postingkey
    practitioner practitionercode procedure procedurecode provider providercode quantity reasoncode reference request
    requestid resourcetype result retryable revision room segment sequence service servicedate serviceline
    servicelinecode slot source start startsat status statuscategory statuscode system taxonomy time total totalcredit
    totaldebit tracenumber transaction type unit units version visit visitnumber visittype
    """.split()
)
_HARMLESS_HEADERS = frozenset(
    """
    accept accept-encoding content-encoding content-length content-type date host idempotency-key retry-after server
    traceparent user-agent webhook-id webhook-timestamp x-contract-version x-request-id
    """.split()
)
_NOT_A_LETTER = re.compile(r"[^a-z0-9]")


def mask_json(value: Any, classification: Mapping[str, str], *, hidden: frozenset[str] = HIDDEN_CLASSES) -> Any:
    """A copy of `value` in which the fields of a hidden class are masked, at whatever depth their name stands.

    `classification` is that of a contract: field name to none, pii, phi or financial. A field that it does not name
    is shown: give it what is under contract.
    """
    if isinstance(value, Mapping):
        return {
            key: mask_leaves(item)
            if str(classification.get(key, "none")) in hidden
            else mask_json(item, classification, hidden=hidden)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask_json(item, classification, hidden=hidden) for item in value]
    return value


def mask_json_by_key(value: Any, *, shown: frozenset[str] = frozenset()) -> Any:
    """A copy of `value` in which every leaf is masked whose key is not known to be harmless.

    `shown` adds keys for one source, spelled as it spells them. Whatever stands below a person is masked.
    """
    return _by_key(value, "", "", _HARMLESS | {_plain(key) for key in shown})


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers without what proves or names somebody."""
    return {name: value if name.lower() in _HARMLESS_HEADERS else MASK for name, value in headers.items()}


def mask_leaves(value: Any) -> Any:
    """Every value masked, its structure kept. What is empty stays: it hides nothing."""
    if isinstance(value, Mapping):
        return {key: mask_leaves(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [mask_leaves(item) for item in value]
    return value if value is None or value == "" else MASK


def _by_key(value: Any, parent: str, key: str, shown: frozenset[str]) -> Any:
    """`{"account": {"number": …}}` and `{"account_number": …}` are one thing."""
    if key in _PEOPLE:
        return mask_leaves(value)
    if isinstance(value, Mapping):
        return {name: _by_key(item, key, _plain(str(name)), shown) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_by_key(item, parent, key, shown) for item in value]
    if isinstance(value, bool) or key in shown or parent + key in shown:
        return value
    return mask_leaves(value)


def _plain(key: str) -> str:
    """`Visit-Type`, `visit_type` and `visitType` are one key."""
    return _NOT_A_LETTER.sub("", key.lower())
