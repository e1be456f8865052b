"""Definitions of the broker: from the listeners, the same each time, and open to nobody by themselves."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from shared.bus import topology
from tests.kit.bus.conftest import DESIGNATED, LISTENERS, SIGNED


def named(things: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Users, exchanges or queues by their name."""
    return {thing["name"]: thing for thing in things}


def test_each_listener_has_a_queue_bound_to_its_types_alone() -> None:
    definitions = topology.definitions(LISTENERS)
    bound = {(binding["destination"], binding["routing_key"]) for binding in definitions["bindings"]}

    assert named(definitions["queues"]).keys() == {"ti.contract", "ti.catalog", "ti.dead"}
    assert bound == {
        ("ti.contract", "territory.TerritoryDesignated.v1"),
        ("ti.catalog", "territory.TerritoryDesignated.v1"),
        ("ti.catalog", "contract.ContractSigned.v1"),
        ("ti.dead", "#"),
    }


def test_the_order_of_services_and_types_changes_nothing() -> None:
    turned = {"catalog": {SIGNED, DESIGNATED}, "territory": [], "contract": {DESIGNATED}}

    assert topology.render(turned) == topology.render(LISTENERS)


def test_every_queue_states_its_kind_and_its_limit() -> None:
    for queue in topology.definitions(LISTENERS)["queues"]:
        assert queue["arguments"]["x-queue-type"] == "quorum"
        assert queue["arguments"]["x-delivery-limit"] == topology.DELIVERY_LIMIT


def test_an_account_has_no_password_until_it_is_given_one() -> None:
    plain = topology.definitions(LISTENERS)

    given = topology.with_passwords(plain, {"contract": "s3cret"})

    assert {user["password_hash"] for user in plain["users"]} == {""}
    stored = base64.b64decode(named(given["users"])["contract"]["password_hash"])
    assert stored[4:] == hashlib.sha256(stored[:4] + b"s3cret").digest()
    assert named(given["users"])["catalog"]["password_hash"] == ""


def test_a_password_for_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody"):
        topology.with_passwords(topology.definitions(LISTENERS), {"nobody": "s3cret"})


def test_the_definitions_are_written_as_rendered(tmp_path: Path) -> None:
    topology.write(tmp_path / "definitions.json", LISTENERS)

    assert (tmp_path / "definitions.json").read_text(encoding="utf-8") == topology.render(LISTENERS)
