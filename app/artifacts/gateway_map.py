"""Generate the files of the gateway: the map of paths and the error documents.

They are made from routes and refusals, and a test compares them: a path that moves shows as a changed line.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from shared.http.gateway_errors import ANSWERS
from shared.problem import Refusal
from shared.runtime.platform import Service

FOLDER: Final = Path("deploy/gateway")
REQUEST_ID: Final = "%[var(txn.request_id)]"
"""HAProxy puts the id of the request in its place."""


def write(services: Sequence[Service], folder: Path = FOLDER) -> None:
    """Write every file, and remove those that are none any more."""
    wanted = files(services)
    (folder / "problems").mkdir(parents=True, exist_ok=True)
    for path in (folder / "problems").iterdir():
        if f"problems/{path.name}" not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text)


def files(services: Sequence[Service]) -> dict[str, str]:
    """Return the content of each file, by name."""
    problem = {f"problems/{refusal.code}": _problem(refusal, detail) for refusal, detail in ANSWERS.items()}
    return {"services.map": _map(services), **problem}


def segments(services: Sequence[Service]) -> dict[str, str]:
    """The first word after `/v1`, and the service that it belongs to."""
    owners: dict[str, str] = {}
    for service in services:
        for route in service.router.operations():
            _, version, word, *_ = route.path.split("/")
            if version != "v1" or owners.setdefault(word, service.name) != service.name:
                raise ValueError(f"{route.path} of {service.name} belongs to {owners.get(word, 'nobody')}")
    return owners


def _map(services: Sequence[Service]) -> str:
    owners = sorted(segments(services).items())
    return "".join(f"{word} {service}\n" for word, service in owners)


def _problem(refusal: type[Refusal], detail: str) -> str:
    problem = refusal(detail).problem(instance=REQUEST_ID).model_dump(mode="json")
    # A lone % would begin one of HAProxy's own words.
    return json.dumps({name: _plain(value) for name, value in problem.items()}, ensure_ascii=True) + "\n"


def _plain(value: object) -> object:
    return value.replace("%", "%%") if isinstance(value, str) and value != REQUEST_ID else value
