"""Detail pages and actions: scope, versions, refusals."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.hub.ui.conftest import person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.hub.ui.site")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def bob(db: None) -> Any:
    return person("bob", last_name="1", is_staff=True)


@pytest.fixture
def charlie(db: None) -> Any:
    """Outside everyone's scope."""
    return person("charlie")


def rename(client: Client, who: Any, name: str, *, version: str = "1", **headers: Any) -> Any:
    return client.post(f"/people/{who.pk}/rename/", {"name": name, "version": version}, **headers)


def name_of(who: Any) -> str:
    return str(get_user_model().objects.get(pk=who.pk).username)


# --- detail pages -------------------------------------------------------------------------------------------
def test_a_detail_page_shows_facts_panels_and_actions(signed_in: Client, bob: Any) -> None:
    html = signed_in.get(f"/people/{bob.pk}/").content.decode()
    assert "<h1>bob</h1>" in html
    assert "Last name" in html
    assert 'hx-get="/later/"' in html
    assert f'hx-get="/people/{bob.pk}/rename/"' in html


def test_what_is_out_of_scope_says_so_without_saying_what_it_is(signed_in: Client, charlie: Any) -> None:
    response = signed_in.get(f"/people/{charlie.pk}/")
    assert response.status_code == 403
    assert "outside your facilities" in response.content.decode()
    assert "charlie" not in response.content.decode()


@pytest.mark.parametrize("key", ["999999", "not-a-key"])
def test_what_does_not_exist_is_not_found(signed_in: Client, key: str) -> None:
    response = signed_in.get(f"/people/{key}/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_stranger_learns_nothing_at_all(client: Client, bob: Any, charlie: Any) -> None:
    for key in (bob.pk, charlie.pk, 999999):
        assert client.get(f"/people/{key}/").status_code == 302
        assert client.get(f"/people/{key}/rename/").status_code == 302


# --- actions ------------------------------------------------------------------------------------------------
def test_an_action_asks_in_a_dialog_or_on_a_page_of_its_own(signed_in: Client, bob: Any) -> None:
    dialog = signed_in.get(f"/people/{bob.pk}/rename/", headers=HTMX).content.decode()
    page = signed_in.get(f"/people/{bob.pk}/rename/").content.decode()
    assert dialog.lstrip().startswith("<dialog")
    assert page.startswith("<!doctype html>")
    for html in (dialog, page):
        assert "The sign-in changes." in html
        assert '<input type="hidden" name="version" value="1">' in html


def test_it_acts_says_so_and_leads_to_the_object(signed_in: Client, bob: Any) -> None:
    response = rename(signed_in, bob, "robert", follow=True)
    assert name_of(bob) == "robert"
    assert response.redirect_chain == [(f"/people/{bob.pk}/", 302)]
    assert "Renamed to robert." in response.content.decode()


def test_htmx_is_led_there_as_a_whole_page(signed_in: Client, bob: Any) -> None:
    response = rename(signed_in, bob, "robert", headers=HTMX)
    assert response["HX-Redirect"] == f"/people/{bob.pk}/"
    assert "Renamed to robert." in signed_in.get(f"/people/{bob.pk}/").content.decode()


def test_a_faulty_form_comes_back_with_what_is_wrong(signed_in: Client, bob: Any) -> None:
    response = rename(signed_in, bob, "far too long a name")
    assert response.status_code == 422
    assert "at most 10 characters" in response.content.decode()
    assert name_of(bob) == "bob"


def test_what_changed_meanwhile_is_not_overwritten_and_says_so(signed_in: Client, bob: Any) -> None:
    rename(signed_in, bob, "bobby")
    response = rename(signed_in, bob, "robert")
    html = response.content.decode()
    assert response.status_code == 409
    assert "changed while you were looking" in html
    assert "Nothing was done." in html
    assert name_of(bob) == "bobby"


def test_after_a_conflict_the_person_may_insist_on_what_is_there_now(signed_in: Client, bob: Any) -> None:
    rename(signed_in, bob, "bobby")
    html = rename(signed_in, bob, "robert").content.decode()
    assert '<input type="hidden" name="version" value="2">' in html
    rename(signed_in, bob, "robert", version="2")
    assert name_of(bob) == "robert"


def test_a_refusal_of_the_service_is_explained(signed_in: Client, bob: Any) -> None:
    response = rename(signed_in, bob, "taken")
    assert response.status_code == 409
    assert "Someone has this name. Choose another." in response.content.decode()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_the_service_forbids_is_forbidden(signed_in: Client, bob: Any, headers: dict[str, str]) -> None:
    response = rename(signed_in, bob, "root", headers=headers)
    assert response.status_code == 403
    assert "You may not do this" in response.content.decode()


def test_who_may_not_act_is_not_even_asked(signed_in: Client, bob: Any) -> None:
    get_user_model().objects.filter(pk=bob.pk).update(is_active=False)
    assert signed_in.get(f"/people/{bob.pk}/rename/").status_code == 403
    assert rename(signed_in, bob, "robert").status_code == 403
    assert name_of(bob) == "bob"


def test_an_action_on_something_out_of_scope_says_only_that(signed_in: Client, charlie: Any) -> None:
    response = rename(signed_in, charlie, "charles")
    assert response.status_code == 403
    assert "charlie" not in response.content.decode()
    assert name_of(charlie) == "charlie"


# --- refusals -----------------------------------------------------------------------------------------------
def test_a_stale_form_is_told_apart_from_a_missing_right(alice: Any) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    response = strict.post("/ui/gallery/list/", {"bulk": "count"})
    assert response.status_code == 403
    assert "This form is no longer valid" in response.content.decode()


def test_a_refused_fragment_is_a_fragment(signed_in: Client) -> None:
    html = signed_in.get("/people/999999/", headers=HTMX).content.decode()
    assert html.lstrip().startswith("<div")
    assert "There is nothing here" in html


def test_a_broken_page_needs_nothing_that_may_be_broken(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        response = client.get("/ui/gallery/problem/500/")
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
