"""Cases: what people must decide, folded by cause."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper

from exceptions.states import (
    CASE_OPEN,
    CaseState,
    LinkKind,
    MailChoice,
    MemberState,
    NoteKind,
    NoticeKind,
    Resolution,
    RootCause,
)
from hub.core.clock import now
from hub.core.errors import FailureClass
from hub.core.ids import uuid7


class Queue(models.TextChoices):
    """Where a case is worked, by who can decide it."""

    MAPPING = "mapping", "Mapping"
    PATIENT_ACCESS = "access", "Patient access"
    BILLING = "billing", "Unbilled and claims"
    DENIALS = "denials", "Denials"
    CASH = "cash", "Cash and remittances"
    INTEGRATION = "integration", "Integration"
    SECURITY = "security", "Security"


_IS_OPEN = models.Q(state__in=CASE_OPEN)
_IS_ASIDE = models.Q(snoozed_until__isnull=False)


class Case(models.Model):
    """One cause, with everything it holds. `version` guards against two people changing it unseen."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    number = models.BigIntegerField(
        unique=True,
        editable=False,
        db_default=models.Func(models.Value("exceptions_case_number"), function="nextval"),
    )
    fingerprint = models.CharField(max_length=250)
    failure_class = models.CharField(max_length=16, choices=[(c.value, c.value.title()) for c in FailureClass])
    code = models.CharField(max_length=60)
    queue = models.CharField(max_length=12, choices=Queue.choices)
    title = models.CharField(max_length=160)
    detail = models.CharField(max_length=300, blank=True)
    hint = models.CharField(max_length=300, blank=True)
    subject = models.JSONField(default=dict, help_text="What the fix needs to know: domain, local code, system.")
    system = models.CharField(max_length=40, blank=True)
    facility = models.CharField(max_length=20, blank=True)
    payer = models.CharField(max_length=20, blank=True, help_text="Whose money it is about; empty for many or none.")
    state = models.CharField(max_length=12, choices=CaseState.choices, default=CaseState.OPEN)
    resolution = models.CharField(max_length=12, choices=Resolution.choices, blank=True)
    root_cause = models.CharField(max_length=15, choices=RootCause.choices, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="absorbed")
    snoozed_until = models.DateTimeField(null=True, blank=True, help_text="Out of the queue until then.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    #: Kept by the database, as the team's is, since a sort by a column of another table could use no index.
    owner_name = models.CharField(max_length=310, blank=True, default="", editable=False)
    team = models.ForeignKey("exceptions.Team", on_delete=models.SET_NULL, null=True, blank=True, related_name="cases")
    team_name = models.CharField(max_length=60, blank=True, default="", editable=False)
    awaits_owner = models.BooleanField(
        db_default=False, default=False, help_text="Its team's rule is to find it an owner."
    )
    escalated = models.PositiveSmallIntegerField(
        db_default=0, default=0, help_text="The level it was escalated to; each adds its dollars once more."
    )
    amount = models.DecimalField("dollars at risk", max_digits=16, decimal_places=2, default=0)
    held = models.PositiveIntegerField(default=0, help_text="Members still held.")
    weight = models.PositiveIntegerField(default=0, help_text="Priority, in dollars, of a case without any.")
    priority = models.IntegerField(default=0)
    opened_at = models.DateTimeField(default=now)
    last_seen_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField(null=True, help_text="The clock that runs out: filing, appeal, cut-off.")
    resolved_at = models.DateTimeField(null=True)
    release_rate = models.PositiveIntegerField(default=0, help_text="Members released a second; 0 sets no limit.")
    release_due_at = models.DateTimeField(null=True, help_text="Machine time of the next part of a release.")
    tried_version = models.BigIntegerField(
        null=True, help_text="The crosswalk's version at which what it holds was last released."
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fingerprint"], name="case_open_once", condition=_IS_OPEN),
        ]
        indexes = [
            # The queue is read in this order over all open states at once, which no index led by the state can give.
            models.Index(fields=["-priority", "-id"], name="case_by_priority", condition=_IS_OPEN),
            models.Index(fields=["queue", "-priority", "-id"], name="case_by_queue", condition=_IS_OPEN),
            models.Index(fields=["facility", "-priority", "-id"], name="case_by_facility", condition=_IS_OPEN),
            models.Index(fields=["system", "-priority", "-id"], name="case_by_system", condition=_IS_OPEN),
            models.Index(fields=["payer", "-priority", "-id"], name="case_by_payer", condition=_IS_OPEN),
            # One for each column that the queue sorts by: no order of it sorts rows.
            models.Index(fields=["title", "id"], name="case_in_titles", condition=_IS_OPEN),
            models.Index(fields=["amount", "id"], name="case_in_dollars", condition=_IS_OPEN),
            models.Index(fields=["held", "id"], name="case_in_held", condition=_IS_OPEN),
            models.Index(fields=["opened_at", "id"], name="case_in_age", condition=_IS_OPEN),
            models.Index(fields=["due_at", "id"], name="case_in_clocks", condition=_IS_OPEN),
            models.Index(fields=["failure_class", "id"], name="case_in_classes", condition=_IS_OPEN),
            models.Index(fields=["facility", "id"], name="case_in_facilities", condition=_IS_OPEN),
            models.Index(fields=["owner_name", "id"], name="case_in_owners", condition=_IS_OPEN),
            models.Index(fields=["state", "id"], name="case_in_states", condition=_IS_OPEN),
            models.Index(fields=["queue", "id"], name="case_in_queues", condition=_IS_OPEN),
            models.Index(fields=["team_name", "id"], name="case_in_teams", condition=_IS_OPEN),
            models.Index(fields=["payer", "id"], name="case_in_payers", condition=_IS_OPEN),
            models.Index(fields=["system", "id"], name="case_in_systems", condition=_IS_OPEN),
            models.Index(fields=["snoozed_until"], name="case_snoozed", condition=_IS_OPEN & _IS_ASIDE),
            GinIndex(OpClass(Upper("title"), name="gin_trgm_ops"), name="case_by_words", condition=_IS_OPEN),
            models.Index(fields=["-priority", "-id"], name="case_in_any_state"),
            models.Index(fields=["state", "-priority", "-id"], name="case_by_state"),
            models.Index(fields=["owner", "state"], name="case_by_owner"),
            models.Index(fields=["team", "-priority", "-id"], name="case_by_team", condition=_IS_OPEN),
            models.Index(
                fields=["team", "-priority", "-id"],
                name="case_awaiting",
                condition=_IS_OPEN & models.Q(awaits_owner=True),
            ),
            models.Index(fields=["fingerprint", "-id"], name="case_story"),
            models.Index(fields=["code", "-resolved_at"], name="case_solved", condition=models.Q(state="resolved")),
        ]

    def __str__(self) -> str:
        return f"case {self.number}"


class Member(models.Model):
    """Something that a case holds: a message or a run at a step."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="members")
    kind = models.CharField(max_length=10, help_text="message, run or delivery")
    ref = models.UUIDField()
    step = models.CharField(max_length=40, blank=True)
    facility = models.CharField(max_length=20, blank=True)
    journey_id = models.UUIDField(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    state = models.CharField(max_length=10, choices=MemberState.choices, default=MemberState.HELD)
    since = models.DateTimeField(default=now)
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind", "ref"], name="member_once")]
        indexes = [
            models.Index(fields=["kind", "ref"], name="member_by_ref"),
            models.Index(fields=["case", "state", "id"], name="member_by_case"),
            models.Index(fields=["journey_id"], name="member_by_journey"),
            # Both are walked by every settling pass; done members, the great many, are in neither.
            models.Index(fields=["id"], name="member_held", condition=models.Q(state="held")),
            models.Index(fields=["id"], name="member_released", condition=models.Q(state="released")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class Recount(models.Model):
    """A case whose `held` and `amount` must be counted anew: it was busy when a member joined.

    No constraint: checking it would take a lock on the case, and so wait for whoever ends it.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return f"recount of {self.case_id}"


class Note(models.Model):
    """A line of a case's story: a person's comment, or what was done by whom."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(default=now)
    author = models.CharField(max_length=150)
    kind = models.CharField(max_length=12, choices=NoteKind.choices)
    text = models.CharField(max_length=2000)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.kind


class CaseTally(models.Model):
    """Open cases and their dollars by queue, facility and owner: small changes, appended by the database, folded
    later."""

    queue = models.CharField(max_length=12)
    failure_class = models.CharField(max_length=16)
    facility = models.CharField(max_length=20)
    owner_id = models.BigIntegerField(null=True)
    count = models.BigIntegerField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)

    def __str__(self) -> str:
        return f"{self.queue} {self.facility}"


class Watch(models.Model):
    """Someone who is told of what happens to a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="watches")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="watches")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="watch_once")]

    def __str__(self) -> str:
        return f"watch of {self.case_id}"


