"""Searches compare plain words."""

import pytest

from shared.storage.search import searchable, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lacq-Pau - Tarbes", ["lacq", "pau", "tarbes"]),
        ("Vallée de l'Arve", ["vallee", "de", "l", "arve"]),
        ("CC Élan Limousin Avenir Nature", ["cc", "elan", "limousin", "avenir", "nature"]),
        ("Terres de Cannes et Industries d’Avenir", ["terres", "de", "cannes", "et", "industries", "d", "avenir"]),
        ("CC du Cœur de l'Yonne", ["cc", "du", "coeur", "de", "l", "yonne"]),
        ("  — ", []),
    ],
)
def test_accents_case_and_punctuation_do_not_count(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_each_word_stands_between_spaces() -> None:
    assert searchable("Pau", "Béarn") == " pau bearn "
