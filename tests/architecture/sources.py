"""Python files of the project, and their syntax trees, read once for all rules."""

import ast
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def files_in(*folders: str) -> list[Path]:
    """Return the Python files of folders at the top of the project."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    """Return the path from the top of the project."""
    return path.relative_to(ROOT).as_posix()


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text())


def whole_package(name: str) -> list[ModuleType]:
    """Return a module and, if it is a package, the modules in it."""
    module = import_module(name)
    inside = iter_modules(getattr(module, "__path__", []))
    return [module, *(import_module(f"{name}.{each.name}") for each in inside)]
