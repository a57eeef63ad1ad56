"""Mappings as people keep them: domains, policies, review, edits seen by others, versions, rules, many at once."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from connectors.models import Message
from hub.masterdata import code_tally
from hub.masterdata.models import DomainPolicy, Gaps, Mapping, Match, RuleUse
from hub.masterdata.states import MappingState
from hub.ui.format import when_text
from orchestration import inbound
from tests.exceptions.world import held, parked, unmapped
from tests.hub.console.cast import SINCE, appointment, approved, audited, last_audit, person, signed_in
from tests.hub.console.test_mappings import proposed, token, upload, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("group")]


@pytest.fixture
def stella() -> Client:
    return signed_in("stella")


@pytest.fixture
def stuart() -> Client:
    return signed_in("stuart")


def keep(domain: str = "department", **values: Any) -> DomainPolicy:
    return DomainPolicy.objects.create(domain=domain, **values)


# --- domains ------------------------------------------------------------------------------------------------
def test_every_domain_stands_on_one_page_with_who_keeps_it_and_what_waits(stella: Client) -> None:
    keep(owner="Master data", authority="Medical staff office", steward=person("stuart"), review=True)
    proposed()
    answer = stella.get("/mappings/domains/")
    text = words(answer)
    assert answer.content.decode().count('hx-get="/mappings/domains/') == 12
    assert (
        "Department Master data · Stuart Hayes Medical staff office One person · review first 2 2 1 to decide" in text
    )
    assert "Payer Nobody yet Not said yet Two people" in text
    assert "Decision tables Nobody yet" in text
    assert "/admin/masterdata/payerrule/" not in answer.content.decode()
    User.objects.filter(username="stella").update(is_staff=True)
    assert "/admin/masterdata/payerrule/" in stella.get("/mappings/domains/").content.decode()


def test_how_a_domain_is_kept_is_changed_with_a_reason_and_only_as_it_was_seen(stella: Client) -> None:
    asked = {
        "owner": "Cash",
        "authority": "ERP",
        "steward": "",
        "two_people": "on",
        "gaps": "confirmed",
        "version": "0",
    }
    assert stella.post("/mappings/domains/account/", asked).status_code == 422
    stella.post("/mappings/domains/account/", asked | {"reason": "The controller asked for it."})
    row = DomainPolicy.objects.get()
    assert (row.domain, row.owner, row.two_people, row.gaps) == ("account", "Cash", True, Gaps.CONFIRMED)
    assert (last_audit().action, last_audit().reason) == ("domain.policy", "The controller asked for it.")
    late = stella.post("/mappings/domains/account/", asked | {"reason": "Me too.", "owner": "Other"})
    assert late.status_code == 409
    assert DomainPolicy.objects.get().owner == "Cash"
    assert signed_in("linda").get("/mappings/domains/account/").status_code == 403


def test_who_makes_one_person_enough_does_not_approve_what_they_proposed(stella: Client, stuart: Client) -> None:
    stella.post("/mappings/domains/payer/", {"gaps": "shown", "version": "0", "reason": "Faster."})
    own = proposed("AET", "AETNA", domain="payer", facility="", by="stella")
    assert stella.post(f"/mappings/{own.pk}/approve/", {}).status_code == 409
    assert stuart.post(f"/mappings/{own.pk}/approve/", {}).status_code == 302


# --- the life of a mapping ----------------------------------------------------------------------------------
def test_where_a_review_is_asked_three_people_bring_a_mapping_into_effect(stella: Client, stuart: Client) -> None:
    keep(review=True, two_people=True)
    mapping = proposed(by="stuart")
    url = f"/mappings/{mapping.pk}"
    assert "Approve" not in words(stella.get(f"{url}/"))
    assert "asks for a review before anything is approved" in words(stella.post(f"{url}/approve/", {}))
    assert stuart.post(f"{url}/review/", {}).status_code == 409, "nobody reviews what they proposed"
    stella.post(f"{url}/review/", {"reason": "Looked it up."})
    assert "You reviewed this mapping" in words(stella.post(f"{url}/approve/", {}))
    assert "you proposed this mapping" in words(stuart.post(f"{url}/approve/", {}))
    mapping.refresh_from_db()
    assert (mapping.state, mapping.reviewed_by) == (MappingState.REVIEWED, "stella")


def test_only_the_owner_approves_where_the_domain_says_so(stella: Client, stuart: Client) -> None:
    keep(only_steward=True, steward=person("stuart"))
    mapping = proposed(by="stella")
    assert "Only who answers for the department domain approves in it: Stuart Hayes." in words(
        stella.post(f"/mappings/{mapping.pk}/approve/", {})
    )
    assert stuart.post(f"/mappings/{mapping.pk}/approve/", {}).status_code == 302


def test_days_without_a_meaning_are_confirmed_or_refused_as_the_domain_says(stella: Client) -> None:
    policy = keep(gaps=Gaps.CONFIRMED)
    mapping = Mapping.objects.get(local_code="CARDIO")
    url, asked = f"/mappings/{mapping.pk}/retire/", {"on": "2026-12-01", "reason": "New codes."}
    refused = words(stella.post(url, asked))
    assert "CARDIO would mean nothing from 2026-12-01 on." in refused
    assert "Leave these days without a meaning" in refused
    DomainPolicy.objects.update(gaps=Gaps.REFUSED)
    assert stella.post(url, asked | {"leave_gap": "on"}).status_code == 409
    DomainPolicy.objects.filter(pk=policy.pk).update(gaps=Gaps.CONFIRMED)
    assert stella.post(url, asked | {"leave_gap": "on"}).status_code == 302


def test_an_approved_mapping_is_scheduled_effective_or_ended_by_its_days(stella: Client) -> None:
    def badge(start: date, end: date | None) -> str:
        mapping = Mapping.objects.get(local_code="CARDIO")
        Mapping.objects.filter(pk=mapping.pk).update(effective=(start, end))
        return re.findall(
            r'class="badge"[^>]*>(?:<[^>]+>)*\s*([A-Z]\w+)', stella.get(f"/mappings/{mapping.pk}/").content.decode()
        )[0]

    assert badge(SINCE, None) == "Effective"
    assert badge(date(2030, 1, 1), None) == "Scheduled"
    assert badge(SINCE, date(2024, 6, 1)) == "Ended"
    for life, count in (("ended", 1), ("scheduled", 0), ("effective", 3)):
        assert stella.get(f"/mappings/?state={life}").content.decode().count("data-row-link") == count, life


def test_a_file_leaves_no_days_without_a_meaning_where_the_domain_asks_about_them(stella: Client) -> None:
    row = "domain,system,local_code,canonical_code,effective_from,effective_until\n"
    row += "department,scheduling,CARDIO,CARD,2024-01-01,2026-12-01\n"
    assert token(upload(stella, row))
    keep(gaps=Gaps.REFUSED)
    assert "leaves no day without a meaning unseen" in words(upload(stella, row))


def test_a_replacement_says_how_many_open_runs_will_post_by_it(stella: Client) -> None:
    appointment(1, department="CARDIO")
    inbound.process()
    mapping = proposed("CARDIO", "PHYS", facility="")
    Mapping.objects.filter(pk=mapping.pk).update(effective=(date(2026, 12, 1), None))
    asked = words(stella.get(f"/mappings/{mapping.pk}/approve/"))
    assert re.search(r"Nothing waits for it. It changes what \d+ open runs? will post from then on.", asked)


# --- two people at once -------------------------------------------------------------------------------------
def test_who_saves_second_is_told_what_the_first_changed_and_nothing_is_lost(stella: Client, stuart: Client) -> None:
    mapping = proposed(by="stuart")
    asked = {"canonical_code": "CARD", "effective_from": "2024-01-01", "note": "from the fax", "version": "1"}
    stuart.post(f"/mappings/{mapping.pk}/edit/", asked)
    late = stella.post(f"/mappings/{mapping.pk}/edit/", asked | {"canonical_code": "PHYS", "note": "by phone"})
    text = words(late)
    assert late.status_code == 409
    assert (
        "Stuart Hayes changed canonical code from PHYS to CARD; Stuart Hayes changed note from nothing to from the fax"
        in text
    )
    assert 'value="by phone"' in late.content.decode(), "what was typed stays in the form"
    mapping.refresh_from_db()
    assert (mapping.canonical_code, mapping.note, mapping.version) == ("CARD", "from the fax", 2)


# --- history ------------------------------------------------------------------------------------------------
def test_an_earlier_version_is_laid_beside_today_s_and_proposed_again(stella: Client) -> None:
    mapping = proposed(by="stella")
    first = mapping.history.get().history_id
    stella.post(f"/mappings/{mapping.pk}/edit/", {"canonical_code": "CARD", "effective_from": "2024-01-01", "note": ""})
    stella.post(f"/mappings/{mapping.pk}/approve/", {})
    text = stella.get(f"/mappings/{mapping.pk}/versions/{first}/").content.decode()
    assert "Means: PHYS" in text
    assert "Means: CARD" in text
    link = re.search(r'href="(/mappings/propose/\?[^"]+)"', text)
    assert link
    form = stella.get(link[1].replace("&amp;", "&")).content.decode()
    assert '<option value="department:PHYS" selected>' in form
    assert 'value="2024-01-01"' in form
    other = Mapping.objects.get(local_code="CARDIO")
    assert stella.get(f"/mappings/{other.pk}/versions/{first}/").status_code == 404
    assert mapping.history.count() == 3, "looking back rewrites nothing"


# --- rules --------------------------------------------------------------------------------------------------
def test_a_rule_releases_what_it_takes_and_is_named_wherever_it_was_used(stella: Client) -> None:
    parked(held(unmapped("PT-NEW"), amount="100.00"))
    rule = {
        "system": "scheduling", "facility": "C07", "match": Match.PREFIX, "local_code": "PT-*",
        "canonical": "department:PHYS",
    }  # fmt: skip
    stella.post("/mappings/propose/", rule)
    mapping = Mapping.objects.get(match=Match.PREFIX)
    asked = words(stella.get(f"/mappings/{mapping.pk}/approve/"))
    assert "Every other code that begins with PT- will mean PHYS. 1 open case with 1 held item and $100.00" in asked
    stella.post(f"/mappings/{mapping.pk}/approve/", {})

    message = appointment(1, department="PT-FOOT")
    inbound.process()
    code_tally.fold()
    assert Message.objects.get(pk=message.pk).state == "processed"
    used = RuleUse.objects.get()
    assert (used.message_id, used.local_code, used.canonical_code) == (message.pk, "PT-FOOT", "PHYS")
    page = words(stella.get(f"/messages/{message.pk}/"))
    assert "Resolved by a rule" in page
    assert "PT-FOOT PHYS PT-*" in page
    assert "PT-FOOT PHYS 1 Message" in words(stella.get(f"/mappings/{mapping.pk}/"))


def test_a_mapping_says_where_its_code_came_of_late_and_since_when_that_is_counted(stella: Client) -> None:
    for number in (1, 2):
        appointment(number, department="CARDIO")
    inbound.process()
    code_tally.fold()
    mapping = Mapping.objects.get(local_code="CARDIO")
    assert "counted since" in words(stella.get(f"/mappings/{mapping.pk}/"))
    assert "C07 2" in words(stella.get(f"/mappings/{mapping.pk}/"))
    assert "In the last 30 days it came 2 times, at 1 facility." in words(stella.get(f"/mappings/{mapping.pk}/retire/"))
    approved("department", "CARDIO", "PHYS", facility="C07")
    assert "a mapping of their own goes first there: C07" in words(stella.get(f"/mappings/{mapping.pk}/"))


# --- many at once -------------------------------------------------------------------------------------------
def test_many_approvals_are_foretold_together(stella: Client) -> None:
    parked(held(unmapped(), amount="100.00"), held(unmapped(), amount="50.00"))
    ids = [proposed().pk, proposed("HEART", "CARD").pk]
    asked = words(stella.post("/mappings/", {"bulk": "approve", "ids": ids}))
    assert "1 open case with 2 held items and $150.00 at risk, at 1 facility, goes on with it." in asked


def test_a_change_of_many_shows_each_and_does_all_or_nothing(stella: Client, stuart: Client) -> None:
    ids = [one.pk for one in Mapping.objects.filter(domain="department")]
    page = stella.post("/mappings/", {"bulk": "change", "ids": ids})["Location"]
    assert stuart.get(page).content.decode().count("data-row-link") == 0, "a choice is one's own"
    asked = {"what": "meaning", "canonical_code": "PHYS", "on": "2026-12-01", "reason": "New departments."}
    text = words(stella.post(page, asked))
    assert "Nothing can be changed while one of them cannot." in text
    assert "It means PHYS already." in text
    assert f"CARD until {when_text(date(2026, 12, 1))}, PHYS from then on." in text
    assert audited() == []

    page = stella.post("/mappings/", {"bulk": "change", "ids": [Mapping.objects.get(local_code="CARDIO").pk]})[
        "Location"
    ]
    preview = stella.post(page, asked).content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', preview)
    assert seen
    forged = stella.post(page, asked | {"apply": "1", "seen": "1:1:forged"})
    assert forged.status_code == 409
    assert stella.post(page, asked | {"apply": "1", "seen": seen[1]})["Location"] == "/mappings/"
    assert Mapping.objects.get(canonical_code="PHYS", local_code="CARDIO").effective.lower == date(2026, 12, 1)
    assert [act for _, _, act in audited()][-1] == "mapping.bulk"
    assert stella.post(page, asked | {"apply": "1", "seen": seen[1]}).status_code == 409, "not twice"


# --- workbooks ----------------------------------------------------------------------------------------------
def workbook(client: Client, url: str = "/mappings/?export=xlsx") -> bytes:
    return b"".join(client.get(url).streaming_content)


def test_a_workbook_goes_out_and_comes_back_as_it_was(stella: Client) -> None:
    approved("department", "0042", "CARD", facility="C07")
    Mapping.objects.create(
        domain="department", system="scheduling", facility="C07", match=Match.PREFIX, local_code="=PT-*",
        canonical_code="PHYS", effective=(SINCE, date(2027, 1, 1)), state=MappingState.APPROVED, note="'quoted",
    )  # fmt: skip
    answer = upload(stella, workbook(stella), name="mappings.xlsx")
    assert "Everything in this file is so already." in words(answer)


def test_the_template_is_a_workbook_whose_example_can_be_imported(stella: Client) -> None:
    content = workbook(stella, "/mappings/import/template/?format=xlsx")
    assert token(upload(stella, content, name="template.xlsx")), words(upload(stella, content, name="template.xlsx"))
    assert workbook(stella, "/mappings/import/template/?format=csv").decode("utf-8-sig").startswith("domain,system,")
    assert stella.get("/mappings/import/template/?format=exe").status_code == 404


def _zip(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + bytes(100), "an old or a protected workbook"),
        (_zip(**{"xl__vbaProject.bin": b"x"}), "The workbook holds macros"),
        (_zip(bomb=bytes(60 * 1024 * 1024)), "unpacks to far more than a table of mappings"),
        (_zip(**{f"member{number}": b"" for number in range(600)}), "unpacks to far more than a table of mappings"),
        (_zip(nothing=b"x"), "no workbook that can be read"),
        (b"PK\x03\x04 and then nonsense", "no workbook that can be read"),
    ],
    ids=["old", "macros", "bomb", "many members", "no workbook", "nonsense"],
)
def test_a_workbook_that_is_none_or_means_harm_is_refused_in_words(stella: Client, content: bytes, said: str) -> None:
    answer = stella.post("/mappings/import/", {"file": SimpleUploadedFile("codes.xlsx", content)})
    assert answer.status_code == 422
    assert said in words(answer)
