"""Runs of workflows, their steps, every try of a step, and what runs wait for."""

from __future__ import annotations

from django.db import models

from hub.core.clock import now
from hub.core.ids import uuid7
from orchestration import (
    correction_models,  # noqa: F401 - models of this app that stand in a module of their own
    edition_model,  # noqa: F401 - a model of this app in a module of its own
)
from orchestration.states import AttemptOutcome, RunState, StepState


class Run(models.Model):
    """One execution of a workflow for one triggering event.

    `subject` names the trigger: one event starts one run, however often it is recorded. Runs of the same
    `order_key` are carried out one after the other, in the order they were created.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    workflow = models.CharField(max_length=8)
    version = models.PositiveSmallIntegerField()
    subject = models.CharField(max_length=160)
    order_key = models.CharField(max_length=160)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.READY)
    step = models.CharField(max_length=40, blank=True, help_text="The step it stands at.")
    step_index = models.PositiveSmallIntegerField(default=0)
    event_id = models.UUIDField()
    event_type = models.CharField(max_length=40)
    entity_key = models.CharField(max_length=120)
    journey_id = models.UUIDField()
    facility = models.CharField(max_length=20)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text="Dollars at stake.")
    pins = models.JSONField(default=dict, help_text="Versions it runs with: mappings, rules.")
    outputs = models.JSONField(default=dict, help_text="What each finished step gave, by step name.")
    generation = models.PositiveSmallIntegerField(default=1, help_text="Grows with each replay.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Tries of the current step.")
    due_at = models.DateTimeField(null=True, help_text="Machine time before which it is not taken up.")
    armed = models.BooleanField(default=False, help_text="Its wait is stored and it looks once more before it sleeps.")
    created_at = models.DateTimeField(default=now)
    changed_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workflow", "subject"], name="run_once_per_subject")]
        indexes = [
            models.Index(fields=["id"], name="run_to_do", condition=models.Q(state="ready")),
            models.Index(
                fields=["order_key", "id"],
                name="run_in_order",
                condition=~models.Q(state__in=["succeeded", "cancelled"]),
            ),
            models.Index(fields=["state", "id"], name="run_by_state"),
            models.Index(fields=["workflow", "id"], name="run_by_workflow"),
            # Among the many that went well, the few of a workflow that did not are found without passing those.
            models.Index(
                fields=["workflow", "state", "id"], name="run_not_well", condition=~models.Q(state="succeeded")
            ),
            models.Index(fields=["facility", "id"], name="run_by_facility"),
            models.Index(fields=["journey_id"], name="run_by_journey"),
            models.Index(fields=["entity_key"], name="run_by_entity"),
        ]

    def __str__(self) -> str:
        return f"{self.workflow} {self.id}"


class Step(models.Model):
    """One stage of a run, in one generation of it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps", db_constraint=False)
    index = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    generation = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.READY)
    posting_key = models.CharField(max_length=160, blank=True)
    delivery_id = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    output = models.JSONField(default=dict)
    failure_class = models.CharField(max_length=16, blank=True)
    code = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    started_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "index", "generation"], name="step_once_per_generation"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.run_id}"


class Attempt(models.Model):
    """One try of a step. Partitioned by time."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    run_id = models.UUIDField()
    step_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=8, choices=AttemptOutcome.choices)
    failure_class = models.CharField(max_length=16, blank=True)
    code = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    delivery_id = models.UUIDField(null=True)
    worker = models.CharField(max_length=60)
    at = models.DateTimeField(default=now)
    retry_at = models.DateTimeField(null=True, help_text="Machine time.")

    class Meta:
        indexes = [models.Index(fields=["run_id", "id"], name="attempt_by_run")]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.step_id}"


class Wait(models.Model):
    """What a run waits for: any event of `topic` with `key`, or the time `due_at` (business time)."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="waits")
    topic = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    due_at = models.DateTimeField(null=True, db_index=True)
    since = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "topic", "key"], name="wait_once")]
        indexes = [models.Index(fields=["topic", "key"], name="wait_by_topic")]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class Call(models.Model):
    """Something happened that runs may wait for: written with it, answered once it stands (`waking`), then gone."""

    topics = models.JSONField(default=list, help_text="Pairs of topic and key.")
    merged = models.JSONField(default=list, help_text="Pairs of an account that is gone and the one that stays.")
    runs = models.JSONField(default=list, help_text="Runs whose deliveries ended.")

    def __str__(self) -> str:
        return f"call {self.pk}"


class RunTally(models.Model):
    """How many runs stand in each state, by workflow and facility: a sum of small changes, kept by the database.

    A change appends a row and a beat task folds rows together, so that writers never wait for one another.
    """

    workflow = models.CharField(max_length=8)
    facility = models.CharField(max_length=20)
    state = models.CharField(max_length=10)
    count = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.workflow} {self.facility} {self.state}"


class Expectation(models.Model):
    """Something that must follow an event and has not come: `rule` says what, `key` of which journey or entity.

    It is deleted when it comes in time. One that did not has a case from `breached_at` on; `met_at` says when it came
    after all.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    journey_id = models.UUIDField(null=True)
    facility = models.CharField(max_length=20, blank=True)
    event_id = models.UUIDField(null=True, help_text="The event that it follows.")
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    breached_at = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "key"], name="expectation_open_once", condition=models.Q(met_at=None)
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="expectation_due", condition=models.Q(breached_at=None)),
            models.Index(fields=["journey_id"], name="expectation_by_journey"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.key}"


class FeedHour(models.Model):
    """What is known of a feed's rhythm: of the hours of this kind in a week, how many brought a message.

    `hour` counts from Monday, 0 to 167, in the feed's own time zone. Only hours that were watched throughout count.
    """

    feed = models.CharField(max_length=40)
    hour = models.PositiveSmallIntegerField()
    watched = models.PositiveSmallIntegerField(default=0)
    heard = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "hour"], name="feed_hour_once")]

    def __str__(self) -> str:
        return f"{self.feed} {self.hour}"


class FeedPulse(models.Model):
    """How a feed stands: the hour being watched, and how unlike it the silence since its last message is.

    `silence` adds up −ln of the probability that each silent hour was so by chance.
    """

    feed = models.CharField(max_length=40, primary_key=True)
    hour = models.PositiveSmallIntegerField(default=0)
    watched_seconds = models.PositiveIntegerField(default=0)
    heard = models.BooleanField(default=False)
    silence = models.FloatField(default=0)
    silent_since = models.DateTimeField(null=True)
    ticked_at = models.DateTimeField(help_text="Business time of the last look.")
    machine_at = models.DateTimeField(help_text="Machine time of the last look.")

    def __str__(self) -> str:
        return self.feed
