"""A failed message as a test fixture: an engineer's act, proved before anything is given, and kept in the audit."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from connectors.models import Message
from hub.core.deidentify import Clean
from hub.core.sealing import vault
from orchestration import fixtures
from tests.hub.console.cast import audited, last_audit, signed_in
from tests.hub.console.flow import Flow, nothing_of_a_patient

WHY = {"reason": "A department that nobody has mapped", "give": "file"}


def test_the_copy_of_a_held_message_names_nobody_and_fails_as_the_message_does(flow: Flow) -> None:
    answer = signed_in("erin").post(f"/messages/{flow.unmapped.pk}/fixture/", WHY)
    body = answer.content.decode()
    copy = json.loads(body)

    assert answer["Content-Disposition"] == 'attachment; filename="scheduling-unmapped-department.json"'
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/octet-stream", "no-store")
    assert nothing_of_a_patient(body)
    assert "A7000999" not in body
    assert (copy["department_code"], copy["visit_type"]) == ("PT-REHAB", "office")
    assert copy["start_time"] != "2026-11-09T02:30:00-06:00"
    assert fixtures.end_of(answer.content, flow.unmapped, fixtures.feed("scheduling")).failure == flow.unmapped.code


def test_who_took_one_and_why_stays_in_the_audit(flow: Flow) -> None:
    signed_in("erin").post(f"/messages/{flow.unmapped.pk}/fixture/", WHY)

    entry = last_audit()
    assert (entry.action, entry.actor, entry.reason) == ("message.fixture", "erin", WHY["reason"])
    assert entry.after["end"] == "unmapped-department"
    assert nothing_of_a_patient(json.dumps(entry.after))


def test_it_is_shown_to_be_copied_and_the_message_offers_it_to_engineers_alone(flow: Flow) -> None:
    erin = signed_in("erin")
    page = erin.post(f"/messages/{flow.remittance.pk}/fixture/", WHY | {"give": "shown"}).content.decode()

    assert "Nobody is left in it." in page
    assert "CLP*" in page
    assert nothing_of_a_patient(page)
    assert "Make a fixture" in erin.get(f"/messages/{flow.booking.pk}/").content.decode()
    assert "Make a fixture" not in signed_in("linda").get(f"/messages/{flow.booking.pk}/").content.decode()
    assert signed_in("linda").post(f"/messages/{flow.booking.pk}/fixture/", WHY).status_code == 403


def test_without_a_reason_or_a_payload_nothing_is_given(flow: Flow) -> None:
    erin = signed_in("erin")
    again = Message.objects.get(control_id="w-1", state="duplicate")

    assert erin.post(f"/messages/{flow.booking.pk}/fixture/", {"reason": " ", "give": "file"}).status_code == 422
    assert erin.post(f"/messages/{again.pk}/fixture/", WHY).status_code == 409
    assert "message.fixture" not in {action for _, _, action in audited()}


def test_a_copy_that_would_fail_otherwise_is_refused(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    mapped = fixtures.read_body(flow.booking)
    monkeypatch.setattr(fixtures, "deidentified", lambda body, chance: Clean(mapped, "json", 1))
    answer = signed_in("erin").post(f"/messages/{flow.unmapped.pk}/fixture/", WHY)

    assert answer.status_code == 409
    assert "it would end otherwise" in answer.content.decode()


def test_what_cannot_be_proved_clean_is_refused_and_says_what_to_do(flow: Flow) -> None:
    feed = fixtures.feed("scheduling")
    message = Message.objects.create(
        feed_id=feed.id, feed_code="scheduling", size=9, sha256="", headers={}, state="held", facility="C07",
        body=vault().seal(b"no shape at all"),
    )  # fmt: skip
    answer = signed_in("erin").post(f"/messages/{message.pk}/fixture/", WHY)

    assert answer.status_code == 409
    assert "by hand" in answer.content.decode()


def test_the_command_writes_it_to_a_file(flow: Flow, tmp_path: Path) -> None:
    call_command("fixture", str(flow.unmapped.pk), reason="For a test", out=tmp_path, stderr=StringIO())

    (path,) = tmp_path.iterdir()
    assert path.name == "scheduling-unmapped-department.json"
    assert nothing_of_a_patient(path.read_text())
    assert last_audit().door == "command"
    with pytest.raises(CommandError, match="No message"):
        call_command("fixture", str(flow.whole.pk), reason="For a test")
