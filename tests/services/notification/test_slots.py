"""Slots of requests in flight: each limit holds, and a slow request makes room for others."""

import asyncio
from collections.abc import Collection

import pytest

from services.notification.jobs import slots
from services.notification.jobs.slots import Key, Limits, Peer, Slot, Slots
from tests.support.waiting import until

ROOMY = Limits(all=100, client=100, receiver=100)


class Scene:
    """Slots, and the limits in which there was room again."""

    def __init__(self, *, every: Limits = ROOMY, prompt: Limits = ROOMY, slow: Limits = ROOMY) -> None:
        self.freed: list[Key] = []
        self.slots = Slots(every=every, prompt=prompt, slow=slow, freed=self.note)

    def note(self, limits: Collection[Key]) -> None:
        """Keep what is freed."""
        self.freed += limits

    def has_room(self, client: str = "a", receiver: str = "x", *, is_slow: bool = False) -> bool:
        """Return whether one more may start."""
        return self.slots.reached(Peer(client, receiver), is_slow=is_slow) is None

    def slot(self, client: str = "a", receiver: str = "x", *, is_slow: bool = False) -> Slot:
        """Take the slot of one."""
        return self.slots.take(Peer(client, receiver), is_slow=is_slow, slowed=lambda: None)

    def take(self, client: str = "a", receiver: str = "x", *, is_slow: bool = False) -> Slot:
        """Start one."""
        return self.slot(client, receiver, is_slow=is_slow).__enter__()


def end(slot: Slot) -> None:
    """End the request of a slot."""
    slot.__exit__(None, None, None)


@pytest.mark.parametrize("bound", ["every", "prompt"])
async def test_each_limit_holds(bound: str) -> None:
    scene = Scene(**{bound: Limits(all=4, client=3, receiver=2)})
    first = scene.take("a", "x")
    scene.take("a", "x")
    receiver_is_full, client_has_room = not scene.has_room("b", "x"), scene.has_room("a", "y")
    scene.take("a", "y")
    client_is_full, others_have_room = not scene.has_room("a", "z"), scene.has_room("b", "z")
    scene.take("b", "z")
    all_are_full = not scene.has_room("c", "c")
    end(first)

    assert (receiver_is_full, client_has_room, client_is_full, others_have_room, all_are_full) == (True,) * 5
    assert scene.has_room("c", "c")
    assert scene.has_room("a", "x")


async def test_slow_receivers_have_their_own_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "SLOW_AFTER", 0.01)
    scene = Scene(prompt=Limits(1, 1, 1), slow=Limits(1, 1, 1))
    slot = scene.take(is_slow=True)
    await until(lambda: as_read(slot.was_slow), bool)

    assert not scene.has_room("b", "y", is_slow=True)
    assert scene.has_room("b", "y")
    end(slot)
    assert scene.has_room("b", "y", is_slow=True)


async def as_read(value: bool) -> bool:
    return value


async def test_a_slow_request_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "SLOW_AFTER", 0.01)
    scene = Scene(prompt=Limits(1, 1, 1), slow=Limits(1, 1, 1))
    taken = [scene.take()]
    was_full = not scene.has_room()

    async def has_room() -> bool:
        return scene.has_room()

    await until(has_room, bool)
    freed = list(scene.freed)
    taken.append(scene.take())
    await until(has_room, bool)

    assert was_full
    assert [(key.bound, key.kind, key.whose) for key in freed] == [
        ("prompt", "all", ""),
        ("prompt", "client", "a"),
        ("prompt", "receiver", "x"),
    ]
    assert all(slot.was_slow for slot in taken)
    # Whoever was slow already finds the slow slots free.
    assert scene.has_room(is_slow=True)


async def test_a_cancelled_request_makes_no_room() -> None:
    scene = Scene(every=Limits(1, 1, 1))
    with pytest.raises(asyncio.CancelledError), scene.slot():
        raise asyncio.CancelledError

    assert scene.freed == []


def test_a_receiver_is_its_host_and_port() -> None:
    assert Peer.of("a", "https://Example.org:8443/a?b=c") == Peer("a", "example.org:8443")
