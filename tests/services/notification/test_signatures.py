"""The signature of a webhook, checked by the library that its receivers use."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook

from services.notification.rules import signatures

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "vectors.json").read_text())
OLD = "whsec_" + base64.b64encode(b"the synthetic secret of a test 1").decode()
NEW = "whsec_" + base64.b64encode(b"the synthetic secret of a test 2").decode()
BODY = '{"id":"0198","data":{"title":"Été"}}'.encode()


@pytest.fixture(autouse=True)
def _moment() -> Iterator[None]:
    with time_machine.travel(datetime.fromtimestamp(VECTORS["now"], UTC), tick=False):
        yield


def signed(*secrets: str) -> dict[str, str]:
    keys = [signatures.key_of(secret) for secret in secrets]
    return signatures.signed(keys, event_id="0198", timestamp=VECTORS["now"], body=BODY)


@pytest.mark.parametrize("vector", VECTORS["accepted"], ids=lambda vector: vector["name"])
def test_what_is_rightly_signed_is_accepted(vector: dict[str, Any]) -> None:
    assert Webhook(vector["secret"]).verify(vector["body"], vector["headers"]) == json.loads(vector["body"])


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_what_was_tampered_with_or_is_stale_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(Exception):  # noqa: B017, PT011 - the library has no one name for what it cannot even read
        Webhook(vector["secret"]).verify(vector["body"], vector["headers"], json_parse=False)


def test_more_than_forty_are_refused_and_each_but_once() -> None:
    names = [vector["name"] for vector in VECTORS["refused"]]

    assert len(names) == len(set(names)) > 40


def test_we_sign_as_the_vectors_say() -> None:
    vector = VECTORS["accepted"][0]
    headers = signatures.signed(
        [signatures.key_of(vector["secret"])],
        event_id=vector["headers"]["webhook-id"],
        timestamp=VECTORS["now"],
        body=vector["body"].encode(),
    )

    assert headers == {**vector["headers"], "content-type": "application/cloudevents+json"}


def test_while_two_secrets_overlap_either_verifies() -> None:
    headers = signed(NEW, OLD)

    assert Webhook(OLD).verify(BODY, headers) == Webhook(NEW).verify(BODY, headers) == json.loads(BODY)
    assert len(headers["webhook-signature"].split(" ")) == 2


def test_after_the_overlap_the_old_secret_verifies_nothing() -> None:
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(OLD).verify(BODY, signed(NEW))


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!", "MDEyMzQ1Njc4OQ==", "whsec_abc"])
def test_what_is_no_secret_signs_nothing_and_is_not_shown(secret: str) -> None:
    with pytest.raises(ValueError, match="secret") as refused:
        signatures.key_of(secret)

    assert "!!" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_nothing_is_sent_unsigned() -> None:
    with pytest.raises(ValueError, match="at least one key"):
        signed()
