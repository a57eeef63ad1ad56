"""The security policy of pages, and the short way in for senders."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from hub.urls import urlpatterns as hub_urls


def plain(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"user: {hasattr(request, 'user')}")


def defect(request: HttpRequest) -> HttpResponse:
    raise LookupError


urlpatterns = [path("in/trial/<str:feed>", lambda request, feed: plain(request)), path("in/defect", defect)]
urlpatterns += [path("page/", plain), *hub_urls]

pytestmark = pytest.mark.urls(__name__)


def test_a_sender_passes_no_session_and_needs_no_csrf_token() -> None:
    answer = Client(enforce_csrf_checks=True).post("/in/trial/ehr", b"{}", content_type="application/json")
    assert (answer.status_code, answer.content) == (200, b"user: False")
    assert not answer.cookies


def test_a_page_gets_the_user_the_strict_policy_and_csrf_protection() -> None:
    answer = Client().get("/page/")
    policy = answer.headers["Content-Security-Policy"]

    assert answer.content == b"user: True"
    assert "script-src 'self';" in policy + ";"
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert Client(enforce_csrf_checks=True).post("/page/").status_code == 403


@pytest.mark.django_db
def test_only_the_admin_may_evaluate_expressions() -> None:
    policy = Client().get("/admin/login/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-eval'" in policy


def test_a_sender_is_answered_also_where_the_address_or_the_code_is_wrong() -> None:
    client = Client(raise_request_exception=False)
    assert client.post("/in/nowhere").status_code == 404
    assert client.post("/in/defect").status_code == 500


@pytest.mark.django_db
def test_repeated_wrong_passwords_lock_the_person_out(django_user_model: type) -> None:
    django_user_model.objects.create_user("alice", password="right-and-long", is_staff=True)  # type: ignore[attr-defined]
    client = Client()
    for _ in range(5):
        client.post("/admin/login/", {"username": "alice", "password": "wrong"})

    answer = client.post("/admin/login/", {"username": "alice", "password": "right-and-long"})
    assert answer.status_code == 429
    assert isinstance(answer.wsgi_request.user, AnonymousUser)
