"""Canonical reference entities and the crosswalk from each system's local codes to them."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from simple_history.models import HistoricalRecords

from hub.core.clock import now
from hub.masterdata import code_models  # noqa: F401 - models of this app that stand in a module of their own
from hub.masterdata.states import MappingState


class Governed(models.Model):
    """What keeps a history. Its entries are dated by the hub's own clock, as everything else.

    simple_history takes the author from `_history_user` where a service sets it, else from the request.
    """

    _history_user: User | None
    _change_reason: str | None

    class Meta:
        abstract = True

    @property
    def _history_date(self) -> datetime:
        return now()


class Reference(Governed):
    """What every canonical entity has: a code that never changes meaning, a name, and whether it is in use."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    active = models.BooleanField(default=True)

    class Meta:
        abstract = True
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class FacilityKind(models.TextChoices):
    HOSPITAL = "hospital", "Hospital"
    CLINIC = "clinic", "Outpatient clinic"
    OFFICE = "office", "Billing office"


class CorrectedClaims(models.TextChoices):
    AUTOMATIC = "automatic", "Sent by themselves"
    REVIEW = "review", "Sent once someone has looked"


class Facility(Reference):
    kind = models.CharField(max_length=10, choices=FacilityKind.choices)
    time_zone = models.CharField(max_length=40, default="America/Chicago")
    npi = models.CharField("billing NPI", max_length=10, blank=True)
    tax_id = models.CharField(max_length=10, blank=True)
    address = models.CharField(max_length=60, blank=True)
    city = models.CharField(max_length=30, blank=True)
    region = models.CharField("state", max_length=2, blank=True)
    postal_code = models.CharField(max_length=9, blank=True)
    charge_grace_days = models.PositiveSmallIntegerField(
        default=3, help_text="Days after a completed visit before a missing charge is a case."
    )
    readiness_days = models.PositiveSmallIntegerField(
        default=1, help_text="Days before a visit by which coverage and authorization must be settled."
    )
    corrected_claims = models.CharField(
        max_length=10,
        choices=CorrectedClaims.choices,
        default=CorrectedClaims.AUTOMATIC,
        help_text="Charges that come or change after the claim went out make a corrected claim.",
    )
    history = HistoricalRecords()

    class Meta(Reference.Meta):
        verbose_name_plural = "facilities"


class ServiceLine(Reference):
    history = HistoricalRecords()


class Department(Reference):
    service_line = models.ForeignKey(ServiceLine, on_delete=models.PROTECT, related_name="departments")
    history = HistoricalRecords()


class CostCenter(Reference):
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="cost_centers")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="cost_centers")
    history = HistoricalRecords()

    class Meta(Reference.Meta):
        constraints = [
            models.UniqueConstraint(fields=["facility", "department"], name="cost_center_once"),
        ]


class Location(Reference):
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="locations")
    place_of_service = models.CharField(max_length=2, default="11", help_text="CMS place of service code.")
    history = HistoricalRecords()


class Provider(Reference):
    npi = models.CharField("NPI", max_length=10)
    last_name = models.CharField(max_length=60)
    first_name = models.CharField(max_length=35)
    taxonomy = models.CharField(max_length=10, blank=True)
    history = HistoricalRecords()


class PayerClass(models.TextChoices):
    GOVERNMENT = "government", "Government"
    COMMERCIAL = "commercial", "Commercial"
    SELF_PAY = "self_pay", "Self-pay"


class Payer(Reference):
    payer_class = models.CharField(max_length=12, choices=PayerClass.choices)
    payer_id = models.CharField("electronic payer id", max_length=30, blank=True)
    claim_filing_code = models.CharField(max_length=2, default="CI", help_text="X12 SBR09.")
    appeal_days = models.PositiveSmallIntegerField(default=180)
    appeal_decision_days = models.PositiveSmallIntegerField(
        default=60, help_text="Days within which the payer decides an appeal or a corrected claim."
    )
    timely_filing_days = models.PositiveSmallIntegerField(default=365)
    real_time_system = models.CharField(
        max_length=40, blank=True, help_text="The system that answers 270, 276 and 278 for this payer."
    )
    history = HistoricalRecords()


class Account(Reference):
    """A general-ledger account. The ERP is its authority."""

    kind = models.CharField(max_length=20, help_text="asset, liability, revenue, expense or memo")
    history = HistoricalRecords()


