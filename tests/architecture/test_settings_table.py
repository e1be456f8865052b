"""The table of settings in the operations guide is the one that the code describes."""

from app.artifacts import settings_table
from shared.settings import Settings


def test_the_committed_table_is_up_to_date() -> None:
    committed = (settings_table.FOLDER / settings_table.NAME).read_text()

    assert committed == settings_table.table(), "run `python -m app.artifacts.settings_table`"


def test_each_setting_has_a_meaning_in_plain_words() -> None:
    meanings = dict(settings_table._meanings())

    assert meanings.keys() == Settings.model_fields.keys()
    for name, meaning in meanings.items():
        assert meaning[0].isupper(), name
        assert meaning.endswith("."), name
        assert meaning.split()[0] not in {"What", "Who", "Whose", "Whether", "Of", "Those", "Where"}, name


def test_each_number_of_time_or_size_has_its_unit() -> None:
    page = settings_table.table()
    numbers = [
        name
        for name, field in Settings.model_fields.items()
        if field.default != () and isinstance(field.default, float | tuple)
    ]

    assert [name for name in numbers if f"TERRITORIES_{name.upper()}`" not in page] == []
    units = {line.split(" | ")[0][3:-1]: line.split(" | ")[2] for line in page.splitlines() if line.startswith("| `")}
    assert {units[f"TERRITORIES_{name.upper()}"] for name in numbers} <= {"seconds", "0 to 1"}