class Notice(models.Model):
    """Something about a case, or a replay, that a person is told.

    `text` never holds patient data: it goes out by e-mail too.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, blank=True, related_name="notices")
    replay = models.ForeignKey(
        "exceptions.Replay", on_delete=models.CASCADE, null=True, blank=True, related_name="notices"
    )
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    text = models.CharField(max_length=300)
    actor = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField(default=now)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="notice_of_user"),
            models.Index(fields=["user"], name="notice_unread", condition=models.Q(read_at=None)),
            models.Index(fields=["id"], name="notice_unmailed", condition=models.Q(mailed_at=None)),
        ]

    def __str__(self) -> str:
        return self.kind


class NoticePreference(models.Model):
    """How a person wants to be told. Quiet hours are by `time_zone`; with one of them empty there are none."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_preference")
    mail = models.CharField(max_length=10, choices=MailChoice.choices, default=MailChoice.AT_ONCE)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=40, default="America/Chicago")

    def __str__(self) -> str:
        return f"{self.mail}"


class Attachment(models.Model):
    """A file beside a case, sealed. `sha256` is of what was given."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=120)
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    body = models.BinaryField()
    added_by = models.CharField(max_length=150)
    added_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class CaseLink(models.Model):
    """`case` is related to, was caused by, or is a duplicate of `other`."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="links")
    other = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="linked_from")
    kind = models.CharField(max_length=12, choices=LinkKind.choices)
    added_by = models.CharField(max_length=150)
    added_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "other", "kind"], name="case_link_once"),
            models.CheckConstraint(condition=~models.Q(case=models.F("other")), name="case_link_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id} {self.other_id}"


class Answer(models.Model):
    """A ready-made text for comments and resolutions of one queue, or of every one."""

    name = models.CharField(max_length=60, unique=True)
    queue = models.CharField(max_length=12, choices=Queue.choices, blank=True)
    text = models.CharField(max_length=500)
    version = models.PositiveIntegerField(db_default=1, default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
