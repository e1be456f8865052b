"""The published file of official bodies is searched by halving."""

from pathlib import Path

import pytest

from shared.storage.official_bodies import OfficialBodies, OfficialBody

HEADER = "siren,kind,region,name,epci,ept\n"
LINES = {
    "200000172": "epci,84,CC Faucigny - Glières,,",
    "200057867": "ept,11,Plaine Commune,,",
    "216401026": 'commune,75,"Bayonne, la ville",200067106,',
    "219300274": "commune,11,La Courneuve,200054781,200057867",
}


@pytest.fixture(params=range(len(LINES) + 1))
def listed(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[OfficialBodies, list[str]]:
    """A file of the first lines, none of them, or all."""
    sirens = list(LINES)[: request.param]
    path = tmp_path / "bodies.csv"
    path.write_text("".join([HEADER, *(f"{siren},{LINES[siren]}\n" for siren in sirens)]))
    return OfficialBodies(path), sirens


def test_each_listed_body_is_found_and_no_other(listed: tuple[OfficialBodies, list[str]]) -> None:
    bodies, sirens = listed

    found = [siren for siren in LINES if bodies.find(siren)]

    assert found == sirens
    assert [bodies.find(siren) for siren in ("000000000", "200057868", "999999999", "21640102", "")] == [None] * 5


def test_a_body_is_read_with_its_kind_its_name_and_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "bodies.csv"
    path.write_text(HEADER + "".join(f"{siren},{line}\n" for siren, line in LINES.items()))

    bodies = OfficialBodies(path)
    assert bodies.find("200000172") == OfficialBody("200000172", "epci", "84", "CC Faucigny - Glières")
    assert bodies.find("216401026") == OfficialBody("216401026", "commune", "75", "Bayonne, la ville", "200067106")
    assert bodies.find("219300274") == OfficialBody(
        "219300274", "commune", "11", "La Courneuve", "200054781", "200057867"
    )
