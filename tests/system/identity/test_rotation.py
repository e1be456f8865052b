"""The issuer's keys rotate while requests stream in, and none of them fails."""

from deploy.processes import Process
from tests.system.identity.load import streaming
from tests.system.identity.provider import Provider

ROTATIONS = 3
REQUESTS = 400


async def test_no_request_fails_while_keys_rotate_one_after_another(platform: Process, issuer: Provider) -> None:
    """Within a minute, and each new key signs at once: what an issuer does when one has leaked."""
    before = await issuer.read_standing()
    async with streaming(issuer, platform.url) as load:
        for _ in range(ROTATIONS):
            await issuer.publish()
            await issuer.sign()
            await load.round()
            await issuer.drop()
            await load.round()
        while load.statuses.total() < REQUESTS:
            await load.round()
    after = await issuer.read_standing()

    assert set(load.statuses) == {200}
    assert load.statuses.total() >= REQUESTS
    assert len(load.signed_by) == 2 * (1 + ROTATIONS)
    assert set(after.keys) < load.signed_by
    assert set(after.keys).isdisjoint(before.keys)
    # One for each rotation; one to begin with, if nobody has called before.
    assert after.fetches - before.fetches in (ROTATIONS, ROTATIONS + 1)
