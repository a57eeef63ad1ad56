"""CAS, which means the same in an 835 and in the other coverages of an 837."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from connectors.formats.x12.remittance import GROUP_CODES, Adjustment
from connectors.formats.x12.sealed import sealed
from connectors.formats.x12.tokenizer import Segment
from connectors.formats.x12.transaction import TransactionParser
from connectors.formats.x12.values import decimal_value

_adjustment = sealed(Adjustment)


def read_adjustments(
    parser: TransactionParser, segment: Segment, amount: Callable[[Segment, int, str], Decimal]
) -> list[Adjustment]:
    """The triplets of a CAS. `amount` reads an amount that must be there, and reports where it is none."""
    elements = segment.elements
    if len(elements) == 4 and elements[1] in GROUP_CODES and elements[2]:
        value = decimal_value(elements[3])  # one triplet without a quantity, as nine of ten are
        if value is not None:
            return [_adjustment(elements[1], elements[2], value)]
    return _in_full(parser, segment, amount)


def _in_full(
    parser: TransactionParser, segment: Segment, amount: Callable[[Segment, int, str], Decimal]
) -> list[Adjustment]:
    elements = segment.elements
    group = elements[1] if len(elements) > 1 else ""
    if group not in GROUP_CODES:
        parser.code(segment, 1, GROUP_CODES, "adjustment group code")
    last = len(elements) - 1
    if last < 2:
        parser.required(segment, 2, "adjustment reason code")
    found = []
    for index in range(2, last + 1, 3):
        if index > 2 and not any(elements[index : index + 3]):
            continue
        reason = elements[index] or parser.required(segment, index, "adjustment reason code")
        value = amount(segment, index + 1, "adjustment amount")
        quantity = parser.optional_number(segment, index + 2, "adjustment quantity") if index + 2 <= last else None
        found.append(_adjustment(group, reason, value, quantity))
    return found
