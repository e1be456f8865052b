"""The forms of texts in the published contracts: the same to every engine that reads them, and told in words."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from pydantic import TypeAdapter, ValidationError

from app.docsite import schemas
from shared.http.schemas import MAIL, Mail, Reason, Title
from shared.issuer.routes import SCOPES
from shared.patterns import ASTRAL_INVISIBLE, LINE, LINE_OR_NOTHING, PARAGRAPHS, message_of
from tests.support import node

SAID_ALONE: Final = {SCOPES, '^"[0-9]{1,9}"$', "^[A-Za-z0-9_=-]*$", "^https?://"}
"""Patterns without a description: a rule refuses in its own words. The last three: an ETag, a cursor, an address."""
CHARACTERS: Final = [code for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
ALL: Final = "".join(map(chr, CHARACTERS))


def patterns(part: Any, document: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the patterns of a part of a document, and of everything that it refers to."""
    if isinstance(part, dict):
        if isinstance(pattern := part.get("pattern"), str):
            yield pattern
        if isinstance(name := part.get("$ref"), str) and name not in seen:
            target: Any = document
            for step in name.removeprefix("#/").split("/"):
                target = target[step]
            yield from patterns(target, document, seen | {name})
    for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from patterns(value, document, seen)


def test_each_pattern_is_described_in_words(api: Mapping[str, Any]) -> None:
    operations = [operation for item in api["paths"].values() for operation in item.values()]
    asked = {
        pattern
        for operation in operations
        for part in ("parameters", "requestBody")
        for pattern in patterns(operation.get(part), api)
    }

    assert {pattern for pattern in asked if message_of(pattern) is None} == SAID_ALONE
    assert len(asked) > 15


def test_no_form_is_written_in_what_engines_read_differently(api: Mapping[str, Any]) -> None:
    written = {*patterns(api, api)}.union(*(patterns(each, each) for each in schemas.documents().values()))

    assert [pattern for pattern in written if re.search(r"\\[dDwWbBsSpP]", pattern)] == []
    assert [pattern for pattern in written if re.search("[\U00010000-\U0010ffff]", pattern)] == []
    assert {LINE, PARAGRAPHS, LINE_OR_NOTHING, MAIL} <= written


@pytest.mark.parametrize(
    ("form", "pattern", "before", "after"),
    [
        (Title, LINE, "", ""),
        (Title, LINE, "a", "b"),
        (Reason, PARAGRAPHS, "", ""),
        (Reason, PARAGRAPHS, "a", "b"),
        (Mail, MAIL, "refe", "rent@example.org"),
        (Mail, MAIL, "referent@exam", "ple.org"),
    ],
)
def test_a_character_is_taken_by_all_or_by_none(form: Any, pattern: str, before: str, after: str) -> None:
    adapter = TypeAdapter[str](form)

    def refused(code: int) -> bool:
        try:
            adapter.validate_python(f"{before}{chr(code)}{after}")
        except ValidationError:
            return True
        return False

    by_them = json.loads(node.answer("refused.mjs", pattern, before, after))

    # No pattern holds those: not all engines have ranges beyond U+FFFF.
    alone = [] if before or after else [ord(character) for character in re.findall(f"[{ASTRAL_INVISIBLE}]", ALL)]

    assert 0x202E in by_them
    assert [code for code in CHARACTERS if refused(code)] == sorted([*by_them, *alone])
