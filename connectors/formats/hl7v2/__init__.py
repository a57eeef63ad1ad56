"""HL7 v2, 2.1 to 2.9: read, written, acknowledged. Pure Python; README.md tells the API."""

from __future__ import annotations

from connectors.formats.hl7v2.ack import AckCode, build_ack, build_batch_ack
from connectors.formats.hl7v2.batch import (
    MessageFile,
    Unreadable,
    batch_faults,
    frames_of,
    is_batch,
    parse_file,
    split_messages,
)
from connectors.formats.hl7v2.build import FieldValue, SegmentSpec, build_message
from connectors.formats.hl7v2.delimiters import STANDARD, Delimiters
from connectors.formats.hl7v2.faults import ErrorCode, Fault, Hl7Refused, Severity
from connectors.formats.hl7v2.header import Header, peek_header
from connectors.formats.hl7v2.message import Message
from connectors.formats.hl7v2.parser import parse_message
from connectors.formats.hl7v2.segment import NULL, Repetition, Segment
from connectors.formats.hl7v2.timestamps import format_timestamp, parse_date, parse_timestamp

__all__ = [
    "NULL",
    "STANDARD",
    "AckCode",
    "Delimiters",
    "ErrorCode",
    "Fault",
    "FieldValue",
    "Header",
    "Hl7Refused",
    "Message",
    "MessageFile",
    "Repetition",
    "Segment",
    "SegmentSpec",
    "Severity",
    "Unreadable",
    "batch_faults",
    "build_ack",
    "build_batch_ack",
    "build_message",
    "format_timestamp",
    "frames_of",
    "is_batch",
    "parse_date",
    "parse_file",
    "parse_message",
    "parse_timestamp",
    "peek_header",
    "split_messages",
]
