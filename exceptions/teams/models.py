"""Who works cases: teams, what is routed to them, hours and absences, service levels, escalation."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from exceptions.models import Queue
from exceptions.states import AssignmentMode
from hub.core.errors import FailureClass

_CLASSES = [(name.value, name.value.title()) for name in FailureClass]


class Team(models.Model):
    """People who work cases together. With a facility it is that facility's; without, the whole group's.

    `turn` counts what was given out in turn; each member keeps the count at which it was their turn last.
    """

    name = models.CharField(max_length=60, unique=True)
    about = models.CharField(max_length=200, blank=True)
    facility = models.CharField(max_length=20, blank=True)
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="teams_led"
    )
    assignment = models.CharField(max_length=12, choices=AssignmentMode.choices, default=AssignmentMode.BY_HAND)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    turn = models.BigIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """`share` is how much of a full load they carry, in percent; `turn` the team's count at their last turn."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    share = models.PositiveSmallIntegerField(default=100, validators=[MinValueValidator(10), MaxValueValidator(100)])
    turn = models.BigIntegerField(default=0, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]

    def __str__(self) -> str:
        return f"member of {self.team_id}"


class RoutingRule(models.Model):
    """Sends new cases to a team: the first by position whose conditions all hold. An empty condition always holds."""

    position = models.PositiveIntegerField()
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="routing")
    queue = models.CharField(max_length=12, choices=Queue.choices, blank=True)
    failure_class = models.CharField("class", max_length=16, choices=_CLASSES, blank=True)
    facility = models.CharField(max_length=20, blank=True)
    system = models.CharField(max_length=40, blank=True)
    payer = models.CharField(max_length=40, blank=True)
    amount_from = models.DecimalField("dollars at risk from", max_digits=14, decimal_places=2, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return f"rule {self.position}"


class WorkWeek(models.Model):
    """When a person works, by the clock of `time_zone`. Who keeps no hours counts as there at any time."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="work_week")
    time_zone = models.CharField(max_length=40, default="America/Chicago")
    on_holidays = models.BooleanField("works on holidays", default=False)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"hours of {self.user_id}"


class Shift(models.Model):
    """One stretch of a person's week; Monday is 0. One that ends before it starts ends on the day after."""

    week = models.ForeignKey(WorkWeek, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)])
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ["weekday", "starts"]

    def __str__(self) -> str:
        return f"shift on day {self.weekday}"


class Absence(models.Model):
    """Days on which a person is away, the last one included; by the clock of their own time zone."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="absences")
    since = models.DateField("first day")
    until = models.DateField("last day")
    stand_in = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["since", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(until__gte=models.F("since")), name="absence_in_order"),
        ]
        indexes = [models.Index(fields=["until"], name="absence_by_end")]

    def __str__(self) -> str:
        return f"absence of {self.user_id}"


class ServiceLevel(models.Model):
    """How long a case of a queue may take where no legal clock runs: hours of the working day at its facility."""

    queue = models.CharField(max_length=12, choices=Queue.choices, unique=True)
    hours = models.PositiveSmallIntegerField("business hours", validators=[MinValueValidator(1)])
    opens = models.TimeField(default="08:00")
    closes = models.TimeField(default="17:00")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["queue"]
        constraints = [
            models.CheckConstraint(condition=models.Q(closes__gt=models.F("opens")), name="service_level_day"),
        ]

    def __str__(self) -> str:
        return f"service level of {self.queue}"


class EscalationRule(models.Model):
    """Lifts a case that is open longer than `business_days` and worth more than `amount_over` to `level`."""

    level = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(5)])
    queue = models.CharField(max_length=12, choices=Queue.choices, blank=True)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="escalations")
    business_days = models.PositiveSmallIntegerField("open for more than, in business days", default=2)
    amount_over = models.DecimalField("dollars at risk over", max_digits=14, decimal_places=2, default=0)
    tell = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["level", "id"]

    def __str__(self) -> str:
        return f"escalation to level {self.level}"
