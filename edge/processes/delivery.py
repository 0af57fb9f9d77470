"""Gets rows from the spool to the broker, and their marks right.

In: the spool's reading end, a publisher, and what came of each piece of network work. Out: rows
on their way, marks. Always:

- what is recorded while connected goes out at once; what waited before goes out beside it, at
  a set rate, begun at a moment that varies, so that a fleet does not pour its backlogs in step;
- after each new connection everything unacknowledged goes out again (at least once; receivers
  drop what they know by its id);
- with ``ack = "receiver"`` a row is acknowledged only by a receiver; one that stays unanswered
  goes out again after a time that varies and doubles while nobody answers, and no more than
  ``MAX_UNANSWERED`` of a backlog are on their way at once.
"""

from __future__ import annotations

import logging
import random
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from edge.report.messages import ReceivedAck
from edge.report.publish import Turn
from edge.report.spool import SpoolReader, SpoolRow
from edge.runtime.clock import Clock

log = logging.getLogger(__name__)

MAX_ANSWERS = 1000  # kept while the disk refuses; one that is dropped comes again
MAX_UNANSWERED = 1000  # a broker's usual queue for a receiver that is away
DRAIN_STARTS_WITHIN_S = 1.0
_BURST_S = 0.1
_LONGEST_PATIENCE = 16  # times resend_after
_LOOKS_IN_PATIENCE = 4
# Marks cost a transaction, so those of many rows share one.
_CLAIM = 256
_MARK_AT = 256
_MARK_EVERY_S = 0.05