class Domain(models.TextChoices):
    FACILITY = "facility", "Facility"
    DEPARTMENT = "department", "Department"
    PROVIDER = "provider", "Provider"
    LOCATION = "location", "Location"
    SERVICE_LINE = "service_line", "Service line"
    PAYER = "payer", "Payer"
    COST_CENTER = "cost_center", "Cost center"
    ACCOUNT = "account", "Account"


CANONICAL: dict[str, type[Reference]] = {
    Domain.FACILITY: Facility,
    Domain.DEPARTMENT: Department,
    Domain.PROVIDER: Provider,
    Domain.LOCATION: Location,
    Domain.SERVICE_LINE: ServiceLine,
    Domain.PAYER: Payer,
    Domain.COST_CENTER: CostCenter,
    Domain.ACCOUNT: Account,
}


class Gaps(models.TextChoices):
    """What becomes of a change after which a code has no meaning on days on which it had one."""

    SHOWN = "shown", "Shown"
    CONFIRMED = "confirmed", "Only when confirmed"
    REFUSED = "refused", "Refused"


class DomainPolicy(Governed):
    """How a domain is kept: who owns it, who decides what is right, and how many people a change takes.

    `domain` is one of `Domain`, or another kind of reference data (`domains.OTHERS`), of which only the owner and the
    authority are kept here: how those are changed is theirs.
    """

    domain = models.CharField(max_length=20, unique=True)
    owner = models.CharField(max_length=80, blank=True, help_text="The team that answers for it.")
    steward = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", help_text="The person who does."
    )
    authority = models.CharField(max_length=120, blank=True, help_text="The system or body that decides what is right.")
    two_people = models.BooleanField(default=False, help_text="Whoever proposed a mapping may not approve it.")
    review = models.BooleanField(default=False, help_text="Somebody reviews a proposal before it can be approved.")
    only_steward = models.BooleanField(default=False, help_text="Only the person who answers for it approves.")
    gaps = models.CharField(max_length=10, choices=Gaps.choices, default=Gaps.SHOWN)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    class Meta:
        ordering = ["domain"]
        verbose_name_plural = "domain policies"

    def __str__(self) -> str:
        return f"policy of {self.domain}"


class Match(models.TextChoices):
    """Which local codes a mapping speaks of. `precedence` says which mapping goes first."""

    EXACT = "exact", "Exactly this code"
    PREFIX = "prefix", "Every code that begins so"
    DEFAULT = "default", "Any other code"


