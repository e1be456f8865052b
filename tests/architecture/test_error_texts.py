"""The text of a library's error goes nowhere: it may hold an address with its password, a query, or values."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.sources import ROOT, files_in, name_of, parsed

SOURCES = files_in("app", "services", "shared")
ERROR = re.compile(r"Error|Exception")
OWN = {node.name for path in SOURCES for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)}


def caught(tree: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield the name of each error that is caught or given, with the code that has it, unless its class is our own."""
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler(name=str(name), type=kind) if not is_own(kind):
                yield name, node
            case ast.arg(arg=name, annotation=kind) if kind and not is_own(kind) and ERROR.search(ast.unparse(kind)):
                yield name, tree


def shown(tree: ast.AST) -> Iterator[int]:
    """Yield each line in which such an error becomes text."""
    for name, code in caught(tree):
        for node in ast.walk(code):
            match node:
                case ast.Call(func=ast.Name(id="repr" | "str"), args=[ast.Name(id=used), *_]) if used == name:
                    yield node.lineno
                case ast.FormattedValue(value=ast.Name(id=used)) if used == name:
                    yield node.lineno


def is_own(kind: ast.expr | None) -> bool:
    """Return whether all classes are our own."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return all(
        isinstance(each, ast.Name | ast.Attribute) and ast.unparse(each).rpartition(".")[2] in OWN for each in kinds
    )


def test_no_text_of_a_library_is_logged_stored_or_answered() -> None:
    # They make a text of our own words of it.
    known = {ROOT / "shared/telemetry/error_names.py"}
    found = {f"{name_of(path)}:{line}" for path in SOURCES if path not in known for line in shown(parsed(path))}

    assert found == set()


def test_a_text_of_a_library_is_noticed() -> None:
    code = """
def note(error: BaseException) -> None:
    log(repr(error))
try: pass
except (OSError, Refusal) as error:
    print(f"{error!r}", str(error))
except Refusal as refusal:
    print(f"{refusal}")
"""

    assert sorted(set(shown(ast.parse(code)))) == [3, 6]
