"""Frozen dataclasses made in a hurry are the same as those made the slow way."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from connectors.formats.x12.sealed import sealed


@dataclass(frozen=True, slots=True)
class Coin:
    value: int
    metal: str = "gold"
    marks: list[str] = field(default_factory=list)


def test_what_comes_out_is_equal_to_what_the_class_makes() -> None:
    made = sealed(Coin)(5, "silver")

    assert type(made) is Coin
    assert made == Coin(5, "silver")
    assert repr(made) == repr(Coin(5, "silver"))


def test_defaults_are_kept_and_not_shared() -> None:
    make = sealed(Coin)

    assert make(5) == Coin(5)
    assert make(5).marks is not make(5).marks


def test_what_comes_out_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        sealed(Coin)(5).value = 6


def test_a_class_that_is_no_dataclass_is_refused() -> None:
    with pytest.raises(TypeError, match="dataclass"):
        sealed(str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metal:
    name: str
    purity: int = 999


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar(Metal):
    weight: int


def test_bases_are_kept_be_they_frozen_themselves() -> None:
    made = sealed(Bar)(weight=5, name="gold")

    assert type(made) is Bar
    assert made == Bar(weight=5, name="gold", purity=999)
    assert isinstance(made, Metal)
    with pytest.raises(FrozenInstanceError):
        made.weight = 6
