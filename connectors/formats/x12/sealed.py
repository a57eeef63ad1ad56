"""A fast way to make frozen dataclasses, for the few places that make hundreds of thousands of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, fields, is_dataclass, make_dataclass
from typing import Any, TypeVar

T = TypeVar("T")


def sealed(cls: type[T]) -> Callable[..., T]:
    """A constructor of `cls`, a frozen dataclass with slots, that takes a third of the time of `cls` itself.

    The constructor of a frozen dataclass sets each field through a call of `object.__setattr__`. This one fills a
    mutable twin of the same bases and layout and then turns it into a `cls`, which Python allows where the layouts
    agree. Fields are given by position, in order, or by name where `cls` wants that.
    """
    if not is_dataclass(cls):
        raise TypeError("only dataclasses can be sealed")

    def seal(self: Any) -> None:
        self.__class__ = cls

    filled = make_dataclass(
        cls.__name__,
        [
            (
                each.name,
                Any,
                field(default=each.default, default_factory=each.default_factory, kw_only=each.kw_only),
            )
            for each in fields(cls)
        ],
        namespace={"__post_init__": seal},
        eq=False,
        repr=False,
    )
    # `filled` lends its constructor to a class that has the bases of `cls`, be they frozen themselves.
    twin = {
        "__slots__": cls.__dict__["__slots__"],
        "__setattr__": object.__setattr__,
        "__init__": filled.__dict__["__init__"],
        "__post_init__": seal,
    }
    made: Callable[..., T] = type(cls.__name__, cls.__bases__, twin)
    return made
