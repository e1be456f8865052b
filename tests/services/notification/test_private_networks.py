"""Private networks that the settings allow: these and no others, and none by default."""

import socket
from ipaddress import ip_network
from typing import Any, Final

import pytest

from services.notification.errors import AddressRefused
from services.notification.jobs.connections import PublicConnector
from services.notification.jobs.failures import NO_ADDRESS
from services.notification.jobs.http import Sender
from services.notification.rules.addresses import refuse_literal, why_not
from shared.settings import Settings
from tests.services.notification.conftest import House, at_work
from tests.services.notification.test_addresses_wire import Names
from tests.support.harness import ON_SQLITE

ALLOWED: Final = (ip_network("10.20.0.0/16"), ip_network("fd12:3456::/32"))
EVERYTHING_PRIVATE: Final = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
INSIDE: Final = ("10.20.0.1", "10.20.255.255", "fd12:3456::1")
OUTSIDE: Final = ("10.21.0.1", "10.19.255.255", "192.168.0.1", "172.16.0.1", "fd12:3457::1", "fe80::1")
NEVER: Final = (
    "127.0.0.1", "::1", "0.0.0.0", "169.254.169.254", "168.63.129.16", "100.100.100.200", "224.0.0.1",
    "255.255.255.255", "fe80::1", "fd00:ec2::254", "::ffff:10.20.0.1", "64:ff9b::a14:1", "2002:0a14:0001::1",
    "fd12:3456::1%eth0", "10.20.1", "012.020.0.1", "0x0a140001", "169082881",
)  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_an_allowed_network_is_allowed(address: str) -> None:
    literal = f"[{address}]" if ":" in address else address

    assert why_not(address, networks=ALLOWED) is None
    refuse_literal(f"https://{literal}/recevoir", networks=ALLOWED)
    assert why_not(address) is not None
    with pytest.raises(AddressRefused):
        refuse_literal(f"https://{literal}/recevoir")


@pytest.mark.parametrize("address", OUTSIDE)
def test_its_neighbours_are_not(address: str) -> None:
    assert why_not(address, networks=ALLOWED) is not None


@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_stay_closed_whatever_is_allowed(address: str) -> None:
    assert why_not(address, networks=EVERYTHING_PRIVATE) is not None


@pytest.mark.parametrize(
    "url",
    ["http://10.20.0.1/", "https://10.20.0.1:22/", "https://10.21.0.1/", "https://localhost/", "https://a.localhost/",
     "https://intranet/", "https://10.20.1/", "https://[::ffff:10.20.0.1]/", "https://user:word@10.20.0.1/"],
)  # fmt: skip
def test_the_other_rules_stay(url: str) -> None:
    with pytest.raises(AddressRefused):
        refuse_literal(url, networks=ALLOWED)


@pytest.mark.parametrize("host", ["outil.intranet", "outil.corp", "outil.lan", "outil.internal"])
def test_local_names_are_for_platforms_in_a_private_network(host: str) -> None:
    refuse_literal(f"https://{host}/recevoir", networks=ALLOWED)
    with pytest.raises(AddressRefused):
        refuse_literal(f"https://{host}/recevoir")


@pytest.mark.parametrize("networks", [(), ALLOWED])
async def test_connections_go_to_allowed_networks_alone(networks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    check = PublicConnector._socket

    def watched(self: PublicConnector, target: Any) -> socket.socket:
        check(self, target).close()
        tried.append(target[4][0])
        raise OSError("nobody is there")

    monkeypatch.setattr(PublicConnector, "_socket", watched)
    async with Sender(timeout=5, networks=networks, resolver=Names([*INSIDE, *OUTSIDE, "127.0.0.1"])) as sender:
        named = await sender.send("POST", "https://outil.intranet/", {}, b"{}")
    async with Sender(timeout=5, networks=networks) as sender:
        literal = [await sender.send("POST", f"https://{host}/", {}, b"{}") for host in ("10.20.0.1", "10.21.0.1")]

    assert set(tried) == (set(INSIDE) if networks else set())
    assert (named.error == NO_ADDRESS) is not bool(networks)
    assert (literal[0].error == NO_ADDRESS) is not bool(networks)
    assert literal[1].error == NO_ADDRESS


@ON_SQLITE
async def test_the_settings_allow_networks(settings: Settings, house: House) -> None:
    url = {"url": "https://10.20.0.1/recevoir"}

    await house.post("/v1/subscriptions", url, expect=422)
    async with at_work(settings.model_copy(update={"webhook_networks": ALLOWED})) as inside:
        await inside.post("/v1/subscriptions", url, expect=201)
        await inside.post("/v1/subscriptions", {"url": "https://10.21.0.1/recevoir"}, expect=422)
