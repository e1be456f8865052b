"""Values travel in typed objects, never under string keys that mypy cannot see."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import ROOT, files_in, name_of, parsed

SOURCES = files_in("app", "services", "shared")
ACCESSORS = {"shared/app_state.py", "shared/security/request_state.py"}
"""The only modules that may read or write `app.state` and the `state` of an ASGI scope."""
CONTEXT_VARIABLES = {"shared/telemetry/traces.py"}
"""The trace must reach code that has no request, as in OpenTelemetry."""


def untyped(tree: ast.AST) -> Iterator[str]:
    """Yield each access to a value that mypy cannot check."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="session") | ast.Attribute(attr="session"), attr="info"):
                yield f"line {node.lineno}: session.info"
            case ast.Subscript(value=ast.Attribute(attr="info")):
                yield f"line {node.lineno}: .info[…]"
            case ast.Attribute(value=ast.Name(id="request" | "app") | ast.Attribute(attr="app"), attr="state"):
                yield f"line {node.lineno}: .state"
            case (
                ast.Subscript(
                    value=ast.Name(id="scope") | ast.Attribute(attr="scope"), slice=ast.Constant(value="state")
                )
                | ast.Call(
                    func=ast.Attribute(value=ast.Name(id="scope") | ast.Attribute(attr="scope")),
                    args=[ast.Constant(value="state"), *_],
                )
            ):
                yield f"line {node.lineno}: scope['state']"


def context_variables(tree: ast.AST) -> Iterator[str]:
    """Yield each use of `ContextVar`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "contextvars":
            yield f"line {node.lineno}: contextvars"


def test_values_of_a_transaction_request_or_application_have_types() -> None:
    trees = {name_of(path): parsed(path) for path in SOURCES}
    values = [f"{name}, {use}" for name in trees.keys() - ACCESSORS for use in untyped(trees[name])]
    variables = [
        f"{name}, {use}"
        for name, tree in trees.items()
        if name not in CONTEXT_VARIABLES
        for use in context_variables(tree)
    ]

    assert values == []
    assert variables == []


@pytest.mark.parametrize(
    "code",
    [
        "session.info['by'] = caller",
        "by = self.session.info.get('by')",
        "value.info['writing']",
        "request.state.caller = caller",
        "getattr(request.state, 'caller')",
        "request.app.state.databases['ledger']",
        "app.state.verifier = verifier",
        "caller = self.scope['state']['caller']",
        "scope.setdefault('state', {})['request_id'] = 1",
    ],
)
def test_an_untyped_value_is_seen(code: str) -> None:
    assert list(untyped(ast.parse(code)))


def test_the_accessors_exist_and_are_needed() -> None:
    assert all(list(untyped(parsed(ROOT / name))) for name in ACCESSORS)
    assert all(list(context_variables(parsed(ROOT / name))) for name in CONTEXT_VARIABLES)
