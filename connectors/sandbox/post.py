"""The sandbox's outgoing post: every feed over a connection of its own, in order, and each message only once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from connectors.sandbox import group
from connectors.sandbox.progress import Progress
from connectors.sandbox.scheduling_books import SchedulingBooks
from connectors.sandbox.senders import Answer, Outgoing, sender


class Post:
    """Sends lists of messages; what was answered in an earlier run is left out."""

    def __init__(self, progress: Progress, scheduling: SchedulingBooks) -> None:
        """`scheduling` is where the SaaS keeps its changes: it can be read back for what a webhook did not bring."""
        self._progress = progress
        self._scheduling = scheduling

    def send(self, messages: Iterable[Outgoing]) -> None:
        """Returns when each is answered. Raises HubAway where the hub does not come back."""
        feeds: dict[str, list[Outgoing]] = {}
        for message in messages:
            feeds.setdefault(message.feed, []).append(message)
        with ThreadPoolExecutor(max_workers=max(len(feeds), 1)) as pool:
            for done in [pool.submit(self._send_all, feed, mine) for feed, mine in feeds.items()]:
                done.result()

    def _send_all(self, feed: str, messages: Iterable[Outgoing]) -> None:
        connection = sender(feed)
        seen: Counter[str] = Counter()
        try:
            for message in messages:
                # The same message a second time is a duplicate that is sent on purpose.
                seen[message.key] += 1
                occurrence = "" if seen[message.key] == 1 else f"#{seen[message.key]}"
                if self._progress.was_sent(message, occurrence):
                    continue
                answer = Answer.LOST if message.lost else connection.send(message)
                if feed == group.SCHEDULING and not message.spoiled:
                    # Not before: read back in between, the webhook itself would be the duplicate.
                    self._scheduling.note(message.key, message.body)
                self._progress.sent(message, occurrence, answer)
        finally:
            connection.close()
