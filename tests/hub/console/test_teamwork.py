"""On the pages: a case put aside and back, watched, merged, split, a file beside it, and what people are told."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from exceptions.models import Attachment, Case, Member, NoticePreference
from exceptions.states import CaseState
from hub.core.clock import now
from tests.exceptions.world import held, parked, unmapped
from tests.hub.console.cast import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("group")]


@pytest.fixture
def linda() -> Client:
    return signed_in("linda")


def numbers(client: Client, query: str = "") -> list[int]:
    return [row.number for row in client.get(f"/cases/?{query}").context["page"].rows]


def test_a_snoozed_case_stands_under_its_own_tab_and_comes_back(linda: Client) -> None:
    case = parked(held(due_at=now() + timedelta(days=30)))
    linda.post(f"/cases/{case.number}/snooze/", {"later": "tomorrow", "reason": "The payer calls back."})

    assert numbers(linda, "view=") == []
    assert numbers(linda, "aside=snoozed") == [case.number]
    linda.post(f"/cases/{case.number}/wake/", {})
    assert numbers(linda, "view=") == [case.number]


def test_snoozing_asks_until_when(linda: Client) -> None:
    case = parked(held())
    answer = linda.post(f"/cases/{case.number}/snooze/", {"later": "at", "reason": "Later."})

    assert answer.status_code == 422
    assert "Say until when." in answer.content.decode()


def test_who_is_named_finds_it_under_notices_and_reading_counts(linda: Client) -> None:
    case = parked(held())
    stella = signed_in("stella")
    said = linda.post(f"/cases/{case.number}/comment/", {"text": "@stella what is this code? Or @stele?"}, follow=True)
    assert "will hear of it. Not told: @stele; nobody who sees" in said.content.decode()
    page = stella.get("/notices/?view=")
    [notice] = page.context["page"].rows

    assert "Linda Park mentioned you." in page.content.decode()
    assert stella.get(f"/notices/{notice.pk}/")["Location"] == f"/cases/{case.number}/"
    assert stella.get("/notices/?unread=on").context["page"].rows == []
    assert linda.get(f"/notices/{notice.pk}/").status_code == 403


def test_a_merge_by_number_leads_to_the_case_that_holds_it_all(linda: Client) -> None:
    first, second = parked(held(unmapped("A"))), parked(held(unmapped("B")))
    answer = linda.post(f"/cases/{second.number}/merge/", {"number": first.number, "reason": "The same thing."})

    assert answer["Location"] == f"/cases/{first.number}/"
    assert Case.objects.get(pk=second.pk).merged_into == first
    unknown = linda.post(f"/cases/{first.number}/merge/", {"number": 999999, "reason": "?"})
    assert "There is no such case in your facilities." in unknown.content.decode()


def test_some_of_what_is_held_is_split_off_from_its_list(linda: Client) -> None:
    case = parked(held(), held(), held())
    one = Member.objects.filter(case=case)[0]
    form = {"bulk": "split", "ids": str(one.pk), "confirmed": "1", "title": "The odd one", "reason": "Another cause."}
    linda.post(f"/cases/{case.number}/held/", form)

    fresh = Case.objects.get(title="The odd one")
    assert (fresh.held, fresh.state) == (1, CaseState.OPEN)


def test_a_file_is_attached_kept_and_given_back_as_a_download(linda: Client) -> None:
    case = parked(held())
    letter = SimpleUploadedFile("letter.pdf", b"%PDF-1.7")
    linda.post(f"/cases/{case.number}/attach/", {"file": letter})
    kept = Attachment.objects.get()
    page = linda.get(f"/cases/{case.number}/").content.decode()
    answer = linda.get(f"/cases/files/{kept.pk}/")

    assert "letter.pdf" in page
    assert answer.content == b"%PDF-1.7"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "letter" not in answer["Content-Disposition"]
    linda.post(f"/cases/files/{kept.pk}/remove/", {"reason": "The wrong one."})
    assert not Attachment.objects.exists()


def test_files_are_not_for_those_who_only_look(linda: Client) -> None:
    case = parked(held())
    linda.post(f"/cases/{case.number}/attach/", {"file": SimpleUploadedFile("letter.pdf", b"%PDF-1.7")})

    assert signed_in("audrey").get(f"/cases/files/{Attachment.objects.get().pk}/").status_code == 403


def test_people_choose_how_they_are_told(linda: Client) -> None:
    chosen = {"mail": "daily", "quiet_from": "20:00", "quiet_until": "07:00", "time_zone": "America/Chicago"}
    assert linda.post("/notices/preferences/", chosen).status_code == 302
    kept = NoticePreference.objects.get()

    assert (kept.user.username, kept.mail, kept.quiet_from, kept.quiet_until) == ("linda", "daily", time(20), time(7))
    assert linda.get("/notices/preferences/").status_code == 200
    assert linda.post("/notices/preferences/", {**chosen, "time_zone": "Nowhere/City"}).status_code == 422
    assert linda.post("/notices/preferences/", {**chosen, "quiet_until": ""}).status_code == 422
