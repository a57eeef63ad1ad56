"""The MLLP listener against polite, clumsy and hostile peers, over real TCP."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import ExitStack
from datetime import timedelta

import pytest

from connectors.transports.mllp import MllpLimits, Reply
from tests.support.mllp import Keeper, admission, connected, frame, listening, read_acks, read_to_end


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not happen"
        time.sleep(0.01)


def test_a_frame_is_handled_whole_and_acknowledged() -> None:
    keeper = Keeper()
    with listening(keeper) as listener, connected(listener.port) as peer:
        peer.sendall(frame(admission("1")))
        assert read_acks(peer, 1) == ["AA|1"]
    assert keeper.taken == [admission("1")]


def test_a_connection_is_kept_for_the_next_message() -> None:
    with listening(Keeper()) as listener, connected(listener.port) as peer:
        for number in range(5):
            peer.sendall(frame(admission(str(number))))
            assert read_acks(peer, 1) == [f"AA|{number}"]
        assert listener.server.counts.connections == 1


def test_a_frame_may_come_byte_by_byte() -> None:
    keeper = Keeper()
    with listening(keeper) as listener, connected(listener.port) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in frame(admission("1")):
            peer.sendall(bytes([byte]))
        assert read_acks(peer, 1) == ["AA|1"]
    assert keeper.taken == [admission("1")]


def test_the_end_mark_may_be_split_between_packets() -> None:
    with listening(Keeper()) as listener, connected(listener.port) as peer:
        whole = frame(admission("1"))
        peer.sendall(whole[:-1])
        time.sleep(0.1)
        peer.sendall(whole[-1:])
        assert read_acks(peer, 1) == ["AA|1"]


def test_frames_in_one_packet_are_answered_in_their_order() -> None:
    keeper = Keeper(before=lambda message: time.sleep(0.05 if b"|0|" in message else 0))
    with listening(keeper) as listener, connected(listener.port) as peer:
        peer.sendall(b"".join(frame(admission(str(number))) for number in range(20)))
        assert read_acks(peer, 20) == [f"AA|{number}" for number in range(20)]
    assert keeper.taken == [admission(str(number)) for number in range(20)]


def test_garbage_between_frames_is_skipped_and_counted() -> None:
    keeper = Keeper()
    with listening(keeper) as listener, connected(listener.port) as peer:
        peer.sendall(b"noise" + frame(admission("1")) + b"\r\n" + frame(admission("2")) + b"\x1c")
        assert read_acks(peer, 2) == ["AA|1", "AA|2"]
        wait_until(lambda: listener.server.counts.garbage_bytes == 6)
    assert keeper.taken == [admission("1"), admission("2")]


def test_a_peer_that_speaks_something_else_is_let_go() -> None:
    keeper = Keeper()
    limits = MllpLimits(max_garbage_bytes=100)
    with listening(keeper, limits) as listener, connected(listener.port) as peer:
        peer.sendall(b"GET / HTTP/1.1\r\n" * 20)
        assert read_to_end(peer) == b""
    assert keeper.taken == []


def test_a_frame_over_the_limit_is_rejected_and_the_connection_ended() -> None:
    keeper = Keeper()
    limits = MllpLimits(max_frame_bytes=10_000)
    with listening(keeper, limits) as listener, connected(listener.port) as peer:
        peer.sendall(frame(admission("1")) + frame(admission("2", filler="x" * 3_000_000)))
        acks = read_to_end(peer)
    assert b"MSA|AA|1" in acks
    assert b"MSA|AR|2" in acks
    assert b"is too large" in acks
    assert keeper.taken == [admission("1")]
    assert listener.server.counts.oversized == 1


def test_a_frame_of_exactly_the_limit_is_taken() -> None:
    message = admission("1", filler="x" * 5000)
    limits = MllpLimits(max_frame_bytes=len(message))
    with listening(Keeper(), limits) as listener, connected(listener.port) as peer:
        peer.sendall(frame(message))
        assert read_acks(peer, 1) == ["AA|1"]


def test_where_storing_fails_no_acknowledgement_leaves(caplog: pytest.LogCaptureFixture) -> None:
    def fail(message: bytes) -> None:
        raise OSError("disk full while storing DOE^JANE")

    with caplog.at_level(logging.INFO), listening(Keeper(before=fail)) as listener:
        with connected(listener.port) as peer:
            peer.sendall(frame(admission("1")))
            assert read_to_end(peer) == b""
        wait_until(lambda: "handler raised OSError" in caplog.text)
    assert listener.server.counts.unacknowledged == 1
    assert "DOE" not in caplog.text


def test_after_a_failed_frame_the_pipelined_ones_are_not_handled_out_of_turn() -> None:
    def fail_on_second(message: bytes) -> None:
        if b"|2|" in message:
            raise OSError

    keeper = Keeper(before=fail_on_second)
    with listening(keeper) as listener, connected(listener.port) as peer:
        peer.sendall(b"".join(frame(admission(str(number))) for number in (1, 2, 3)))
        acks = read_to_end(peer)
    assert acks.count(b"MSA|AA") == 1
    assert keeper.taken == [admission("1")]


def test_a_handler_that_wants_no_acknowledgement_sends_none() -> None:
    seen = []

    def silent(message: bytes, peer: str) -> Reply:
        seen.append(message)
        return Reply()

    with listening(silent) as listener, connected(listener.port) as peer:
        peer.sendall(frame(admission("1")))
        peer.shutdown(socket.SHUT_WR)
        assert read_to_end(peer) == b""
    assert seen == [admission("1")]


def test_a_half_closed_peer_still_gets_its_acknowledgements() -> None:
    keeper = Keeper(before=lambda message: time.sleep(0.1))
    with listening(keeper) as listener, connected(listener.port) as peer:
        peer.sendall(frame(admission("1")) + frame(admission("2")))
        peer.shutdown(socket.SHUT_WR)
        acks = read_to_end(peer)
    assert acks.count(b"MSA|AA") == 2


def test_a_peer_killed_in_the_middle_of_a_frame_leaves_nothing() -> None:
    keeper = Keeper()
    with listening(keeper) as listener:
        with connected(listener.port) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close by reset
            peer.sendall(frame(admission("1"))[:-1])
        wait_until(lambda: listener.server.counts.cut_frames == 1)
        with connected(listener.port) as peer:
            peer.sendall(frame(admission("1")))
            assert read_acks(peer, 1) == ["AA|1"]
    assert keeper.taken == [admission("1")]


def test_a_peer_that_stops_in_the_middle_of_a_frame_is_let_go() -> None:
    keeper = Keeper()
    limits = MllpLimits(frame=timedelta(milliseconds=200))
    with listening(keeper, limits) as listener, connected(listener.port) as peer:
        peer.sendall(frame(admission("1"))[:40])
        assert read_to_end(peer) == b""
    assert keeper.taken == []
    assert listener.server.counts.cut_frames == 1


def test_an_idle_connection_ends() -> None:
    limits = MllpLimits(idle=timedelta(milliseconds=200))
    with listening(Keeper(), limits) as listener, connected(listener.port) as peer:
        peer.sendall(frame(admission("1")))
        assert read_acks(peer, 1) == ["AA|1"]
        assert read_to_end(peer) == b""


def test_a_fast_sender_is_held_back_by_tcp() -> None:
    """Given a handler that stands still, then only the allowed frames are read and sending blocks."""
    gate = threading.Event()
    keeper = Keeper(before=lambda message: gate.wait(20) and None)
    limits = MllpLimits(max_in_flight=4)
    with listening(keeper, limits) as listener, connected(listener.port) as peer:
        peer.settimeout(0.5)
        big = frame(admission("1", filler="x" * 500_000))
        with pytest.raises(TimeoutError):
            peer.sendall(big * 200)
        # One at the handler, four in the inbox, one that waits for room, the rest in the kernel's buffers.
        assert listener.server.counts.frames <= 6
        gate.set()


def test_a_peer_that_takes_no_acknowledgements_does_not_hold_the_listener() -> None:
    def long_winded(message: bytes, peer: str) -> bytes:
        return b"x" * 2_000_000

    limits = MllpLimits(write=timedelta(milliseconds=300))
    with listening(long_winded, limits) as listener, connected(listener.port) as peer:
        peer.sendall(frame(admission("1")) * 10)
        wait_until(lambda: listener.server.counts.connections == 1 and not listener.server._connections)
        assert listener.server.counts.acknowledged < 10


def test_many_connections_are_served_beside_each_other() -> None:
    barrier = threading.Barrier(6, timeout=20)
    keeper = Keeper(before=lambda message: barrier.wait() and None)
    with listening(keeper) as listener:
        peers = [socket.create_connection(("127.0.0.1", listener.port), timeout=20) for _ in range(6)]
        for number, peer in enumerate(peers):
            peer.sendall(frame(admission(str(number))))
        for number, peer in enumerate(peers):
            assert read_acks(peer, 1) == [f"AA|{number}"]
            peer.close()


def test_a_connection_beyond_the_limit_is_turned_away() -> None:
    with listening(Keeper(), MllpLimits(max_connections=1)) as listener, connected(listener.port) as first:
        first.sendall(frame(admission("1")))
        assert read_acks(first, 1) == ["AA|1"]
        with connected(listener.port) as second:
            assert read_to_end(second) == b""
        first.sendall(frame(admission("2")))
        assert read_acks(first, 1) == ["AA|2"]
    assert listener.server.counts.refused_connections == 1


def test_stopping_finishes_what_was_read_and_then_closes() -> None:
    started = threading.Event()

    def slow(message: bytes) -> None:
        started.set()
        time.sleep(0.3)

    keeper = Keeper(before=slow)
    with listening(keeper) as listener, connected(listener.port) as peer:
        peer.sendall(frame(admission("1")) + frame(admission("2")) + frame(admission("3"))[:30])
        assert started.wait(20)
        wait_until(lambda: listener.server.counts.frames == 2)
        listener.stop()
        acks = read_to_end(peer)
        assert acks.count(b"MSA|AA") == 2
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", listener.port), timeout=5).close()
    assert keeper.taken == [admission("1"), admission("2")]


def test_stopping_cuts_what_is_not_finished_in_time_without_acknowledgement() -> None:
    gate = threading.Event()
    with listening(Keeper(before=lambda message: gate.wait(20) and None)) as listener:
        with connected(listener.port) as peer:
            peer.sendall(frame(admission("1")))
            wait_until(lambda: listener.server.counts.frames == 1)
            listener.stop(timedelta(milliseconds=100))
            assert read_to_end(peer) == b""
        gate.set()


# --- together, and later ---


class Batches:
    """A handler of several frames at once that keeps what it was given, and fails where it is told to."""

    def __init__(self, keeper: Keeper, gate: threading.Event, poison: bytes = b"|none|") -> None:
        self.sizes: list[int] = []
        self._keeper = keeper
        self._gate = gate
        self._poison = poison

    def __call__(self, frames: Sequence[bytes]) -> list[Reply]:
        if any(self._poison in message for message in frames):
            raise OSError
        self.sizes.append(len(frames))
        return [self._keeper(message, "") for message in frames]


def flood(port: int, numbers: Sequence[int], started: Callable[[], None]) -> dict[int, list[str]]:
    """One connection each: the first sends, and when that is handled the others do; then what each of them hears."""
    heard: dict[int, list[str]] = {}
    with ExitStack() as stack:
        peers = [stack.enter_context(connected(port)) for _ in numbers]
        for number, peer in zip(numbers, peers, strict=True):
            peer.sendall(frame(admission(str(number))))
            if number == numbers[0]:
                started()
        for number, peer in zip(numbers, peers, strict=True):
            data = b""
            while not data.endswith(b"\x1c\r") and (chunk := peer.recv(65536)):
                data += chunk
            heard[number] = [data.split(b"\rMSA|")[1].split(b"\r")[0].decode()] if data else []
    return heard


@pytest.mark.parametrize("poisoned", [False, True])
def test_frames_that_wait_are_handled_together_and_a_bad_one_costs_nobody_else(poisoned: bool) -> None:
    busy, gate = threading.Event(), threading.Event()

    def hold(message: bytes) -> None:
        if b"|0|" in message:
            busy.set()
            gate.wait(20)
        if poisoned and b"|3|" in message:
            raise OSError

    keeper = Keeper(before=hold)
    together = Batches(keeper, gate, poison=b"|3|" if poisoned else b"|none|")
    with listening(keeper, together=together) as listener:

        def rest() -> None:
            busy.wait(20)
            threading.Thread(target=open_gate).start()

        def open_gate() -> None:
            wait_until(lambda: listener.server.counts.frames == 6)
            gate.set()

        heard = flood(listener.port, range(6), rest)

    assert heard == {number: [] if poisoned and number == 3 else [f"AA|{number}"] for number in range(6)}
    assert together.sizes == ([] if poisoned else [5])


def test_an_answer_that_comes_later_goes_out_on_the_connection_that_asked() -> None:
    decided: dict[Hashable, bytes] = {}
    limits = MllpLimits(look=timedelta(milliseconds=10))

    def handler(message: bytes, peer: str) -> Reply:
        return Reply(b"MSH|^~\\&|X\rMSA|CA|1", later="first")

    with listening(handler, limits, later=lambda asked: {one: decided[one] for one in asked if one in decided}) as on:
        with connected(on.port) as peer, connected(on.port) as gone:
            for one in (peer, gone):
                one.sendall(frame(admission("1")))
                assert read_acks(one, 1) == ["CA|1"]
            gone.close()
            wait_until(lambda: on.server.counts.untold == 1)
            decided["first"] = b"MSH|^~\\&|X\rMSA|AA|1"
            assert read_acks(peer, 1) == ["AA|1"]
            wait_until(lambda: on.server.counts.told_later == 1)


def test_an_answer_that_is_not_decided_in_time_is_let_go() -> None:
    limits = MllpLimits(look=timedelta(milliseconds=10), later=timedelta(milliseconds=30))

    def handler(message: bytes, peer: str) -> Reply:
        return Reply(later="never")

    with listening(handler, limits, later=lambda asked: {}) as listener, connected(listener.port) as peer:
        peer.sendall(frame(admission("1")))
        wait_until(lambda: listener.server.counts.untold == 1)
