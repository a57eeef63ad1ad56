from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.npi import is_npi, with_check_digit


def test_the_example_of_the_standard_holds() -> None:
    """CMS, "Requirements for the NPI check digit": 123456789 takes the check digit 3."""
    assert with_check_digit("123456789") == "1234567893"
    assert is_npi("1234567893")


@given(st.from_regex(r"[12][0-9]{8}", fullmatch=True), st.integers(1, 9))
def test_exactly_one_check_digit_is_right(nine: str, off: int) -> None:
    npi = with_check_digit(nine)

    assert is_npi(npi)
    assert not is_npi(nine + str((int(npi[-1]) + off) % 10))


@pytest.mark.parametrize("text", ["", "123456789", "12345678931", "3234567893", "12345678９3", "123456789a"])
def test_what_is_no_npi_is_refused(text: str) -> None:
    assert not is_npi(text)