class Mapping(Governed):
    """One local code of one system, at one facility or at all, meaning one canonical code for a time.

    `effective` is a half-open range of service dates. Two approved mappings of the same code never overlap: the
    database refuses it. A rule is a mapping too: `local_code` of a beginning ends with `*` (`PT-*`), that of a
    default is `*`. `version` grows with every change: two people who change one see each other.
    """

    domain = models.CharField(max_length=20, choices=Domain.choices)
    system = models.CharField(max_length=40)
    facility = models.CharField(max_length=20, blank=True, help_text="Facility code; empty means every facility.")
    match = models.CharField(max_length=8, choices=Match.choices, default=Match.EXACT)
    local_code = models.CharField(max_length=80)
    canonical_code = models.CharField(max_length=40)
    effective = DateRangeField()
    state = models.CharField(max_length=10, choices=MappingState.choices, default=MappingState.PROPOSED)
    owner = models.CharField(max_length=80, blank=True, help_text="Who answers for it; empty: the domain's owner.")
    note = models.CharField(max_length=200, blank=True)
    proposed_by = models.CharField(max_length=150, blank=True)
    reviewed_by = models.CharField(max_length=150, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.PositiveIntegerField(default=1)
    history = HistoricalRecords()

    class Meta:
        ordering = ["domain", "system", "facility", "local_code"]
        indexes = [
            models.Index(fields=["system", "domain", "local_code"], name="mapping_lookup"),
            models.Index(fields=["state", "id"], name="mapping_by_state"),
        ]
        constraints = [
            ExclusionConstraint(
                name="mapping_effective_once",
                expressions=[
                    (F("domain"), RangeOperators.EQUAL),
                    (F("system"), RangeOperators.EQUAL),
                    (F("facility"), RangeOperators.EQUAL),
                    (F("match"), RangeOperators.EQUAL),
                    (F("local_code"), RangeOperators.EQUAL),
                    (F("effective"), RangeOperators.OVERLAPS),
                ],
                condition=Q(state=MappingState.APPROVED),
            ),
            models.CheckConstraint(
                name="mapping_effective_not_empty",
                condition=~Q(effective=Func(function="'empty'::daterange", template="%(function)s")),
            ),
            models.CheckConstraint(
                name="mapping_rule_is_a_pattern",
                condition=Q(match="exact")
                | Q(match="prefix", local_code__endswith="*") & ~Q(local_code="*")
                | Q(match="default", local_code="*"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.domain} {self.local_code}"


class RuleUse(models.Model):
    """A code of a message that no mapping of its own resolved but a rule did: said wherever the message is shown."""

    message_id = models.UUIDField(db_index=True)
    mapping_id = models.BigIntegerField(db_index=True)
    local_code = models.CharField(max_length=80)
    canonical_code = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.local_code


class CrosswalkVersion(models.Model):
    """One row. Its number grows with every change of mappings or reference data; caches are keyed by it."""

    number = models.BigIntegerField(default=1)

    def __str__(self) -> str:
        return f"crosswalk version {self.number}"


class Fee(Governed):
    """Expected revenue of one visit category by payer: governed, effective-dated."""

    service_line = models.ForeignKey(ServiceLine, on_delete=models.PROTECT)
    visit_type = models.CharField(max_length=20)
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    effective = DateRangeField()
    history = HistoricalRecords()

    class Meta:
        ordering = ["service_line", "visit_type", "payer", "effective"]
        constraints = [
            ExclusionConstraint(
                name="fee_effective_once",
                violation_error_message="Another fee of this visit and payer holds on some of these days.",
                expressions=[
                    (F("service_line"), RangeOperators.EQUAL),
                    (F("visit_type"), RangeOperators.EQUAL),
                    (F("payer"), RangeOperators.EQUAL),
                    (F("effective"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_type} {self.amount}"


class Rule(Governed):
    """What every governed rule has: it holds for a range of service dates, and only once approved.

    An empty payer or facility means every one.
    """

    payer = models.CharField(max_length=40, blank=True)
    facility = models.CharField(max_length=20, blank=True)
    effective = DateRangeField()
    active = models.BooleanField(default=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True


class PayerRule(Rule):
    """One companion rule of a payer: what it asks beyond the implementation guide.

    `transaction` is 837P, 837I, 270 or 278. `kind` names the check that carries it out, `parameters` what that check
    needs; `message` says to people what is wrong and what to do.
    """

    code = models.CharField(max_length=40, unique=True)
    transaction = models.CharField(max_length=4)
    kind = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict, blank=True)
    message = models.CharField(max_length=200)
    history = HistoricalRecords()

    class Meta:
        ordering = ["transaction", "payer", "code"]

    def __str__(self) -> str:
        return self.code


class DenialReason(Governed):
    """What a claim adjustment reason code means for us: its family, the step it leads back to, what to do."""

    carc = models.CharField("claim adjustment reason code", max_length=5, unique=True)
    family = models.CharField(max_length=40)
    root_cause = models.CharField(max_length=40, blank=True, help_text="The step of ours that it leads back to.")
    advice = models.CharField(max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["carc"]

    def __str__(self) -> str:
        return f"CARC {self.carc}"


class DecisionTable(Governed):
    """One version of a decision table. The newest approved one whose range holds the day decides.

    Rows are tried in order and the first that fits decides; where none does, a person decides: never a guess.
    """

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=MappingState.choices, default=MappingState.PROPOSED)
    effective = DateRangeField()
    proposed_by = models.CharField(max_length=150, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="decision_table_version_once"),
            ExclusionConstraint(
                name="decision_table_effective_once",
                expressions=[(F("code"), RangeOperators.EQUAL), (F("effective"), RangeOperators.OVERLAPS)],
                condition=Q(state=MappingState.APPROVED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} version {self.version}"


class DecisionRow(models.Model):
    """Payer × facility × group code × CARC × amount × age → outcome; an empty condition fits everything.

    Amounts compare with the absolute amount of the adjustment, inclusive; ages count days since the claim was sent.
    """

    table = models.ForeignKey(DecisionTable, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveSmallIntegerField()
    payer = models.CharField(max_length=40, blank=True)
    facility = models.CharField(max_length=20, blank=True)
    group_code = models.CharField(max_length=2, blank=True)
    carc = models.CharField(max_length=5, blank=True)
    amount_from = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    amount_to = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    age_from = models.PositiveSmallIntegerField(null=True, blank=True)
    age_to = models.PositiveSmallIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=20)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["table", "position"]
        constraints = [models.UniqueConstraint(fields=["table", "position"], name="decision_row_position_once")]

    def __str__(self) -> str:
        return f"row {self.position}"
