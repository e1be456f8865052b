"""Typeset a document as PDF, as a program of its own: `python typesetting.py`. One JSON line in, one out.

Texts come from people: this process bounds itself, and is started for one document. It imports nothing of the platform
and is imported by nothing of it. The template reads the document as data, never as markup. The same input gives the
same bytes.

A PDF/A may show no character that its font lacks, so each is replaced by a white square here. The exact text stays in
the attached file.
"""

import base64
import json
import os
import re
import resource
import struct
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import typst

SECONDS: Final = 60
"""Maximum processor time, in seconds."""
MEMORY: Final = 1536 * 2**20
"""Maximum address space, in bytes. The compiler reserves more than it uses."""
REFERENCE: Final = Path(__file__).parents[1] / "reference"
FONT: Final = REFERENCE / "fonts" / "SourceSans3_400Regular.ttf"
"""All fonts of the folder have the same characters."""
MISSING: Final = "\u25a1"
LONGEST: Final = 32
"""Characters of a word after which a line may be broken."""
BREAK: Final = "\u200b"
INVISIBLE: Final = ("Cc", "Cf", "Mn")
"""Categories of characters that are left out: controls, formats, marks upon others."""
VERBATIM: Final = ("svg", "attachment")
"""Members whose text is for no reader."""


def confine() -> None:
    """Bound this process, before it reads anything."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    # Requests go first.
    os.nice(10)


def printable(value: Any, known: frozenset[int], name: str = "") -> Any:
    """Return a value whose texts have only characters of the font, and no word that no line can hold."""
    match value:
        case str() if name not in VERBATIM:
            return _printable(value, known)
        case list():
            return [printable(each, known) for each in value]
        case dict():
            return {key: printable(each, known, key) for key, each in value.items()}
    return value


def _printable(text: str, known: frozenset[int]) -> str:
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(
        each
        if ord(each) in known or each == "\n"
        else ""
        if unicodedata.category(each) in ("Cc", "Cf", "Mn")
        else MISSING
        for each in composed
    )
    # Many in a row, such as a text in another script, stay one.
    kept = re.sub(f"(?:{MISSING}\\s?){{4,}}", MISSING * 3 + " ", kept)
    return re.sub(rf"\S{{{LONGEST + 1},}}", lambda word: _breakable(word[0]), kept)


def _shown(character: str, known: frozenset[int]) -> str:
    if ord(character) in known or character == "\n":
        return character
    return "" if unicodedata.category(character) in INVISIBLE else MISSING


def _breakable(word: str) -> str:
    return BREAK.join(word[at : at + LONGEST] for at in range(0, len(word), LONGEST))


def characters_of(font: bytes) -> frozenset[int]:
    """Return the characters of a TrueType font, from the format 12 of its table `cmap`."""
    (tables,) = struct.unpack(">H", font[4:6])
    records = (font[12 + 16 * index : 28 + 16 * index] for index in range(tables))
    start = next(struct.unpack(">L", record[8:12])[0] for record in records if record[:4] == b"cmap")
    (encodings,) = struct.unpack(">H", font[start + 2 : start + 4])
    known: set[int] = set()
    for index in range(encodings):
        (offset,) = struct.unpack(">L", font[start + 8 + 8 * index : start + 12 + 8 * index])
        known.update(_characters_in(font[start + offset :]))
    # Private characters and the byte order mark are refused in a PDF/A, though the font has them.
    return frozenset(each for each in known if not 0xE000 <= each <= 0xF8FF and each != 0xFEFF)


def _characters_in(table: bytes) -> Iterator[int]:
    if struct.unpack(">H", table[:2]) != (12,):
        return
    (groups,) = struct.unpack(">L", table[12:16])
    for first, last, _ in struct.iter_unpack(">LLL", table[16 : 16 + 12 * groups]):
        yield from range(first, last + 1)


def compiled(task: dict[str, Any]) -> bytes:
    """Return the PDF of a document."""
    document = printable(task["document"], characters_of(FONT.read_bytes()))
    pdf = typst.compile(
        REFERENCE / "templates" / "document.typ",
        root=REFERENCE / "templates",
        font_paths=[REFERENCE / "fonts"],
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(document, ensure_ascii=False), "attachment": task["attachment"]},
        pdf_standards=["a-3a", "ua-1"],
        timestamp=task["timestamp"],
        format="pdf",
    )
    if not isinstance(pdf, bytes):
        raise TypeError("the compiler has given no bytes")
    return pdf


def main() -> None:
    """Typeset the one document of this process."""
    confine()
    task = json.loads(sys.stdin.readline())
    try:
        result = {"pdf": base64.b64encode(compiled(task)).decode()}
    except typst.TypstError as error:
        result = {"failed": f"{error.message} {' '.join(error.hints)}"[:1000]}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