class Publisher(Protocol):
    """Sends to the broker; see :class:`edge.report.publish.MqttPublisher`."""

    def turn(self, wait_s: float) -> Turn:
        """Work on the connection, waiting at most about ``wait_s``."""
        ...

    def send(self, row: SpoolRow) -> None:
        """Send a row."""
        ...

    def announce(self, topic: str, message: bytes) -> None:
        """Replace the retained message on a topic."""
        ...

    def close(self) -> None:
        """Say "offline" and end."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """How rows are sent.

    Attributes:
        by_receiver: whether only a receiver's word counts, not the broker's.
        resend_after: how long a row may stay without a receiver's word.
        drain_per_s: most rows of a backlog in a second.
    """

    by_receiver: bool = False
    resend_after: timedelta = timedelta(seconds=30)
    drain_per_s: float = 500.0


class Delivery:
    """Sends and marks rows; used from one thread.

    Args:
        reader: the spool's sending end.
        publisher: the way to the broker.
        clock: time.
        chance: varies moments.
        rules: how rows are sent.

    Attributes:
        taken_total: rows that the broker has taken.
        acknowledged_total: rows that were acknowledged.
        refused_total: acknowledgements, and other messages to the box, that were refused.
        draining: whether a backlog is on its way out.
    """

    def __init__(
        self,
        reader: SpoolReader,
        publisher: Publisher,
        clock: Clock,
        chance: random.Random,
        rules: Rules,
    ) -> None:
        self._reader = reader
        self._publisher = publisher
        self._clock = clock
        self._chance = chance
        self._rules = rules
        self._to_mark: list[tuple[str, int]] = []
        self._marked_s = 0.0
        self._claimed: deque[SpoolRow] = deque()
        self._answers: deque[ReceivedAck] = deque()
        self._begin_again = True
        self._drain_from_s = 0.0
        self._tokens = 0.0
        self._counted_s = 0.0
        self._tries = 0
        self._looked_s = float("-inf")
        self.taken_total = 0
        self.acknowledged_total = 0
        self.refused_total = 0
        self.draining = False

    def note(self, turn: Turn) -> None:
        """Take note of what came of network work; nothing is read or written."""
        self.taken_total += len(turn.taken)
        self.refused_total += turn.heard.refused
        if not self._rules.by_receiver:
            self._to_mark.extend(turn.taken)
        room = max(0, MAX_ANSWERS - len(self._answers))
        self._answers.extend(turn.heard.answers[:room])
        if turn.fresh:
            now_s = self._clock.monotonic_s()
            self._begin_again = True
            self._tokens, self._counted_s = 0.0, now_s
            self._drain_from_s = now_s + self._chance.uniform(0, DRAIN_STARTS_WITHIN_S)
            self._tries = 0

    def step(self, room: int, spare: int) -> None:
        """Mark what arrived and send what may go.

        Args:
            room: how many rows may go out now.
            spare: how many of those may be backlog.

        Raises:
            SpoolError: the spool cannot be read or marked; nothing is forgotten.
        """
        now_s = self._clock.monotonic_s()
        if (
            self._begin_again
            or len(self._to_mark) >= _MARK_AT
            or now_s - self._marked_s >= _MARK_EVERY_S
        ):
            self._marked_s = now_s
            self.mark()
        if self._begin_again:
            self._put_back()
        if room <= 0:
            return
        if self._rules.by_receiver:
            self._send_unanswered_again()
        sent = self._send_live(room)
        self._drain(min(spare, room - sent))

    def mark(self) -> None:
        """Mark all that is known to have arrived.

        Raises:
            SpoolError: the spool cannot be marked; nothing is forgotten.
        """
        self._mark_taken()
        self._mark_answered()

    def _mark_taken(self) -> None:
        numbers = defaultdict(list)
        for series, sequence in self._to_mark:
            numbers[series].append((sequence, sequence))
        for series, ranges in numbers.items():
            self.acknowledged_total += self._reader.acknowledge(series, ranges) or 0
        self._to_mark.clear()

    def _mark_answered(self) -> None:
        while self._answers:
            answer = self._answers[0]
            not_yet = [row.sequence for row in self._claimed]  # claimed, but still here
            count = self._reader.acknowledge(answer.series, answer.ranges, but_not=not_yet)
            self._answers.popleft()
            if count is None:
                self.refused_total += 1
                log.warning(
                    "an acknowledgement was refused: it is for another spool, or for numbers "
                    "that this one has not given out"
                )
                continue
            self.acknowledged_total += count
            self._tries = 0 if count else self._tries

    def _put_back(self) -> None:
        """On a new connection: all that is recorded up to now is backlog."""
        self._claimed.clear()
        self._reader.draw_line()
        while self._reader.send_again():
            pass
        self._begin_again = False

    def _send_unanswered_again(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s < self._rules.resend_after.total_seconds() / _LOOKS_IN_PATIENCE:
            return
        self._looked_s = now_s
        patience = self._rules.resend_after * min(2**self._tries, _LONGEST_PATIENCE)
        count = self._reader.send_again(patience * self._chance.uniform(1.0, 1.25))
        if count:
            self._tries = min(self._tries + 1, _LONGEST_PATIENCE.bit_length())
            log.info("%d rows stayed without a receiver's answer and go out again", count)

    def _drain(self, room: int) -> None:
        if not self._claimed:
            self._claim()
        rows = [self._claimed.popleft() for _ in range(min(room, len(self._claimed)))]
        for row in rows:
            self._publisher.send(row)

    def _claim(self) -> None:
        """Take some of the backlog out of the spool, as much as the rate and receivers allow."""
        now_s = self._clock.monotonic_s()
        rate = self._rules.drain_per_s
        earned = max(0.0, now_s - self._counted_s) * rate
        self._tokens = min(self._tokens + earned, max(1.0, rate * _BURST_S))
        self._counted_s = now_s
        wanted = min(_CLAIM, int(self._tokens))
        if now_s < self._drain_from_s or wanted <= 0:
            return
        if self._rules.by_receiver:
            wanted = min(wanted, MAX_UNANSWERED - self._reader.under_way(MAX_UNANSWERED))
        rows = self._reader.backlog(wanted) if wanted > 0 else []
        if rows:
            self._reader.mark_sent(rows)
        self._claimed.extend(rows)
        self._tokens -= len(rows)
        self.draining = bool(rows)

    def _send_live(self, room: int) -> int:
        rows = self._reader.live(room)
        if rows:
            self._reader.mark_sent(rows)
        for row in rows:
            self._publisher.send(row)
        return len(rows)
