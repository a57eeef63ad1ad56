"""Make the 999 for a file received, out of the faults found in it.

A 999 speaks of syntax. That a remittance does not balance is no matter of syntax, nor are warnings; both leave a
transaction accepted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from connectors.formats.x12.acknowledgement import (
    ACCEPTED,
    PARTLY,
    REJECTED,
    Acknowledgement,
    ElementError,
    GroupResponse,
    SegmentError,
    TransactionResponse,
)
from connectors.formats.x12.faults import Fault, FaultCode, Severity
from connectors.formats.x12.reader import Source, read
from connectors.formats.x12.transaction import GroupHeader, TransactionHeader, TransactionTrailer
from connectors.formats.x12.values import count_value

#: Segment errors told of one transaction; a file that is wrong throughout needs no longer answer.
MAX_SEGMENT_ERRORS = 100

#: IK304 for faults of a segment as a whole; 8 says that its elements are wrong.
_SEGMENT_CODES = {
    FaultCode.UNKNOWN_SEGMENT: "1",
    FaultCode.MISPLACED_SEGMENT: "2",
    FaultCode.MISSING_SEGMENT: "3",
}
_ELEMENTS_WRONG = "8"
#: IK403.
_ELEMENT_CODES = {
    FaultCode.MISSING_ELEMENT: "1",
    FaultCode.NOT_A_NUMBER: "6",
    FaultCode.UNKNOWN_CODE: "7",
    FaultCode.NOT_A_DATE: "8",
}
#: IK502, by fault code and the segment that shows it.
_TRANSACTION_CODES = {
    (FaultCode.MISSING_TRAILER, "SE"): "2",
    (FaultCode.CONTROL_NUMBER, "SE"): "3",
    (FaultCode.COUNT, "SE"): "4",
    (FaultCode.MISSING_ELEMENT, "ST"): "7",
    (FaultCode.DUPLICATE_CONTROL_NUMBER, "ST"): "23",
    (FaultCode.UNKNOWN_GUIDE, "ST"): "I6",
}
_SEGMENTS_WRONG = "5"
#: AK905.
_GROUP_CODES = {
    (FaultCode.MISSING_TRAILER, "GE"): "3",
    (FaultCode.CONTROL_NUMBER, "GE"): "4",
    (FaultCode.COUNT, "GE"): "5",
    (FaultCode.DUPLICATE_CONTROL_NUMBER, "GS"): "19",
}
_BALANCE = frozenset({FaultCode.LINE_BALANCE, FaultCode.CLAIM_BALANCE, FaultCode.TRANSACTION_BALANCE})


@dataclass(slots=True)
class _Transaction:
    header: TransactionHeader
    faults: list[Fault] = field(default_factory=list)
    failed: bool = False


@dataclass(slots=True)
class _Group:
    header: GroupHeader
    transactions: list[_Transaction] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    stated: int | None = None


def acknowledge(source: Source) -> tuple[Acknowledgement, ...]:
    """One acknowledgement per group of `source`. None where the file has no group: there is nothing to answer to."""
    groups: list[_Group] = []
    open_transaction: _Transaction | None = None
    for item in read(source):
        match item:
            case GroupHeader():
                groups.append(_Group(item))
            case TransactionHeader() if groups:
                open_transaction = _Transaction(item)
                groups[-1].transactions.append(open_transaction)
            case TransactionTrailer():
                open_transaction = None
            case Fault(severity=Severity.ERROR) if groups and item.code not in _BALANCE:
                _note(item, groups[-1], open_transaction)
    return tuple(_acknowledgement(group) for group in groups)


def _note(fault: Fault, group: _Group, transaction: _Transaction | None) -> None:
    key = (fault.code, fault.segment_id)
    if key in _GROUP_CODES:
        group.reasons.append(_GROUP_CODES[key])
        if fault.code is FaultCode.COUNT:
            group.stated = count_value(fault.found)
        return
    if key == (FaultCode.DUPLICATE_CONTROL_NUMBER, "ST") and transaction is None:
        return
    if transaction is None:
        return
    transaction.failed = True
    if len(transaction.faults) < MAX_SEGMENT_ERRORS:
        transaction.faults.append(fault)


def _acknowledgement(group: _Group) -> Acknowledgement:
    transactions = tuple(_response(transaction) for transaction in group.transactions)
    received = len(transactions)
    accepted = 0 if group.reasons else sum(each.accepted for each in transactions)
    status = ACCEPTED if accepted == received and not group.reasons else PARTLY if accepted else REJECTED
    header = group.header
    return Acknowledgement(
        GroupResponse(
            functional_id=header.functional_id,
            control_number=header.control_number,
            version=header.version,
            status=status,
            included=received if group.stated is None else group.stated,
            received=received,
            accepted_count=accepted,
            reasons=tuple(dict.fromkeys(group.reasons)),
        ),
        transactions,
    )


def _response(transaction: _Transaction) -> TransactionResponse:
    header = transaction.header
    errors = tuple(_segment_errors(transaction.faults))
    reasons = [
        _TRANSACTION_CODES[key]
        for key in ((fault.code, fault.segment_id) for fault in transaction.faults)
        if key in _TRANSACTION_CODES
    ]
    if errors:
        reasons.append(_SEGMENTS_WRONG)
    return TransactionResponse(
        code=header.code,
        control_number=header.control_number,
        version=header.version,
        status=REJECTED if transaction.failed else ACCEPTED,
        errors=errors,
        reasons=tuple(dict.fromkeys(reasons)),
        group_control_number=header.group_control,
    )


def _segment_errors(faults: Iterable[Fault]) -> Iterable[SegmentError]:
    """The faults as IK3s, those of the elements of one segment together."""
    elements: dict[tuple[int, str, str], list[ElementError]] = {}
    for fault in faults:
        if (fault.code, fault.segment_id) in _TRANSACTION_CODES:
            continue
        found = elements.setdefault((fault.position, fault.segment_id, _segment_code(fault)), [])
        if fault.code in _ELEMENT_CODES and fault.element:
            found.append(_element_error(fault))
    loops = {(fault.position, fault.segment_id): fault.loop for fault in faults}
    for (position, segment_id, code), errors in elements.items():
        name = segment_id if len(segment_id) > 1 else "UNK"
        yield SegmentError(name, position, code, loops[position, segment_id], tuple(errors))


def _segment_code(fault: Fault) -> str:
    return _SEGMENT_CODES.get(fault.code, _ELEMENTS_WRONG)


def _element_error(fault: Fault) -> ElementError:
    number, _, component = fault.element[len(fault.segment_id) :].partition("-")
    return ElementError(int(number), _ELEMENT_CODES[fault.code], int(component or 0))
