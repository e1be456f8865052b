"""Schemathesis on one service of a running platform, each operation with a token that may try it."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.artifacts.gateway_map import segments
from app.demo_clients import CLIENTS
from app.embedded import SERVICES
from deploy.processes import ROOT
from tests.support.processes import Form

HERE: Final = Path(__file__).parent
PHASES: Final = "examples,coverage,fuzzing,stateful"
PATIENCE: Final = 1800
"""Seconds after which a run has gone astray."""


@dataclass(frozen=True)
class FuzzResult:
    """The requests of one run, and its findings."""

    service: str
    seed: int
    clients: tuple[str, ...]
    cases: int
    accepted: int
    """Sound cases that were answered 2xx: the others met a rule."""
    untried: int
    """Operations of which no case was sent."""
    failures: int
    said: str


def fuzz(
    form: Form, service: str, *, tokens: Mapping[str, str], examples: int, seed: int, one_in: int = 1
) -> FuzzResult:
    """Have up to `examples` cases drawn for each operation, and for one in so many what covers all that it takes.

    Another seed draws others, and takes other clients.
    """
    folder = form.data_dir / f"{service}-{seed}"
    folder.mkdir()
    chosen = dict(_clients(service, seed))
    blocks = (
        _block(operation, tokens[client], covered=(turn + seed) % one_in == 0)
        for turn, (operation, client) in enumerate(chosen.items())
    )
    (folder / "schemathesis.toml").write_text("\n".join([(HERE / "schemathesis.toml").read_text(), *blocks]))
    own = "|".join(segment for segment, owner in segments(SERVICES).items() if owner == service)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", f"{folder}/schemathesis.toml"),
            *("run", f"{form.url_of('/')}/openapi.json", "--include-path-regex", f"^/v1/({own})(/|$)"),
            *("--phases", PHASES, "--max-examples", str(examples), "--seed", str(seed)),
            *("--continue-on-failure", "--no-color", "--report", "json", "--report-json-path", f"{folder}/report.json"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
        check=False,
    )
    said = done.stdout + done.stderr
    assert (folder / "report.json").exists(), said
    report = json.loads((folder / "report.json").read_text())
    cases, operations = report["test_cases"], report["operations"]
    rates = [rate for phases in report["valid_rates"].values() for rate in phases.values()]
    return FuzzResult(
        service=service,
        seed=seed,
        clients=tuple(sorted(set(chosen.values()))),
        cases=cases["generated"],
        accepted=sum(rate["accepted"] for rate in rates),
        untried=len(chosen) - operations["tested"],
        # It ends with another status than 0 for what is no failure of a check as well.
        failures=cases["unique_failures"] or done.returncode,
        said=said,
    )


def _clients(service: str, seed: int) -> Iterator[tuple[str, str]]:
    """Yield for each operation a client whose role may try it, in turn."""
    [operations] = [each.router.operations() for each in SERVICES if each.name == service]
    for turn, operation in enumerate(operations, start=seed):
        roles = operation.access.grants if operation.access else ()
        # What is granted to no role is public, and any token will do.
        able = [client.client_id for client in CLIENTS if client.role in roles or not roles]
        yield operation.name, able[turn % len(able)]


def _block(operation: str, token: str, *, covered: bool) -> str:
    return f"""
[[operations]]
include-operation-id = "{operation}"
headers = {{ Authorization = "{token}" }}
phases = {{ coverage = {{ enabled = {str(covered).lower()} }} }}
"""
