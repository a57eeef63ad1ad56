"""What a case refuses, and why; the words are for the person who asked."""

from __future__ import annotations

from hub.core.errors import BusinessRefusal


class Changed(BusinessRefusal):
    """Someone else changed this case meanwhile; look again before you act."""


class NotAllowedNow(BusinessRefusal):
    """The case does not allow this as it stands."""


class HeldUndecided(BusinessRefusal):
    """The case still holds work; say whether it is released or dismissed."""


class ConfirmationNeeded(BusinessRefusal):
    """So much work at once asks for a confirmation."""
