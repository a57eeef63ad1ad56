"""The policy tables: complete, about codes that exist, and readable whatever a failure leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest

from exceptions import policy
from hub.core.errors import Failure, FailureClass, Transient
from hub.core.ids import uuid7
from hub.core.parking import Held, Parked

ROOT = Path(__file__).resolve().parents[2]
#: The crosswalk makes these codes of a domain's name.
MADE_OF_A_DOMAIN = ("unmapped-", "unknown-")


@pytest.fixture(scope="module")
def sources() -> str:
    rooms = [ROOT / room for room in ("hub", "connectors", "orchestration")]
    return "\n".join(path.read_text() for room in rooms for path in room.rglob("*.py"))


def code_names() -> list[str]:
    return sorted({code for _, code in policy.BY_CODE if not code.startswith(MADE_OF_A_DOMAIN)})


def test_what_is_done_about_every_code_is_written_down() -> None:
    page = (ROOT / "docs" / "cases.md").read_text()
    assert [code for code in code_names() if f"`{code}`" not in page] == []


def test_every_class_of_failure_has_a_policy() -> None:
    assert set(policy.BY_CLASS) == set(FailureClass)


@pytest.mark.parametrize("code", code_names())
def test_every_code_with_a_policy_is_one_that_something_raises(code: str, sources: str) -> None:
    assert f'"{code}"' in sources


def failure_of(failure_class: FailureClass, code: str) -> Failure:
    failure = Failure(code, "Something stands in the way.")
    failure.failure_class = failure_class
    return failure


@pytest.mark.parametrize("key", [*policy.BY_CODE, *((item, "some-other-code") for item in FailureClass)], ids=str)
@pytest.mark.parametrize("system", ["", "ERP"])
def test_every_title_is_a_sentence_even_of_a_failure_that_tells_nothing(
    key: tuple[FailureClass, str], system: str
) -> None:
    title = policy.title(Parked(kind=Held.RUN, ref=uuid7(), failure=failure_of(*key)), system)
    assert title
    assert title[0].isupper()
    assert "{" not in title
    assert "  " not in title
    assert not title.endswith(".")


def test_what_no_system_refused_is_told_in_its_own_words() -> None:
    late = Transient("some-code", "The account is busy.")
    assert policy.title(Parked(kind=Held.RUN, ref=uuid7(), failure=late), "") == "The account is busy"
    assert policy.title(Parked(kind=Held.RUN, ref=uuid7(), failure=late), "ERP") == (
        "ERP did not take it after every retry"
    )


def test_an_outage_counts_what_waits() -> None:
    assert policy.outage_title("ERP", 1) == "ERP is down: 1 delivery waits"
    assert policy.outage_title("ERP", 1200) == "ERP is down: 1,200 deliveries wait"
