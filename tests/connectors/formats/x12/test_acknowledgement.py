"""999: made for a file received, written, and read back."""

from __future__ import annotations

from connectors.formats.x12 import (
    Acknowledgement,
    ElementError,
    Fault,
    GroupResponse,
    SegmentError,
    TransactionResponse,
    acknowledge,
    read_999,
    write_837p,
    write_999,
)
from tests.connectors.formats.x12.cast import RECEIVER, SUBMITTER, claim, interchange
from tests.connectors.formats.x12.x12_text import CLAIM, codes, remittance

SENT = write_837p(
    [claim("ACC-1"), claim("ACC-2")], submitter=SUBMITTER, receiver=RECEIVER, reference="B1", interchange=interchange()
)


def answer(data: bytes) -> Acknowledgement:
    (only,) = acknowledge([data])
    return only


def test_a_sound_file_is_accepted_transaction_by_transaction() -> None:
    found = answer(SENT)

    assert found.group == GroupResponse("HC", "101", "005010X222A1", "A", 2, 2, 2)
    assert [(each.control_number, each.status, each.errors) for each in found.transactions] == [
        ("0001", "A", ()),
        ("0002", "A", ()),
    ]
    assert found.group.accepted


def test_a_transaction_with_faults_is_rejected_and_the_others_are_not() -> None:
    found = answer(SENT.replace(b"*170.5*", b"*abc*", 1))

    first, second = found.transactions
    assert (first.status, first.reasons, first.accepted) == ("R", ("5",), False)
    assert first.errors == (SegmentError("CLM", 19, "8", "2300", (ElementError(2, "6"),)),)
    assert second.status == "A"
    assert (found.group.status, found.group.accepted_count) == ("P", 1)
    assert not found.group.accepted


def test_each_kind_of_fault_has_its_code() -> None:
    broken = (
        SENT.replace(b"HI*ABK:I10", b"ZZZ*1~HI*ABK:I10", 1)
        .replace(b"DMG*D8*19800229", b"DMG*D8*1980", 1)
        .replace(b"SBR*P*", b"SBR*?*", 1)
        .replace(b"SV1*HC:99213:25*125*", b"SV1**125*", 1)
        .replace(b"NM1*PR*2*Aetna*****PI*60054~", b"", 1)
    )

    first = answer(broken).transactions[0]

    assert {(error.segment_id, error.code) for error in first.errors} == {
        ("SBR", "8"),
        ("DMG", "8"),
        ("NM1", "3"),
        ("ZZZ", "1"),
        ("SV1", "8"),
    }
    elements = {(error.segment_id, each.position, each.code) for error in first.errors for each in error.elements}
    assert elements == {("SBR", 1, "7"), ("DMG", 2, "8"), ("SV1", 1, "1")}
    assert first.reasons == ("5",)


def test_wrong_trailers_are_told_in_ik5_and_ak9() -> None:
    cut = SENT[: SENT.index(b"GE*")].replace(b"SE*31*0002~", b"")

    found = answer(cut)

    assert found.transactions[1].reasons == ("2",)
    assert found.group.reasons == ("3",)
    assert (found.group.status, found.group.accepted_count) == ("R", 0)
    assert answer(SENT.replace(b"SE*31*0002", b"SE*31*0003")).transactions[1].reasons == ("3",)
    wrong = answer(SENT.replace(b"GE*2*101", b"GE*5*102")).group
    assert (wrong.reasons, wrong.included, wrong.received) == (("5", "4"), 5, 2)


def test_a_control_number_used_twice_rejects_the_second() -> None:
    found = answer(SENT.replace(b"*0002", b"*0001"))

    assert [each.reasons for each in found.transactions] == [(), ("23",)]


def test_balance_and_warnings_are_no_matter_of_syntax() -> None:
    unbalanced = remittance(*CLAIM).replace(b"CAS*CO*45*10.00", b"CAS*CO*45*11.00")

    assert codes(unbalanced)
    assert answer(unbalanced).group.status == "A"
    assert answer(SENT.replace(b"*170.5*", b"*171*")).group.status == "A"


def test_each_group_has_its_own_answer_and_what_is_no_x12_has_none() -> None:
    assert len(acknowledge([SENT * 2])) == 2
    assert acknowledge([b"hello"]) == ()


def test_a_file_wrong_throughout_gives_an_answer_of_bounded_length() -> None:
    found = answer(remittance(*["ZZZ*1"] * 5000))

    assert len(found.transactions[0].errors) == 100


def test_what_is_written_is_read_back_the_same() -> None:
    sent = answer(SENT.replace(b"*170.5*", b"*abc*", 1).replace(b"HI*ABK", b"ZZ*1~HI*ABK"))

    items = list(read_999([write_999([sent], interchange=interchange())]))

    assert [item for item in items if isinstance(item, Fault)] == []
    assert items == [*sent.transactions, sent.group]
    assert all(item.group_control_number == "101" for item in items if isinstance(item, TransactionResponse))


def test_a_999_with_context_segments_and_components_is_read() -> None:
    body = (
        "AK1*HC*17*005010X222A1~AK2*837*0001~IK3*CLM*22*2300*8~CTX*CLM01:123~IK4*5:3*1325*7*X~"
        "CTX*SITUATIONAL TRIGGER*CLM*43**5:3~IK5*R*5*I5~AK9*R*1*1*0*5~"
    )
    data = remittance().decode()
    head, tail = data[: data.index("ST*")], data[data.index("GE*") :]
    text = f"{head}ST*999*0001*005010X231A1~{body}SE*10*0001~{tail}"

    transaction, group = [item for item in read_999([text.encode()]) if not isinstance(item, Fault)]

    assert isinstance(transaction, TransactionResponse)
    assert transaction.errors == (SegmentError("CLM", 22, "8", "2300", (ElementError(5, "7", 3),)),)
    assert transaction.reasons == ("5", "I5")
    assert isinstance(group, GroupResponse)
    assert (group.status, group.accepted_count, group.reasons) == ("R", 0, ("5",))
