"""How far the sandbox's day has come, on disk, so that it goes on where it was stopped."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

from connectors.sandbox.senders import Answer, Outgoing


class Progress:
    """`day.json` holds the date and the phases that are done, `sent.jsonl` a line for each answered message.

    A message that was answered just before a kill, and not written down, is sent again and is a duplicate there.
    """

    def __init__(self, home: Path, today: date) -> None:
        self._home = home
        self._lock = Lock()
        self._day = self._read_day() or {"today": today.isoformat(), "phases": [], "facts": {}}
        self._sent: dict[tuple[str, str], str] = self._read_sent()
        self._write_day()

    @property
    def today(self) -> date:
        """The day on which the sandbox's day was begun: it stays, however long the run is interrupted."""
        return date.fromisoformat(self._day["today"])

    def is_done(self, phase: str) -> bool:
        return phase in self._day["phases"]

    def finish(self, phase: str) -> None:
        self._day["phases"].append(phase)
        self._write_day()

    def note(self, name: str, value: Any) -> None:
        """Keep a fact of the day (plain JSON) for the report."""
        self._day["facts"][name] = value
        self._write_day()

    def fact(self, name: str) -> Any:
        return self._day["facts"].get(name)

    def was_sent(self, message: Outgoing, occurrence: str) -> bool:
        return (message.feed, f"{message.key}{occurrence}") in self._sent

    def sent(self, message: Outgoing, occurrence: str, answer: Answer) -> None:
        line = {"feed": message.feed, "key": f"{message.key}{occurrence}", "answer": answer.value}
        with self._lock:
            self._sent[message.feed, line["key"]] = answer.value
            with (self._home / "sent.jsonl").open("a") as file:
                file.write(json.dumps(line) + "\n")

    def counts(self) -> dict[str, dict[str, int]]:
        """Messages answered, by feed and answer."""
        counts: dict[str, Counter[str]] = {}
        for (feed, _), answer in self._sent.items():
            counts.setdefault(feed, Counter())[answer] += 1
        return {feed: dict(sorted(counter.items())) for feed, counter in sorted(counts.items())}

    def write_sent(self) -> None:
        """`sent.json`: what the sandbox sent and what should come of it, for the demo's report."""
        facts: Mapping[str, Any] = self._day["facts"]
        _write(self._home / "sent.json", {"today": self._day["today"], "messages": self.counts(), **facts})

    def _read_day(self) -> dict[str, Any] | None:
        path = self._home / "day.json"
        if not path.exists():
            return None
        fields: dict[str, Any] = json.loads(path.read_text())
        return fields

    def _write_day(self) -> None:
        _write(self._home / "day.json", self._day)

    def _read_sent(self) -> dict[tuple[str, str], str]:
        path = self._home / "sent.jsonl"
        sent: dict[tuple[str, str], str] = {}
        for line in path.read_text().splitlines() if path.exists() else ():
            try:
                fields = json.loads(line)
            except json.JSONDecodeError:  # cut short by a kill
                continue
            sent[fields["feed"], fields["key"]] = fields["answer"]
        return sent


def _write(path: Path, value: object) -> None:
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(value, indent=2) + "\n")
    os.replace(scratch, path)
