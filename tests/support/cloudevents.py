"""The official CloudEvents SDKs of Python and JavaScript, as validators of events."""

import json
from collections.abc import Sequence

from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.exceptions import BaseCloudEventException

from tests.support import node

HEADERS = {"content-type": "application/cloudevents+json"}


def refused_by_python(bodies: Sequence[str]) -> list[str]:
    """Return the reason of each body that the Python SDK refuses."""
    return [reason for body in bodies if (reason := _refusal(body))]


def refused_by_javascript(bodies: Sequence[str]) -> list[str]:
    """Return the reason of each body that the JavaScript SDK refuses."""
    return [reason for reason in json.loads(node.answer("cloudevents.mjs", text=json.dumps(bodies))) if reason]


def _refusal(body: str) -> str | None:
    try:
        event = from_structured_event(HTTPMessage(HEADERS, body.encode()))
    except (BaseCloudEventException, ValueError) as refusal:
        return repr(refusal)
    assert event.get_attributes()["id"] == json.loads(body)["id"]
    return None
