"""Credentials are rotated without an outage: outbound against a real server, inbound with the old beside the new."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from connectors import credentials, lanes, seed, selectors
from connectors.models import Feed, System
from connectors.sandbox import settings as sandbox
from connectors.webhook_signature import sign, verify
from hub.core import clock
from hub.core.errors import BusinessRefusal, SecurityRefusal
from hub.core.sealing import open_json, seal_json
from hub.governance.access import Actor, Door
from hub.governance.models import AuditEntry
from hub.governance.roles import Role
from tests.connectors.erp.conftest import Far
from tests.hub.governance.people import actor

pytestmark = pytest.mark.django_db


def eve() -> Actor:
    found = User.objects.filter(username="eve").first()
    return Actor.of(found, Door.PAGE) if found else actor("eve", Role.ENGINEER)


RIGHT = "sandbox-erp-secret"
DAY = timedelta(days=1)


@pytest.fixture
def erp(sandbox_erp: Far) -> System:
    """A system that reaches the sandbox's ERP with a secret that is over."""
    made = System.objects.create(
        code="erp", number="S2", name="ERP", connector="erp_cloud", base_url=sandbox_erp.server.url,
        sealed_secrets=seal_json({"client_id": "throughline", "client_secret": "last-year"}),
    )  # fmt: skip
    yield made  # type: ignore[misc]
    lanes.close_clients()


def rotate(value: str, *, name: str = "client_secret", untried: bool = False) -> System:
    return credentials.rotate_system_secret(
        code="erp", name=name, value=value, actor=eve(), reason="Yearly", untried=untried
    )


def kept() -> dict[str, str]:
    return dict(open_json(System.objects.get(code="erp").sealed_secrets))


def test_a_new_secret_takes_the_place_of_the_old_once_the_system_let_it_in(erp: System) -> None:
    assert credentials.secret_names(erp) == ["client_id", "client_secret"]
    rotate(RIGHT)
    assert kept() == {"client_id": "throughline", "client_secret": RIGHT}
    entry = AuditEntry.objects.get()
    assert entry.after == {"secret": "client_secret", "value": "replaced", "tried_first": True}
    assert RIGHT not in str(vars(entry))


def test_a_secret_that_the_system_refuses_leaves_the_old_one_in_use(erp: System) -> None:
    with pytest.raises(BusinessRefusal, match="did not let us in") as refused:
        rotate("mistyped-secret")
    assert kept()["client_secret"] == "last-year"
    assert "mistyped-secret" not in str(refused.value)
    rotate("mistyped-secret", untried=True)
    assert kept()["client_secret"] == "mistyped-secret"
    assert AuditEntry.objects.get().after["tried_first"] is False


@pytest.mark.parametrize(
    ("name", "value"), [("no_such", RIGHT), ("client_secret", " "), ("client_secret", "last-year")]
)
def test_a_rotation_that_is_none_is_refused_before_anybody_is_asked(erp: System, name: str, value: str) -> None:
    with pytest.raises(BusinessRefusal):
        rotate(value, name=name)
    assert kept()["client_secret"] == "last-year"


# --- inbound ------------------------------------------------------------------------------------------------
@pytest.fixture
def feed() -> Feed:
    seed.seed()
    selectors.forget_feeds()
    return Feed.objects.get(code="scheduling")


def signs(secret: str) -> bool:
    """Whether a webhook that `secret` signed is taken for the sender's own."""
    moment = clock.machine_now()
    try:
        verify(b"{}", sign(b"{}", "w1", secret, moment), selectors.feed("scheduling").secrets, moment)
    except SecurityRefusal:
        return False
    return True


def rotate_feed(overlap: timedelta = DAY, value: str = "") -> str:
    return credentials.rotate_feed_secret(code="scheduling", overlap=overlap, actor=eve(), reason="Yearly", value=value)


def test_the_old_secret_counts_beside_the_new_one_until_its_time_is_over(feed: Feed) -> None:
    fresh = rotate_feed()
    assert (signs(fresh), signs(sandbox.SCHEDULING_SECRET)) == (True, True)

    Feed.objects.update(old_secrets_until=clock.machine_now())
    selectors.forget_feeds()
    assert (signs(fresh), signs(sandbox.SCHEDULING_SECRET)) == (True, False)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.after["old_one_counts_hours"]) == ("feed.rotate_secret", 24)
    assert fresh not in str(vars(entry))


def test_an_overlap_is_ended_once_the_sender_has_changed_over(feed: Feed) -> None:
    fresh = rotate_feed()
    credentials.end_overlap(code="scheduling", actor=eve(), reason="Changed over")
    assert (signs(fresh), signs(sandbox.SCHEDULING_SECRET)) == (True, False)
    with pytest.raises(BusinessRefusal, match="Only one secret"):
        credentials.end_overlap(code="scheduling", actor=eve(), reason="Again")


def test_rotating_twice_keeps_one_old_secret_and_without_an_overlap_none(feed: Feed) -> None:
    first, second = rotate_feed(), rotate_feed()
    assert (signs(second), signs(first), signs(sandbox.SCHEDULING_SECRET)) == (True, True, False)
    third = rotate_feed(timedelta(0))
    assert (signs(third), signs(second)) == (True, False)


def test_a_secret_that_the_sender_chose_is_of_the_kind_that_it_signs_with(feed: Feed) -> None:
    for wrong in ("short", "whsec_not base64 at all", "no-prefix-but-long-enough", sandbox.SCHEDULING_SECRET):
        with pytest.raises(BusinessRefusal):
            rotate_feed(value=wrong)
    chosen = "whsec_" + "QUJD" * 10
    assert rotate_feed(value=chosen) == chosen
    assert signs(chosen)


def test_only_those_who_operate_systems_rotate(feed: Feed) -> None:
    lou = actor("lou", Role.LEAD)
    with pytest.raises(PermissionDenied):
        credentials.rotate_feed_secret(code="scheduling", overlap=DAY, actor=lou, reason="x")
    with pytest.raises(PermissionDenied):
        credentials.rotate_system_secret(code="erp", name="client_secret", value=RIGHT, actor=lou, reason="x")


def test_a_feed_that_proves_its_sender_otherwise_has_nothing_to_rotate(feed: Feed) -> None:
    with pytest.raises(BusinessRefusal, match="in another way"):
        credentials.rotate_feed_secret(code="siu", overlap=DAY, actor=eve(), reason="x")
