"""Tryton's English sentences, as its modules of 8.2 write them, get the hub's stable codes."""

from __future__ import annotations

import pytest

from connectors.base import Outcome
from connectors.erp_tryton.refusals import code_of, of_rpc_error
from hub.core.errors import FailureClass


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ('To post move "(5)", you must balance all its lines debits and credits.', ("unbalanced", "")),
        ('To post move "(5)", you must fill in its lines.', ("unbalanced", "")),
        ('You cannot create a journal-period in closed period "2025-01".', ("closed-period", "2025-01")),
        (
            'To continue, you must reopen the period "2025-01" of company "Northlake" for the date "01/15/2025".',
            ("closed-period", "2025-01"),
        ),
        ('The period of move "(7)" is closed.', ("closed-period", "")),
        (
            'You cannot add/modify/delete lines on closed journal-period "Hub 2025-01".',
            ("closed-period", ""),
        ),
        (
            'The value for field "Period" in "(7)" of "Move" is not valid according to its domain.',
            ("closed-period", ""),
        ),
        (
            'To create a line on account "1100", you must set a type or unclose it.',
            ("unknown-account", "1100"),
        ),
        (
            'The value "99999" for field "Account" in "Account Move Line" does not exist.',
            ("unknown-account", ""),
        ),
        (
            'The value "9999" for field "Account" in "Analytic Account Line" does not exist.',
            ("unknown-cost-center", ""),
        ),
        ("Something that nobody has seen yet.", ("erp-refused", "")),
    ],
)
def test_each_sentence_has_a_code(sentence: str, expected: tuple[str, str]) -> None:
    assert code_of(sentence) == expected


@pytest.mark.parametrize(
    ("error", "outcome", "failure_class"),
    [
        (["UserError", ["You cannot modify posted move.", "", None]], Outcome.REJECTED, FailureClass.BUSINESS),
        (["UserWarning", ["key", "Sure?", ""]], Outcome.REJECTED, FailureClass.BUSINESS),
        (["ConcurrencyException", "Records were modified"], Outcome.FAILED, FailureClass.TRANSIENT),
        (["'nope'", ""], Outcome.FAILED, FailureClass.CONFIGURATION),
        ([], Outcome.FAILED, FailureClass.CONFIGURATION),
        ("boom", Outcome.FAILED, FailureClass.CONFIGURATION),
    ],
)
def test_each_kind_of_error_has_a_consequence(error: object, outcome: Outcome, failure_class: FailureClass) -> None:
    found, failure = of_rpc_error(error, system="erp")

    assert failure is not None
    assert (found, failure.failure_class) == (outcome, failure_class)
