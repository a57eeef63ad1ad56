"""Identifiers are told apart by their last four characters, and by no more."""

from __future__ import annotations

import pytest

from hub.core.identifiers import masked_identifier, masked_key


@pytest.mark.parametrize(("value", "shown"), [("A700311", "•••0311"), ("P123", "•••"), ("", "")])
def test_an_identifier_keeps_its_last_four_characters_where_it_has_more(value: str, shown: str) -> None:
    assert masked_identifier(value) == shown


def test_a_key_shows_the_workflow_and_the_step_and_masks_whose_it_is() -> None:
    assert masked_key("W3:A700311:receivable") == "W3:•••0311:receivable"
    assert masked_key("W4:EFT900003:17:post") == "W4:•••0003:17:post"
