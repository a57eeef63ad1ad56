"""Every endpoint answers as the schema says, for every role, within facilities, and names no patient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from exceptions.models import Case
from exceptions.replays.models import Replay
from exceptions.replays.states import ReplayState, Source
from hub.core.clock import now
from hub.governance import api_tokens
from hub.governance.access import Actor, Door
from hub.masterdata.models import Mapping
from orchestration.correction_models import Returned
from tests.hub.console.cast import person
from tests.hub.console.flow import WHOLE, Flow, nothing_of_a_patient

READERS = {"sandra", "linda", "frank", "stella", "erin", "audrey"}
EVERYONE = READERS | {"xavier", "nora"}
PARTS = {
    "messages": READERS,
    "returns": READERS,
    "runs": READERS,
    "replays": READERS,
    "cases": READERS,
    "mappings": READERS,
    "journeys": READERS - {"erin"},
    "kpis": READERS | {"xavier"},
}


class Caller:
    """A program with the token of one of the cast."""

    def __init__(self, name: str) -> None:
        user = person(name)
        token = api_tokens.issue(user=user, actor=Actor.of(user, Door.PAGE))
        self.client = Client(headers={"Authorization": f"Token {token}"})

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}")

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json")


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


def json_schema(part: Any) -> Any:
    """OpenAPI 3.0 says `nullable`; JSON Schema has null among the types, and reads references elsewhere."""
    if isinstance(part, list):
        return [json_schema(item) for item in part]
    if not isinstance(part, dict):
        return part
    made = {name: json_schema(value) for name, value in part.items() if name != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if part.get("nullable") else made


def check(schema: dict[str, Any], path: str, method: str, answer: Any) -> None:
    """The answer keeps to what the schema says about this operation and status."""
    operation = schema["paths"][path][method]
    said = operation["responses"].get(str(answer.status_code), operation["responses"]["default"])
    media = answer["Content-Type"].partition(";")[0]
    wanted = {**json_schema(said["content"][media]["schema"]), "components": json_schema(schema["components"])}
    jsonschema_rs.validator_for(wanted, validate_formats=True).validate(answer.json())


def returned(flow: Flow) -> Returned:
    """The booking, as if it had gone back to its source."""
    row, _ = Returned.objects.get_or_create(
        message_id=flow.booking.pk,
        defaults={"feed_code": flow.booking.feed_code, "system": "scheduling", "facility": "C07", "reason": "No time"},
    )
    return row


def replayed() -> Replay:
    """A replay at C07, previewed."""
    row, _ = Replay.objects.get_or_create(
        reason="Check.",
        defaults={
            "source": Source.RUNS, "selection": {"ids": []}, "state": ReplayState.PREVIEWED, "requester": "linda",
            "facilities": ["C07"], "counts": {"waiting": 1}, "previewed_at": now(),
        },
    )  # fmt: skip
    row.refresh_from_db()
    return row


def operations(flow: Flow) -> Iterator[tuple[str, str]]:
    """(path of the schema, path to ask) of every operation that reads."""
    case, mapping = Case.objects.get(members__ref=flow.parked.pk), Mapping.objects.first()
    assert mapping is not None
    details = {
        "messages": flow.booking.pk,
        "returns": returned(flow).pk,
        "runs": flow.billed.pk,
        "replays": replayed().number,
        "cases": case.number,
        "mappings": mapping.pk,
        "journeys": flow.whole.pk,
        "kpis": "charge-lag",
    }
    names = {"cases": "number", "replays": "number", "kpis": "kpi"}
    for part, key in details.items():
        yield f"/api/v1/{part}/", f"{part}/"
        yield f"/api/v1/{part}/{{{names.get(part, 'id')}}}/", f"{part}/{key}/"


def test_the_schema_is_a_sound_openapi_document(schema: dict[str, Any]) -> None:
    validate_schema(schema)
    assert {path.split("/")[3] for path in schema["paths"]} == set(PARTS)


def test_every_operation_that_reads_answers_as_the_schema_says(flow: Flow, schema: dict[str, Any]) -> None:
    linda = Caller("linda")
    asked = dict(operations(flow))
    for path, url in asked.items():
        answer = linda.get(url)
        assert answer.status_code == 200, url
        check(schema, path, "get", answer)
        assert nothing_of_a_patient(answer.content.decode())
    reading = {path for path, methods in schema["paths"].items() if "get" in methods and "schema" not in path}
    assert set(asked) == reading


def test_what_is_refused_answers_with_problem_details(flow: Flow, schema: dict[str, Any]) -> None:
    nora = Caller("nora").client  # holds nothing
    for path, url in operations(flow):
        for caller, status in ((Client(), 401), (nora, 403)):
            answer = caller.get(f"/api/v1/{url}")
            assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
            check(schema, path, "get", answer)


@pytest.mark.parametrize("part", PARTS)
def test_a_resource_is_open_for_the_roles_that_need_it(flow: Flow, part: str) -> None:
    assert {name for name in EVERYONE if Caller(name).get(f"{part}/").status_code == 200} == PARTS[part]


def test_rows_are_those_of_the_callers_facilities(flow: Flow) -> None:
    sandra = Caller("sandra")  # C07 alone
    for part in ("messages", "runs", "journeys"):
        rows = sandra.get(f"{part}/").json()["results"]
        assert {row["facility"] for row in rows} == {"C07"}
    assert {row["facility"] for row in sandra.get("cases/").json()["results"]} <= {"C07", ""}
    for url in (f"runs/{flow.parked.pk}/", f"journeys/{flow.stuck.pk}/"):
        assert sandra.get(url).status_code == 404
    assert Caller("linda").get(f"runs/{flow.parked.pk}/").status_code == 200


def test_filters_narrow_and_refuse_what_they_do_not_know(flow: Flow) -> None:
    linda = Caller("linda")

    assert [row["id"] for row in linda.get("runs/?state=parked").json()["results"]] == [str(flow.parked.pk)]
    assert linda.get("runs/?state=parked&facility=C07,C09").json()["results"] == []
    assert {row["feed"] for row in linda.get("messages/?feed=clearinghouse").json()["results"]} == {"clearinghouse"}
    refused = linda.get("runs/?state=odd&journey=zz")
    assert refused.status_code == 400
    assert {error["field"] for error in refused.json()["errors"]} == {"state", "journey"}
    assert linda.get("runs/?nothing=known").status_code == 200
    assert linda.get("runs/?cursor=zz").status_code == 404


def test_pages_follow_one_another_by_cursor_and_repeat_nothing(flow: Flow) -> None:
    linda = Caller("linda")
    seen: list[str] = []
    url = "mappings/?page_size=200"
    while url:
        page = linda.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url = (page["next"] or "").partition("/api/v1/")[2]
    assert len(seen) == len(set(seen)) == Mapping.objects.count()


def test_a_journey_is_found_by_post_and_by_nothing_in_an_address(flow: Flow, schema: dict[str, Any]) -> None:
    linda = Caller("linda")
    answer = linda.post("journeys/find/", {"number": WHOLE})

    check(schema, "/api/v1/journeys/find/", "post", answer)
    assert [row["id"] for row in answer.json()] == [str(flow.whole.pk)]
    assert nothing_of_a_patient(answer.content.decode())
    assert Caller("sandra").post("journeys/find/", {"number": "A7000522"}).json() == []
    assert linda.post("journeys/find/", {}).status_code == 400


@pytest.mark.django_db
def test_what_is_no_resource_is_said_in_the_apis_own_way() -> None:
    answer = Client().get("/api/v1/nothing/here")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")

    slashless = Client().get("/api/v1/runs").json()
    assert slashless["detail"] == "Addresses end with a slash: /api/v1/runs/"


@pytest.mark.django_db
def test_the_documentation_keeps_to_the_content_security_policy(client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode()

    assert "<script>" not in page
    assert "drf_spectacular_sidecar" in page
    assert client.get("/api/v1/schema/").status_code == 200
