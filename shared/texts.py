"""Texts as they are stored: nothing around them, and one form of each accent."""

import re
import unicodedata
from typing import Final

from shared.patterns import BLANK, INVISIBLE

_ALL: Final = "".join(map(chr, range(0xD800))) + "".join(map(chr, range(0xE000, 0x10000)))
_BEFORE: Final = "".join(re.findall(f"[{INVISIBLE}]", _ALL))
_AFTER: Final = "".join(re.findall(f"[{BLANK}]", _ALL))


def tidied(text: str) -> str:
    """Return a text without blanks around it, its accents composed (Unicode NFC)."""
    text = text.lstrip(_BEFORE).rstrip(_AFTER)
    composed = unicodedata.normalize("NFC", text)
    # A few characters become several: the text would not fit into its column any more.
    return composed if len(composed) <= len(text) else text
