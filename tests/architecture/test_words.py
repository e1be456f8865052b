"""The code uses plain, standard words: docstrings are sentences with a subject or a verb, retired words stay away."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import ROOT, files_in, name_of, parsed

SOURCES = files_in("app", "services", "shared", "deploy")
RIVALS = ROOT / "benchmarks" / "rivals"
"""Programs of their own: each serves our endpoint with another framework, under our names."""
BENCHMARKS = [path for path in files_in("benchmarks") if not path.is_relative_to(RIVALS)]
TESTS = [path for path in files_in("tests", "benchmarks") if "node_modules" not in path.parts]
RELATIVE = re.compile(r"(What|Who|Whose|Whom|Whoever|Whatever|Whether|Of|Those|Where|How|Whence)\b")
"""First words of a clause that is no sentence."""
RETIRED = frozenset(
    [
        "told",
        "tell",
        "tells",
        "stake",
        "stakes",
        "sight",
        "pen",
        "desk",
        "aside",
        "waking",
        "faults",
        "steps",
        "forms",
        "lane",
        "lanes",
        "reach",
        "edition",
        "tally",
    ]
)
"""Words that had many meanings here; the field has a name for each."""
PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each docstring with its line: of modules, classes, functions, constants and fields."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        for index, statement in enumerate(body):
            if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                continue
            documents = index == 0 or isinstance(body[index - 1], ast.Assign | ast.AnnAssign)
            if documents and isinstance(statement.value.value, str):
                yield statement.lineno, statement.value.value


def identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each name that the file defines or uses."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 1)
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                yield line, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield line, name
            case ast.keyword(arg=str(name)):
                yield line, name


def meaning(path: Path, defined: ast.ClassDef) -> tuple[str, ...]:
    """Return the meaning of a class: its file.

    Services have the same rooms: in the same file of two services, a class with the same base classes is the same.
    """
    _, _, file = path.relative_to(ROOT).as_posix().removeprefix("services/").partition("/")
    # A room is one module, or a package of several.
    file = re.sub(r"^errors/\w+\.py$", "errors.py", file)
    is_of_a_service = path.is_relative_to(ROOT / "services") and file and defined.bases
    return (file, *map(ast.unparse, defined.bases)) if is_of_a_service else (name_of(path),)


def test_docstrings_are_sentences() -> None:
    clauses = [
        f"{name_of(path)}:{line}: {text[:80]}"
        for path in [*SOURCES, *TESTS]
        for line, text in docstrings(parsed(path))
        if RELATIVE.match(text)
    ]

    assert clauses == []


def test_retired_words_stay_away() -> None:
    retired = [
        f"{name_of(path)}:{line}: {name}"
        for path in [*SOURCES, *TESTS]
        for line, name in identifiers(parsed(path))
        if RETIRED & {part.lower() for part in PARTS.findall(name)}
    ]

    assert retired == []


def test_a_class_name_has_one_meaning() -> None:
    meanings: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for path in [*SOURCES, *BENCHMARKS]:
        for statement in parsed(path).body:
            if isinstance(statement, ast.ClassDef):
                meanings[statement.name].add(meaning(path, statement))

    assert {name: places for name, places in meanings.items() if len(places) > 1} == {}
