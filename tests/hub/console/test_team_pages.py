"""The team's pages: who may come, what stands there, and every form of what leads keep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from connectors.sandbox import people as sandbox_people
from exceptions.alerts.models import Alert, AlertEndpoint
from exceptions.models import Answer, Case, CaseLink, Queue
from exceptions.states import AlertState, AssignmentMode
from exceptions.teams import services
from exceptions.teams.assignment import assign_waiting
from exceptions.teams.models import Absence, EscalationRule, RoutingRule, ServiceLevel, Shift, Team, WorkWeek
from exceptions.teams.services import Conditions
from hub.core.clock import now
from hub.governance.access import Actor, Door
from tests.exceptions.world import held, no_charge, parked, unmapped
from tests.hub.console.cast import person, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("group")]

WORKERS = {"sandra", "linda", "frank", "stella", "erin"}
EVERYONE = WORKERS | {"audrey", "xavier", "nora"}


@pytest.fixture
def linda() -> Client:
    return signed_in("linda")


def lead() -> Actor:
    return Actor.of(person("linda"), Door.PAGE)


def team_with(*names: str, mode: AssignmentMode = AssignmentMode.ROUND_ROBIN) -> Team:
    team = services.save_team(actor=lead(), name="Billing", lead=person("linda"), assignment=mode)
    for name in names:
        services.set_member(team_id=team.pk, user=person(name), actor=lead())
    services.save_rule(actor=lead(), team=team, conditions=Conditions(queue=Queue.BILLING))
    return team


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_those_who_work_cases_see_the_team_and_only_leads_keep_it() -> None:
    team = team_with("sandra")
    answer = Answer.objects.create(name="Done", text="Done.")
    pages: dict[str, set[str]] = {
        "/team/": WORKERS,
        f"/team/{team.pk}/": WORKERS,
        "/team/rules/": WORKERS,
        "/team/answers/": WORKERS,
        "/team/people/sandra/hours/": {"sandra", "linda"},
        "/team/people/sandra/away/": {"sandra", "linda"},
        "/team/people/sandra/hand-over/": {"linda", "erin"},
        "/team/new/": {"linda"},
        f"/team/{team.pk}/edit/": {"linda"},
        f"/team/{team.pk}/members/add/": {"linda"},
        "/team/routing/new/": {"linda"},
        "/team/levels/new/": {"linda"},
        "/team/escalation/new/": {"linda"},
        f"/team/answers/{answer.pk}/": {"linda"},
        "/team/alerts/": {"linda"},
        "/team/alerts/new/": {"linda"},
    }
    clients = {name: signed_in(name) for name in EVERYONE}
    for page, who in pages.items():
        answers = {name: client.get(page).status_code for name, client in clients.items()}
        assert {name for name, status in answers.items() if status == 200} == who, page
        assert {status for name, status in answers.items() if name not in who} <= {403}, page


def test_a_team_is_made_filled_and_given_cases_and_the_queue_and_the_case_say_so(linda: Client) -> None:
    linda.post("/team/new/", {"name": "Billing", "assignment": "round_robin", "lead": person("linda").pk})
    team = Team.objects.get()
    linda.post(f"/team/{team.pk}/members/add/", {"user": person("sandra").pk, "share": "50"})
    linda.post("/team/routing/new/", {"queue": "billing", "team": team.pk})
    case = parked(held(no_charge(), amount="412.50"))
    assign_waiting()

    assert Case.objects.get(pk=case.pk).owner == person("sandra")
    page = text(linda, f"/team/{team.pk}/")
    for shown in ("Sandra Meyer", "In now", "50 % of the work", "$412.50", "Unbilled and claims"):
        assert shown in page, shown
    sandra = signed_in("sandra")
    assert [row.number for row in sandra.get("/cases/?team=mine").context["page"].rows] == [case.number]
    assert list(linda.get("/cases/?team=none").context["page"].rows) == []
    assert "Billing" in text(sandra, f"/cases/{case.number}/")
    linda.post(f"/cases/{case.number}/move/", {"team": "", "reason": "Not theirs."})
    assert [row.number for row in linda.get("/cases/?team=none").context["page"].rows] == [case.number]


def test_hours_are_kept_by_their_owner_and_a_half_entered_day_is_refused(linda: Client) -> None:
    team_with("sandra")
    sandra = signed_in("sandra")
    week = {"time_zone": "America/Chicago", "from_0": "08:00", "until_0": "17:00", "on_holidays": "on"}
    assert sandra.post("/team/people/sandra/hours/", week | {"from_1": "08:00"}).status_code == 422
    assert sandra.post("/team/people/sandra/hours/", week | {"time_zone": "Mars/Base"}).status_code == 422
    assert sandra.post("/team/people/sandra/hours/", week).status_code == 302
    assert Shift.objects.values_list("weekday", flat=True).get() == 0
    seen = {"version": WorkWeek.objects.get().version}
    assert linda.post("/team/people/sandra/hours/", week | seen).status_code == 302
    late = sandra.post("/team/people/sandra/hours/", week | seen)
    assert late.status_code == 409
    assert sandra.get("/team/people/nobody/hours/").status_code == 404


def test_the_cases_of_one_who_is_away_are_offered_and_handed_over_at_once(linda: Client) -> None:
    team_with("sandra")
    for _ in range(2):
        parked(held(no_charge()))
    assign_waiting()
    days = {"since": now().date() - timedelta(days=1), "until": now().date() + timedelta(days=1)}
    signed_in("sandra").post("/team/people/sandra/away/", {**days, "stand_in": person("erin").pk, "note": "Flu"})
    page = text(linda, "/team/")
    assert "Hand over the cases of Sandra Meyer" in page
    assert "Away" in text(linda, f"/team/{Team.objects.get().pk}/")
    form = linda.get("/team/people/sandra/hand-over/").context["form"]
    assert form.initial["to"] == person("erin").pk, "who stands in is offered first"
    linda.post("/team/people/sandra/hand-over/", {"to": person("erin").pk, "reason": "Sandra is away."})
    assert set(Case.objects.values_list("owner__username", flat=True)) == {"erin"}
    linda.post(f"/team/absences/{Absence.objects.get().pk}/end/", {})
    assert not Absence.objects.exists()


def test_rules_are_kept_ordered_and_removed(linda: Client) -> None:
    team = team_with("sandra")
    linda.post("/team/routing/new/", {"amount_from": "10000", "team": team.pk})
    first, second = RoutingRule.objects.all()
    linda.post(f"/team/routing/{second.pk}/up/", {})
    assert [rule.pk for rule in RoutingRule.objects.all()] == [second.pk, first.pk]
    assert "$10,000.00 or more" in text(linda, "/team/rules/")
    stale = {"queue": "cash", "team": team.pk, "version": "99"}
    assert linda.post(f"/team/routing/{first.pk}/", stale).status_code == 409
    linda.post(f"/team/routing/{first.pk}/remove/", {})
    linda.post("/team/levels/new/", {"queue": "cash", "hours": "18", "opens": "08:00", "closes": "17:00"})
    again = linda.post("/team/levels/new/", {"queue": "cash", "hours": "9", "opens": "08:00", "closes": "17:00"})
    assert again.status_code == 409
    linda.post("/team/escalation/new/", {"level": "1", "business_days": "2", "amount_over": "10000"})
    assert (RoutingRule.objects.count(), ServiceLevel.objects.count(), EscalationRule.objects.count()) == (1, 1, 1)
    assert "2 business days" in text(linda, "/team/rules/")
    linda.post(f"/team/{team.pk}/remove/", {})
    assert not Team.objects.exists()


def test_an_answer_is_put_into_a_comment_and_changed_before_it_is_sent(linda: Client) -> None:
    linda.post("/team/answers/new/", {"name": "Payer asked", "queue": "billing", "text": "Called the payer."})
    linda.post("/team/answers/new/", {"name": "Other queue", "queue": "cash", "text": "The deposit was found."})
    case, sandra = parked(held(no_charge())), signed_in("sandra")
    url, answer = f"/cases/{case.number}/comment/", Answer.objects.get(name="Payer asked").pk
    page = text(sandra, f"/cases/{case.number}/")
    assert "Payer asked" in page
    assert "Other queue" not in page
    form = sandra.post(url, {"answer": answer, "text": "Hello.", "insert": "1"}).context["form"]
    assert form["text"].value() == "Hello.\nCalled the payer."
    assert not case.notes.filter(kind="comment").exists()
    sandra.post(url, {"answer": answer, "text": "Called the payer twice."})
    assert case.notes.get(kind="comment").text == "Called the payer twice."
    resolving = {"answer": answer, "insert": "1", "resolution": "no_action", "held": "dismiss"}
    form = sandra.post(f"/cases/{case.number}/resolve/", resolving).context["form"]
    assert (form["reason"].value(), form["resolution"].value()) == ("Called the payer.", "no_action")


def test_cases_are_linked_and_unlinked_on_their_pages(linda: Client) -> None:
    one, other = parked(held(no_charge())), parked(held(unmapped()))
    linda.post(f"/cases/{one.number}/link/", {"kind": "caused_by", "number": other.number})
    assert f'<a href="/cases/{other.number}/">Caused by case {other.number}</a>' in text(linda, f"/cases/{one.number}/")
    assert f'<a href="/cases/{one.number}/">Cause of case {one.number}</a>' in text(linda, f"/cases/{other.number}/")
    assert linda.post(f"/cases/{one.number}/link/", {"kind": "related", "number": "999999"}).status_code == 422
    link = CaseLink.objects.get()
    assert signed_in("simon").get(f"/cases/links/{link.pk}/remove/").status_code == 403
    back = linda.post(f"/cases/links/{link.pk}/remove/?from={other.number}", {})
    assert back["Location"] == f"/cases/{other.number}/"
    assert not CaseLink.objects.exists()


def test_an_endpoint_shows_its_secret_once_and_what_it_was_told(linda: Client) -> None:
    form: dict[str, Any] = {"name": "Chat", "url": "https://chat.example/hook", "events": ["case.opened"]}
    assert linda.post("/team/alerts/new/", form | {"url": "http://chat.example/"}).status_code == 409
    shown = linda.post("/team/alerts/new/", form)
    assert "whsec_" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert linda.post("/team/alerts/new/", form).status_code == 409, "a name is taken once"
    endpoint = AlertEndpoint.objects.get()
    page = f"/team/alerts/{endpoint.pk}/"
    parked(held(no_charge()))
    Alert.objects.update(state=AlertState.FAILED, answer="Answered 500.")
    assert "whsec_" not in text(linda, page)
    assert "Answered 500." in text(linda, page)
    linda.post(f"/team/alerts/told/{Alert.objects.get().pk}/retry/", {})
    linda.post(f"{page}test/", {})
    assert set(Alert.objects.values_list("state", flat=True)) == {AlertState.WAITING}
    linda.post(f"{page}edit/", form | {"name": "Pager", "version": endpoint.version})
    linda.post(f"{page}pause/", {})
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.paused) == ("Pager", True)
    assert "whsec_" in linda.post(f"{page}secret/", {}).content.decode()
    linda.post(f"{page}remove/", {})
    assert not Alert.objects.exists()


def test_the_pages_ask_as_often_however_many_there_are(linda: Client) -> None:
    team = team_with("sandra", "erin")
    pages = ("/team/", f"/team/{team.pk}/", "/team/rules/")

    def asked() -> list[int]:
        counts = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                text(linda, page)
            counts.append(len(queries))
        return counts

    parked(held(no_charge()))
    assign_waiting()
    asked()
    before = asked()
    for name in ("frank", "stella"):
        services.set_member(team_id=team.pk, user=person(name), actor=lead())
        services.save_rule(actor=lead(), team=team, conditions=Conditions(payer=name))
    for _ in range(5):
        parked(held(no_charge()))
    assign_waiting()
    assert asked() == before


def test_the_sandbox_group_has_its_teams_and_people_in_them() -> None:
    for one in sandbox_people.PEOPLE:
        if one.username not in {"partner", "admin"}:
            person(one.username)
    for _ in range(2):
        call_command("seed_teams")
    assert Team.objects.count() == 6
    assert Answer.objects.exists()
    case = parked(held(unmapped()))
    assert case.team is not None
    assert case.team.name == "Master data"
    assert parked(held(no_charge(), amount="30000.00")).team.name == "Large balances"  # type: ignore[union-attr]
