"""How work is shared out at the sandbox group: teams, hours, rules and answers, by the names of `people`. Free of
Django; `manage.py seed_teams` loads it."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Monday to Friday, from and until, by the clock of Chicago.
OFFICE_HOURS = {
    "sandra": ("07:00", "16:00"),
    "simon": ("09:00", "18:00"),
    "frank": ("08:00", "17:00"),
    "stella": ("08:00", "17:00"),
    "stuart": ("08:00", "17:00"),
}


@dataclass(frozen=True, slots=True)
class Team:
    """`assignment` is one of AssignmentMode; `members` are names with their share in percent; `queues` come to it."""

    name: str
    about: str
    lead: str
    assignment: str
    members: dict[str, int] = field(default_factory=dict)
    person: str = ""
    queues: tuple[str, ...] = ()
    amount_from: int = 0


#: In the order in which their rules are tried.
TEAMS = (
    Team(
        "Large balances", "Whatever has 25,000 dollars or more at risk when it opens.", "linda", "by_hand",
        {"linda": 100, "simon": 100}, queues=("billing", "denials"), amount_from=25_000,
    ),
    Team(
        "Patient access and billing", "Coverage, authorizations, charges and claims until they are accepted.", "linda",
        "load", {"sandra": 100, "simon": 100}, queues=("access", "billing"),
    ),
    Team(
        "Denials", "Appeals and corrected claims, before their clocks run out.", "linda", "round_robin",
        {"sandra": 100, "simon": 100}, queues=("denials",),
    ),
    Team("Cash", "Remittances, deposits and payments that find no account.", "linda", "person", {"frank": 100},
         person="frank", queues=("cash",)),
    Team("Master data", "Codes without a mapping, and reference data.", "stella", "round_robin",
         {"stella": 100, "stuart": 100}, queues=("mapping",)),
    Team("Integration", "Systems, feeds and deliveries; refused senders.", "erin", "person", {"erin": 100},
         person="erin", queues=("integration", "security")),
)  # fmt: skip

#: Queue and business hours.
SERVICE_LEVELS = {"access": 9, "mapping": 18, "cash": 18}
#: Level, business days, dollars.
ESCALATIONS = ((1, 2, 10_000), (2, 5, 10_000))
#: Who is away from next Monday on for a week, and who stands in.
AWAY_NEXT_WEEK = ("stuart", "stella")
#: Name, queue (empty: every one), text.
ANSWERS = (
    ("Asked the payer", "denials", "Called the payer; the answer is expected within two business days."),
    ("Records sent", "denials", "The medical records went to the payer with the appeal letter."),
    ("Charge is coming", "billing", "The department captures the charge today; nothing to correct here."),
    ("Coverage confirmed", "access", "Coverage was confirmed with the payer by telephone; the visit goes ahead."),
    ("Deposit found", "cash", "The deposit was found and joined with its remittance."),
    ("No action needed", "", "Looked into: nothing is wrong, and nothing has to be done."),
)
