"""Strangers' linters find nothing in the merged OpenAPI document."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.support import node
from tests.system.conformance.published import Document, published

HERE: Final = Path(__file__).parent
SPECTRAL: Final = HERE / "spectral.yaml"
REDOCLY: Final = HERE / "redocly.yaml"
OFF: Final = re.compile(r"^ +(\S+): \"off\"$", re.MULTILINE)
Lint = Callable[[Document, Path], list[str]]


def spectral(document: Document, folder: Path) -> list[str]:
    """Return the findings of Spectral, by its rules for OpenAPI and those of OWASP, hints included."""
    file, ruleset = folder / "openapi.json", folder / SPECTRAL.name
    file.write_text(json.dumps(document))
    ruleset.write_text(SPECTRAL.read_text().replace("../npm/", f"{node.NPM}/"))
    done = node.run(
        "node_modules/@stoplight/spectral-cli/dist/index.js",
        *("lint", file, "--ruleset", ruleset, "--format", "json", "--quiet", "--fail-severity", "hint"),
        seconds=280,
    )
    assert done.returncode in (0, 1), done.stderr
    findings = json.loads(done.stdout)
    assert (done.returncode == 0) == (findings == []), done.stderr
    return [f"{one['code']} at {'/'.join(map(str, one['path']))}: {one['message']}" for one in findings]


def redocly(document: Document, folder: Path) -> list[str]:
    """Return the findings of Redocly, by its strictest rules, warnings included."""
    file = folder / "openapi.json"
    file.write_text(json.dumps(document))
    done = node.run(
        "node_modules/@redocly/cli/bin/cli.js",
        *("lint", file, "--config", REDOCLY, "--format", "json", "--max-problems", "1000"),
        seconds=280,
    )
    assert done.stdout, done.stderr
    findings = json.loads(done.stdout)["problems"]
    return [f"{one['ruleId']} at {one['location'][0]['pointer']}: {one['message']}" for one in findings]


@pytest.mark.parametrize("lint", [spectral, redocly])
def test_linters_find_nothing(lint: Lint, tmp_path: Path) -> None:
    findings = lint(published(), tmp_path)

    assert not findings, "\n".join(findings[:50])


@pytest.mark.parametrize(
    ("lint", "rules"),
    [
        (spectral, {"owasp:api4:2023-string-limit", "owasp:api4:2023-rate-limit", "operation-description"}),
        (redocly, {"security-defined", "no-invalid-media-type-examples", "info-license"}),
    ],
)
def test_a_spoilt_document_is_found_out(lint: Lint, rules: set[str], tmp_path: Path) -> None:
    """Else the linters could find nothing because they look at nothing."""
    document, path = published(), "/v1/regions/{code}"
    operation = document["paths"][path]["get"]
    operation["description"] = ""
    operation["parameters"][0]["schema"].pop("maxLength")
    for response in operation["responses"].values():
        response.pop("headers", None)
    operation.pop("security")
    operation["responses"]["200"]["content"]["application/json"]["example"]["population"] = "many"
    document["info"].pop("license")
    document["paths"] = {path: {"get": operation}}

    found = {finding.partition(" at ")[0] for finding in lint(document, tmp_path)}

    assert rules <= found


@pytest.mark.parametrize("ruleset", [SPECTRAL, REDOCLY], ids=lambda path: path.stem)
def test_each_exception_says_why(ruleset: Path) -> None:
    """A rule that is off stands under a comment."""
    parts = [part for part in ruleset.read_text().split("\n\n") if OFF.search(part)]

    assert parts
    for part in parts:
        assert re.search(r"^  # \w", part, re.MULTILINE), part


def test_exceptions_are_these_and_of_spectral_all_but_one_are_at_one_place() -> None:
    everywhere, at_places = SPECTRAL.read_text().split("\noverrides:\n")
    places = re.findall(r"#/paths/(\S+)\"|#/components/(\S+)\"", at_places)

    assert OFF.findall(everywhere) == ["oas3-valid-media-example"]
    assert OFF.findall(at_places) == [
        "owasp:api2:2023-short-lived-access-tokens",
        "owasp:api1:2023-no-numeric-ids",
        "owasp:api8:2023-define-cors-origin",
        "owasp:api4:2023-rate-limit",
        "owasp:api4:2023-rate-limit-responses-429",
        "owasp:api8:2023-define-error-responses-401",
        "owasp:api8:2023-define-error-validation",
    ]
    assert len(places) == at_places.count("openapi.json")
    assert OFF.findall(REDOCLY.read_text()) == ["operation-4xx-response"]
