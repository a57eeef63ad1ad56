"""What can go wrong, in the classes that decide what happens next (one class, one consequence).

A `Failure` is expected: it names its class, a stable code, and the values that fold it with others of the same
cause. Neither its message nor its cause ever carries patient data. Anything that is not a `Failure` is a
defect of ours, and the engine treats it as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class FailureClass(StrEnum):
    TRANSIENT = "transient"
    AMBIGUOUS = "ambiguous"
    OUTAGE = "outage"
    DATA = "data"
    MAPPING = "mapping"
    BUSINESS = "business"
    AUTHORITY = "authority"
    CONFIGURATION = "configuration"
    LOST = "lost"
    SECURITY = "security"
    DEFECT = "defect"


class Failure(Exception):
    """The work cannot go on as it is."""

    failure_class: FailureClass = FailureClass.DATA

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        cause: tuple[str, ...] = (),
        hint: str = "",
        subject: Mapping[str, str] | None = None,
        retry_after: timedelta | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """`code` is stable and machine-readable; `cause` holds what folds equal failures into one case.

        `hint` says what to do next; `subject` is what the fix needs to know (domain and local code, say);
        `due_at` is when a clock runs out that the failure set going (an appeal limit), in business time.
        """
        self.code = code
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.cause = cause
        self.hint = hint
        self.subject = dict(subject or {})
        self.retry_after = retry_after
        self.due_at = due_at
        super().__init__(f"{code}: {self.message}")

    @property
    def fingerprint(self) -> str:
        """What makes two failures the same cause: class, code and the cause values."""
        return "|".join((self.failure_class.value, self.code, *self.cause))


class Transient(Failure):
    """The far side could not take it just now; it is tried again by itself."""

    failure_class = FailureClass.TRANSIENT


class Ambiguous(Failure):
    """It was sent and the answer was lost; it is read back before anything else happens."""

    failure_class = FailureClass.AMBIGUOUS


class Outage(Failure):
    """The far side is down; what is meant for it waits here in order."""

    failure_class = FailureClass.OUTAGE


class DataFault(Failure):
    """The message breaks its contract; its sender must correct it."""

    failure_class = FailureClass.DATA


class MappingMissing(Failure):
    """A local code has no canonical code yet; a steward must map it."""

    failure_class = FailureClass.MAPPING


class BusinessRefusal(Failure):
    """A business rule stands in the way; someone in revenue cycle or finance must decide."""

    failure_class = FailureClass.BUSINESS


class AuthorityConflict(Failure):
    """A system that does not own this field tried to change it."""

    failure_class = FailureClass.AUTHORITY


class ConfigurationFault(Failure):
    """Credentials or settings are wrong; an engineer must correct them."""

    failure_class = FailureClass.CONFIGURATION


class SecurityRefusal(Failure):
    """The sender could not be proved; nothing of it is processed."""

    failure_class = FailureClass.SECURITY


class Defect(Failure):
    """Our own code failed in a way nobody planned for."""

    failure_class = FailureClass.DEFECT
