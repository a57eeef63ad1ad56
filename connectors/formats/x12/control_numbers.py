"""Which control numbers were met, in little memory."""

from __future__ import annotations

from connectors.formats.x12.values import count_value


class ControlNumbers:
    """Control numbers met so far. A run of consecutive ones, the usual case, takes no room."""

    def __init__(self) -> None:
        self._low, self._high = 0, -1
        self._others: set[str] = set()

    def add(self, number: str) -> bool:
        """Remember `number`; False where it was met before."""
        value = count_value(number)
        if value is None or (self._high >= 0 and value != self._high + 1 and not self._low <= value <= self._high):
            known = number in self._others
            self._others.add(number)
            return not known
        if self._low <= value <= self._high:
            return False
        self._low = value if self._high < 0 else self._low
        self._high = value
        return number not in self._others
