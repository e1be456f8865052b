"""Write the table of all settings into the operations guide, from `shared.settings`."""

import ast
import inspect
import itertools
import json
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from shared.settings import Settings

FOLDER: Final = Path(__file__).parents[2] / "docs" / "operations"
NAME: Final = "settings.md"
UNITS: Final = ("days", "seconds", "bytes", "connections", "0 to 1")
TYPES: Final[Mapping[Any, str]] = {bool: "true or false", SecretStr: "secret", int: "number"}
HEAD: Final = """\
# Settings

Generated from [`shared/settings.py`](../../shared/settings.py) by `python -m services generate`; do not edit.

The platform reads its settings from environment variables. Each setting has a default, so the platform runs without any
of them. The scheme of a URL selects the adapter: SQLite or PostgreSQL, the in-process bus or RabbitMQ. A value that is
not valid, or a variable with this prefix that is no setting, stops the start with a sentence that names it. Lists are
written as JSON: `TERRITORIES_RETRY_DELAYS=[1,5,30]`.

A setting whose name begins with `DANGEROUS_` weakens a protection. Do not use it in production.

| variable | default | unit | meaning |
|---|---|---|---|
"""
TAIL: Final = """
The standard variables of OpenTelemetry (`OTEL_BSP_…`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_RESOURCE_ATTRIBUTES`…) apply
too, when `TERRITORIES_OTLP_URL` is set. The gateway has settings of its own: see [gateway](gateway.md#settings).
"""


def table() -> str:
    """Return the whole page."""
    meanings = dict(_meanings())
    rows = (_row(name, field, meanings[name]) for name, field in Settings.model_fields.items())
    return f"{HEAD}{''.join(rows)}{TAIL}"


def write(folder: Path = FOLDER) -> None:
    """Write the page into a folder."""
    (folder / NAME).write_text(table())


def _meanings() -> Iterator[tuple[str, str]]:
    """Read the text under each setting in the source: Python does not keep it."""
    source = ast.parse(textwrap.dedent(inspect.getsource(Settings)))
    [body] = [node.body for node in source.body if isinstance(node, ast.ClassDef)]
    for field, text in itertools.pairwise(body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(meaning))),
            ):
                yield name, " ".join(meaning.split())


def _row(name: str, field: FieldInfo, meaning: str) -> str:
    cells = (_variables(name, field), _default(field.default), _unit(name, field, meaning), meaning)
    return f"| {' | '.join(cells)} |\n"


def _variables(name: str, field: FieldInfo) -> str:
    alias = field.validation_alias
    names = alias.choices if isinstance(alias, AliasChoices) else [f"TERRITORIES_{name.upper()}"]
    return " or ".join(f"`{each}`" for each in names)


def _default(value: Any) -> str:
    match value:
        case SecretStr():
            return "empty"
        case bool() | int() | float():
            return f"`{json.dumps(value)}`"
        case tuple():
            return f"`{json.dumps(value, separators=(',', ':'))}`"
        case _:
            return f"`{value}`" if str(value) else "empty"


def _unit(name: str, field: FieldInfo, meaning: str) -> str:
    """Return the unit that the first sentence names, or the kind of value."""
    if named := re.search(rf"\b(?:in|from) ({'|'.join(UNITS)})\.", meaning):
        return named[1]
    if name.endswith("_dir"):
        return "folder"
    return "URL" if name.endswith("_url") else TYPES.get(field.annotation, "text")


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:]))
