"""Log lines are written, or wait, or are dropped and counted; whoever writes them never waits and never fails."""

import os
from collections.abc import Iterator
from typing import TextIO

import pytest
from prometheus_client import REGISTRY

from shared.telemetry.line_writer import LIMIT, LineWriter

LINE = "x" * 99 + "\n"


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """A pipe: the end to read from, and a stream to write to."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        yield reading, stream
    os.close(reading)


def dropped() -> float:
    """Return the number of lines dropped so far."""
    return REGISTRY.get_sample_value("ti_log_lines_dropped_total") or 0


def read(reading: int, writer: LineWriter) -> str:
    """Read what is in the pipe, and what waits for room in it."""
    os.set_blocking(reading, False)
    found = b""
    while True:
        try:
            found += os.read(reading, 1_000_000)
        except BlockingIOError:
            return found.decode()
        writer.write("")


def test_a_line_is_written_at_once(pipe: tuple[int, TextIO]) -> None:
    reading, stream = pipe
    writer = LineWriter(stream)
    writer.write("bonjour à tous\n")
    writer.flush()

    assert os.read(reading, 100).decode() == "bonjour à tous\n"


def test_lines_that_nobody_reads_wait_and_come_whole_and_in_order(pipe: tuple[int, TextIO]) -> None:
    reading, stream = pipe
    writer, before = LineWriter(stream), dropped()
    lines = [f"{number:>99}\n" for number in range(5_000)]
    for line in lines:
        writer.write(line)

    assert dropped() == before
    assert read(reading, writer) == "".join(lines)


def test_more_than_waits_is_dropped_whole_and_counted(pipe: tuple[int, TextIO]) -> None:
    reading, stream = pipe
    writer, before = LineWriter(stream), dropped()
    sent = 2 * LIMIT // len(LINE)
    for _ in range(sent):
        writer.write(LINE)
    arrived = read(reading, writer)

    assert set(arrived.splitlines()) == {LINE.rstrip()}
    assert 0 < len(arrived) // len(LINE) < sent
    assert len(arrived) // len(LINE) + dropped() - before == sent


def test_a_line_longer_than_the_pipe_does_not_wait(pipe: tuple[int, TextIO]) -> None:
    reading, stream = pipe
    writer = LineWriter(stream)
    writer.write("y" * 500_000 + "\n")

    assert read(reading, writer) == "y" * 500_000 + "\n"


def test_a_disk_without_room_stops_nobody() -> None:
    with open("/dev/full", "w") as stream:
        writer, before = LineWriter(stream), dropped()
        for _ in range(2 * LIMIT // len(LINE)):
            writer.write(LINE)

    assert dropped() > before


def test_a_reader_who_has_left_stops_nobody() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        writer, before = LineWriter(stream), dropped()
        for _ in range(2 * LIMIT // len(LINE)):
            writer.write(LINE)

    assert dropped() > before


def test_what_is_no_text_is_written_all_the_same(pipe: tuple[int, TextIO]) -> None:
    reading, stream = pipe
    LineWriter(stream).write("lone \ud83d surrogate\n")

    assert os.read(reading, 100).decode() == "lone \\ud83d surrogate\n"
