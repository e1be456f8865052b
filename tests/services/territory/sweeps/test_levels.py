"""The shipped levels are those of the shipped outlines."""

import gzip
import json
from typing import Any

import pytest

from services.territory.reference.levels import FILE, digest_of, layers, levels_of

COMMAND = "run python -m services.territory.reference.levels"


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    """The content of the file."""
    content: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))
    return content


def test_the_file_belongs_to_the_outlines(shipped: dict[str, Any]) -> None:
    assert {layer: each["sha256"] for layer, each in shipped.items()} == {
        layer: digest_of(outlines) for layer, outlines in layers().items()
    }, COMMAND


@pytest.mark.parametrize("layer", ["regions/", "departements/"])
def test_the_file_is_what_is_computed(shipped: dict[str, Any], layer: str) -> None:
    assert shipped[layer]["levels"] == levels_of(layers()[layer]), COMMAND
