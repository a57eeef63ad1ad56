"""In and out: the sign-in, its lock, the sign-out, and where one lands."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.hub.console.cast import person, signed_in

pytestmark = pytest.mark.django_db

RIGHT = {"username": "linda", "password": "open sesame"}
WRONG = {"username": "linda", "password": "open barley"}


def test_nobody_is_led_to_the_sign_in_and_back_to_where_they_wanted(client: Client) -> None:
    person("linda")
    led = client.get("/cases/?queue=cash")
    assert led["Location"] == "/sign-in/?next=/cases/%3Fqueue%3Dcash"
    assert b"Sign in" in client.get(led["Location"]).content

    answer = client.post("/sign-in/", RIGHT | {"next": "/cases/?queue=cash"})

    assert answer["Location"] == "/cases/?queue=cash"


def test_without_a_wish_one_lands_at_home(client: Client) -> None:
    person("linda")
    assert client.post("/sign-in/", RIGHT)["Location"] == "/"
    assert b"Hello, Linda" in client.get("/").content
    assert client.get("/sign-in/")["Location"] == "/", "who is in is not asked again"


def test_another_site_is_no_place_to_go_on_to(client: Client) -> None:
    person("linda")
    assert client.post("/sign-in/", RIGHT | {"next": "https://elsewhere.example/"})["Location"] == "/"


def test_a_wrong_password_says_so_and_five_lock_the_door_for_a_while(client: Client) -> None:
    person("linda")
    first = client.post("/sign-in/", WRONG)
    assert first.status_code == 200
    assert b"Please enter a correct username and password" in first.content

    last = [client.post("/sign-in/", WRONG) for _ in range(4)][-1]

    assert last.status_code == 429
    assert b"This sign-in is locked for 15 min." in last.content
    assert client.post("/sign-in/", RIGHT).status_code == 429, "the right password does not help now"


def test_one_leaves_by_a_button_and_not_by_a_link() -> None:
    client = signed_in("linda")
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert client.get("/")["Location"] == "/sign-in/?next=/"


def test_a_fragment_sends_the_browser_to_the_sign_in(client: Client) -> None:
    answer = client.get("/cases/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/sign-in/"


def test_someone_without_a_role_is_told_whom_to_ask() -> None:
    client = signed_in("nora")
    text = client.get("/").content.decode()
    assert "No role yet" in text
    assert "Work queue" not in text
    refused = client.get("/cases/")
    assert refused.status_code == 403
    assert "You may not do this" in refused.content.decode()
