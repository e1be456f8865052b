"""Compare two JSON Schemas of one value."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from app.compatibility.alternatives import Alternative, alternatives
from app.compatibility.canonical import text_of
from app.compatibility.differences import MISSING, Comparison, Effect, Place, Side, pairs

NARROWED, WIDENED, CHANGED = Effect


def compare(comparison: Comparison, old: Place, new: Place, side: Side) -> None:
    """Record all differences; the targets of two references are compared once."""
    _of_the_place(comparison, old, new, side)
    before, after = alternatives(old), alternatives(new)
    # A field that can have no value counts as removed.
    fewer = NARROWED if after else CHANGED
    for one, other in list(_matched(before, after)):
        before.remove(one)
        after.remove(other)
        if comparison.is_new(side, one.place, other.place):
            _Pair(comparison, one, other, side).compare()
    if before:
        names = ", ".join(map(str, before))
        _record(comparison, "type removed", fewer, new, side, f"no longer {names}")
    if after:
        names = ", ".join(map(str, after))
        _record(comparison, "type added", WIDENED, new, side, f"may now be {names}")


def _record(comparison: Comparison, what: str, effect: Effect, at: Place, side: Side, sentence: str) -> None:
    breaking = effect.breaks(side)
    outcome = {
        (Side.SENT, True): "what clients send may be refused, or be taken for something else",
        (Side.READ, True): "readers may get what they do not expect",
        (Side.SENT, False): "whatever was accepted still is",
        (Side.READ, False): "readers get nothing that they do not expect",
    }[side, breaking]
    comparison.record(what, at, f"{at.name or 'it'}: {sentence}: {outcome}", breaking=breaking)


def _of_the_place(comparison: Comparison, old: Place, new: Place, side: Side) -> None:
    """Compare keywords of the field, not of its values."""
    defaults = [place.get("default", MISSING) for place in (old, new)]
    if side is Side.SENT and _differ(*defaults):
        before, after = ("none" if one is MISSING else text_of(one) for one in defaults)
        sentence = f"the default was {before}, is {after}"
        _record(comparison, "default changed", CHANGED, new, side, sentence)
    closes, word = ("readOnly", "sent") if side is Side.SENT else ("writeOnly", "returned")
    if bool(old.get(closes)) != bool(new.get(closes)):
        effect = CHANGED if new.get(closes) else NARROWED if side is Side.READ else WIDENED
        sentence = f"is {'no longer' if new.get(closes) else 'now'} {word}"
        _record(comparison, f"{closes} changed", effect, new, side, sentence)
    comparison.announced(new.name, old, new)


def _differ(one: Any, other: Any) -> bool:
    if MISSING in (one, other):
        return one is not other
    return text_of(one) != text_of(other)


def _matched(before: list[Alternative], after: list[Alternative]) -> Iterator[tuple[Alternative, Alternative]]:
    """Match alternatives: by name, by text, by distinguishing property, or as the only ones left."""
    rest, others = list(before), list(after)
    for alike in (_same_name, _same_text, _same_tags):
        for one in list(rest):
            if other := next((other for other in others if _same_kind(one, other) and alike(one, other)), None):
                yield one, other
                rest.remove(one)
                others.remove(other)
    for one in rest:
        found = [other for other in others if _same_kind(one, other)]
        if len(found) == 1 and sum(_same_kind(each, found[0]) for each in rest) == 1 and _may_be(one, found[0]):
            yield one, found[0]


def _same_kind(one: Alternative, other: Alternative) -> bool:
    return one.type == other.type or {one.type, other.type} == {"integer", "number"}


def _same_name(one: Alternative, other: Alternative) -> bool:
    return one.name is not None and one.name == other.name


def _same_text(one: Alternative, other: Alternative) -> bool:
    return one.type == other.type and text_of(one.schema) == text_of(other.schema)


def _same_tags(one: Alternative, other: Alternative) -> bool:
    return bool(one.tags) and one.tags == other.tags


def _may_be(one: Alternative, other: Alternative) -> bool:
    return all(one.tags[name] == other.tags[name] for name in one.tags.keys() & other.tags.keys())


def _limit(absent: float, *, upper: bool) -> Callable[[Any, Any], Effect | None]:
    def compared(old: Any, new: Any) -> Effect | None:
        old, new = (absent if one is MISSING else one for one in (old, new))
        # A limit that was published as a float means every whole number that readers take for the same float.
        if old == new or (isinstance(old, float) and old == float(new)):
            return None
        return NARROWED if (new < old) is upper else WIDENED

    return compared


def _multiple(old: Any, new: Any) -> Effect | None:
    if old == new:
        return None
    if MISSING in (old, new):
        return NARROWED if old is MISSING else WIDENED
    whole = [isinstance(one, int) or float(one).is_integer() for one in (old, new)]
    if all(whole) and new % old == 0:
        return NARROWED
    return WIDENED if all(whole) and old % new == 0 else CHANGED


def _equal(old: Any, new: Any) -> Effect | None:
    if old == new:
        return None
    if MISSING in (old, new):
        return NARROWED if old is MISSING else WIDENED
    return CHANGED


_AT_MOST: Final = _limit(math.inf, upper=True)
_AT_LEAST: Final = _limit(-math.inf, upper=False)
_OF_NONE: Final = _limit(0, upper=False)
LIMITS: Final[Mapping[str, Callable[[Any, Any], Effect | None]]] = {
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), _AT_MOST),
    **dict.fromkeys(("minimum", "exclusiveMinimum"), _AT_LEAST),
    **dict.fromkeys(("minLength", "minItems", "minProperties"), _OF_NONE),
    **dict.fromkeys(("pattern", "format", "contentMediaType", "contentEncoding"), _equal),
    "uniqueItems": _limit(0, upper=False),
    "multipleOf": _multiple,
}


class _Pair:
    """One alternative, before and after."""

    def __init__(self, comparison: Comparison, old: Alternative, new: Alternative, side: Side) -> None:
        self._comparison = comparison
        self._old, self._new, self._side = old, new, side

    def compare(self) -> None:
        """Record the differences."""
        if self._old.name and self._old.name != self._new.name:
            sentence = (
                f"generated clients call it {self._old.name}, and would now call it {self._new.name or 'otherwise'}"
            )
            self._comparison.record("schema renamed", self._new.place, sentence, breaking=True)
        if self._old.type != self._new.type:
            effect = NARROWED if self._new.type == "integer" else WIDENED
            self._record("type changed", effect, f"was {self._old.type}, is {self._new.type}")
        self._values()
        for keyword, compared in LIMITS.items():
            old, new = self._keyword(keyword)
            if changed := compared(old, new):
                before, after = ("none" if one is MISSING else text_of(one) for one in (old, new))
                self._record(f"{keyword} changed", changed, f"{keyword} was {before}, is {after}")
        if self._old.type == "array":
            self._items()
        if self._old.type == "object":
            self._properties()
            self._patterns()
            self._of_both("propertyNames")

    def _keyword(self, keyword: str) -> tuple[Any, Any]:
        return self._old.schema.get(keyword, MISSING), self._new.schema.get(keyword, MISSING)

    def _record(self, what: str, effect: Effect, sentence: str, at: Place | None = None) -> None:
        _record(self._comparison, what, effect, at or self._new.place, self._side, sentence)

    def _both(self, keyword: str, default: Any) -> tuple[Place, Place]:
        return self._old.place.member(keyword, default), self._new.place.member(keyword, default)

    def _of_both(self, keyword: str) -> None:
        if keyword in self._old.schema or keyword in self._new.schema:
            compare(self._comparison, *self._both(keyword, True), self._side)

    def _values(self) -> None:
        """Compare enumerations. With `x-may-grow` before, a new value breaks no reader."""
        old, new = self._keyword("enum")
        if MISSING in (old, new):
            if listed := _equal(old, new):
                word = "was any value, is one of a list" if old is MISSING else "was one of a list, is any value"
                self._record("enum changed", listed, word)
            return
        before, after = ({text_of(one) for one in values} for values in (old, new))
        if gone := sorted(before - after):
            self._record("enum value removed", NARROWED, f"no longer {', '.join(gone)}")
        if come := sorted(after - before):
            grows = self._side is Side.READ and self._old.schema.get("x-may-grow") is True
            effect = NARROWED if grows else WIDENED
            self._record("enum value added", effect, f"may now be {', '.join(come)}")

    def _items(self) -> None:
        old, new = self._both("prefixItems", [])
        rest = self._both("items", True)
        first, others = old.items(), new.items()
        for place in range(max(len(first), len(others))):
            one, other = (
                each[place] if place < len(each) else end for each, end in zip((first, others), rest, strict=True)
            )
            compare(self._comparison, one, other, self._side)
        self._of_both("items")

    def _properties(self) -> None:
        olds, news = (each.members() for each in self._both("properties", {}))
        before, after = (set(one.schema.get("required", ())) for one in (self._old, self._new))
        for name in olds.keys() - news.keys():
            word = "accepted" if self._side is Side.SENT else "returned"
            self._comparison.removed("property", olds[name], f"{name} is no longer {word}")
        for name in sorted(news.keys() - olds.keys()):
            self._added(news[name], required=name in after)
        for one, other in pairs(olds, news):
            compare(self._comparison, one, other, self._side)
        for name in sorted((after - before) & (olds.keys() | (after - news.keys()))):
            self._record("property required", NARROWED, f"{name} was optional, is required", news.get(name))
        for name in sorted(before - after):
            if name in news or name not in olds:
                sentence = f"{name} was always there, may now be missing"
                self._record("property no longer required", WIDENED, sentence, news.get(name))
        self._extras()

    def _added(self, new: Place, *, required: bool) -> None:
        """Record a new property. It breaks strict readers if the object is closed."""
        if required and self._side is Side.SENT:
            self._record("required property added", NARROWED, "is new, and required", new)
            return
        patterns = self._old.place.member("patternProperties", {}).members()
        extra = next(
            (place for pattern, place in patterns.items() if re.search(pattern, new.name)),
            self._old.place.member("additionalProperties", True),
        )
        if isinstance(extra.value, bool):
            effect = NARROWED if extra.value and self._side is Side.READ else WIDENED
            self._record("property added", effect, "is new", new)
        else:
            compare(self._comparison, extra, new, self._side)

    def _extras(self) -> None:
        old, new = (each.value for each in self._both("additionalProperties", True))
        if old is not new and False in (old, new):
            effect = WIDENED if old is False else NARROWED
            word = "are now allowed" if old is False else "are no longer allowed"
            self._record("additionalProperties changed", effect, f"properties beside those listed {word}")
        else:
            self._of_both("additionalProperties")

    def _patterns(self) -> None:
        olds, news = (each.members() for each in self._both("patternProperties", {}))
        if olds.keys() != news.keys():
            self._record("patternProperties changed", CHANGED, "the names of its properties are others")
        for one, other in pairs(olds, news):
            compare(self._comparison, one, other, self._side)
