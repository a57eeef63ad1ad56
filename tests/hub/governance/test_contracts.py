from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.core.management import call_command

from hub.core.events import BY_TYPE, Event, classification
from hub.governance import contracts
from hub.governance.models import Contract, Lifecycle

FIXTURES = sorted(Path(contracts.BASE_DIR, "connectors").glob("*/fixtures/*.expected.json"))


@pytest.mark.parametrize("event_class", BY_TYPE.values(), ids=BY_TYPE)
def test_an_event_is_as_its_contract_under_version_control_says(event_class: type[Event]) -> None:
    """It differs? A consumer may break: raise VERSION, or see that the change is harmless, and run
    `manage.py sync_contracts --write`."""
    path = contracts.EVENT_FOLDER / contracts.file_name(event_class)

    assert path.read_text() == contracts.as_text(contracts.event_schema(event_class))


def test_no_contract_lies_around_that_no_event_keeps() -> None:
    current = {contracts.file_name(event_class) for event_class in BY_TYPE.values()}
    lying = {path.name for path in contracts.EVENT_FOLDER.iterdir()}

    assert {name for name in lying - current if name.rpartition(".v")[0] not in BY_TYPE} == set()


@pytest.mark.parametrize("event_class", BY_TYPE.values(), ids=BY_TYPE)
def test_a_schema_is_valid_and_classifies_every_field(event_class: type[Event]) -> None:
    schema = contracts.event_schema(event_class)

    jsonschema_rs.meta.validate(schema)
    assert contracts.classification_of(schema) == {
        name: kind.value for name, kind in classification(event_class).items()
    }


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_what_the_translators_make_keeps_its_contract(path: Path) -> None:
    for expected in json.loads(path.read_text()):
        values: dict[str, Any] = dict(expected)
        schema = contracts.event_schema(BY_TYPE[values.pop("type")])

        jsonschema_rs.validator_for(schema, validate_formats=True).validate(values)


def test_feeds_contracts_are_named_and_numbered_by_their_id() -> None:
    found = {(source.name, source.version) for source in contracts.feed_contracts()}

    assert {("scheduling", 1), ("scheduling", 2), ("gateway.event", 1)} <= found


@pytest.mark.django_db
def test_a_migrated_database_knows_the_contracts() -> None:
    known = Contract.objects.get(name="encounter.registered", version=1)

    assert known.lifecycle == Lifecycle.ACTIVE
    assert known.classification["patient_last_name"] == "pii"
    assert known.classification["diagnoses"] == "phi"
    assert Contract.objects.filter(name="scheduling").count() == 2


@pytest.mark.django_db
def test_storing_again_mends_the_schema_and_leaves_what_people_decided() -> None:
    Contract.objects.filter(name="scheduling", version=1).update(
        schema={}, lifecycle=Lifecycle.DEPRECATED, owner="Clinics"
    )
    said = StringIO()

    call_command("sync_contracts", stdout=said)

    mended = Contract.objects.get(name="scheduling", version=1)
    assert "1 contracts stored" in said.getvalue()
    assert mended.schema["title"]
    assert (mended.lifecycle, mended.owner) == (Lifecycle.DEPRECATED, "Clinics")
    assert contracts.sync() == 0
