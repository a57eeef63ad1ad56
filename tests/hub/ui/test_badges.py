"""A state's label and tone travel with it."""

from __future__ import annotations

import pytest
from django.template import Context, Template

from hub.ui.badges import Badge, Tone, ToneChoices, badge_for, choices_name, registered
from hub.ui.gallery.examples import GalleryState


class Light(ToneChoices):
    RED = "red", Tone.CRITICAL, "Stop"
    GREEN = "green", Tone.POSITIVE, "Go"


def test_members_are_plain_values_with_label_and_tone() -> None:
    assert Light.RED == "red"
    assert Light.choices == [("red", "Stop"), ("green", "Go")]
    assert Light.RED.badge == Badge("Stop", Tone.CRITICAL)


def test_a_state_without_a_tone_cannot_be_declared() -> None:
    with pytest.raises(TypeError):

        class Shadow(ToneChoices):
            GREY = "grey", "Grey"


def test_a_plain_value_gets_its_badge_from_its_choices() -> None:
    assert badge_for("red", Light) == Badge("Stop", Tone.CRITICAL)
    assert badge_for("red", choices_name(Light)) == Badge("Stop", Tone.CRITICAL)


def test_an_unknown_value_is_shown_as_it_is() -> None:
    assert badge_for("blue", Light) == Badge("blue", Tone.NEUTRAL)


def test_an_unknown_name_of_choices_is_an_error_of_the_page() -> None:
    with pytest.raises(KeyError):
        badge_for("red", "nowhere.Nothing")


def test_declared_states_are_known_by_app_and_class() -> None:
    assert registered()[choices_name(Light)] is Light
    assert registered()["gallery.GalleryState"] is GalleryState


def test_the_tag_draws_label_and_tone() -> None:
    source = '{% load ui %}{% badge state "gallery.GalleryState" %}'
    drawn = Template(source).render(Context({"state": "blocked"}))
    assert drawn == '<span class="badge" data-tone="critical">Blocked</span>'
