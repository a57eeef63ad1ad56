"""What a case's opening asks of the rules that people keep: its team, its service level, and who is to be told.

One small query, however many rules there are: cases open on the way of messages.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from exceptions import policy
from exceptions.clocks import Level
from exceptions.models import Case
from exceptions.queue import cases_seek_owners
from exceptions.states import AlertEvent, AssignmentMode
from hub.core.parking import Parked

_ASK = f"""
SELECT team.id, team.name, team.assignment, level.hours, level.opens, level.closes,
       EXISTS (SELECT FROM exceptions_alertendpoint WHERE NOT paused AND events @> '["{AlertEvent.OPENED}"]')
  FROM (SELECT 1) AS one
  LEFT JOIN LATERAL (
       SELECT team_id FROM exceptions_routingrule
        WHERE queue IN ('', %(queue)s) AND failure_class IN ('', %(class)s) AND facility IN ('', %(facility)s)
          AND system IN ('', %(system)s) AND payer IN ('', %(payer)s)
          AND (amount_from IS NULL OR amount_from <= %(amount)s)
        ORDER BY position, id LIMIT 1) AS rule ON TRUE
  LEFT JOIN exceptions_team AS team ON team.id = rule.team_id
  LEFT JOIN exceptions_servicelevel AS level ON level.queue = %(queue)s
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Opening:
    """`wanted` says that a program outside is told of cases that open."""

    team_id: int | None
    team: str
    assignment: str
    level: Level | None
    wanted: bool

    @property
    def story(self) -> str:
        return f"Opened for the team {self.team}." if self.team else "Opened."

    def follow(self, case: Case) -> None:
        """Have it find its owner soon after the transaction, where its team's rule gives it one."""
        if self.team_id is not None and self.assignment != AssignmentMode.BY_HAND:
            cases_seek_owners()


def opening(item: Parked, payer: str) -> Opening:
    """`payer` is the code of the payer that the case is about; empty where it is nobody's."""
    with connection.cursor() as cursor:
        cursor.execute(
            _ASK,
            {
                "queue": policy.policy_for(item.failure).queue.value,
                "class": item.failure.failure_class.value,
                "facility": policy.facility_of(item),
                "system": item.system,
                "payer": payer,
                "amount": item.amount,
            },
        )
        team_id, team, assignment, hours, opens, closes, wanted = cursor.fetchone()
    level = Level(hours, opens, closes) if hours else None
    return Opening(team_id, team or "", assignment or "", level, wanted)
