"""What the document says of a text is what is asked of it."""

import json
from typing import Final

from pydantic import TypeAdapter, ValidationError

from shared.schemas import READABLE, Title
from tests import node

TITLE: Final = TypeAdapter[str](Title)
CHARACTERS: Final = [code for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]


def refused(code: int) -> bool:
    """Is this one character nothing to read?"""
    try:
        TITLE.validate_python(chr(code))
    except ValidationError:
        return True
    return False


def test_a_blank_is_one_to_everybody() -> None:
    told = json.loads(node.answer("blank.mjs", READABLE))

    assert {0x20, 0x85, 0xA0, 0xFEFF} <= set(told)
    assert [code for code in CHARACTERS if refused(code)] == told
