"""The official codes by which the programme names things, checked where they enter."""

import re
from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.patterns import message_of, pattern_of

_DOUBLED: Final = str.maketrans("0123456789", "0246813579")
"""The sum of the digits of each doubled digit."""


def is_siren(code: str) -> bool:
    """Nine digits whose Luhn sum is a multiple of ten (INSEE)."""
    if len(code) != 9 or not (code.isascii() and code.isdigit()):
        return False
    return sum(map(int, code[::2] + code[1::2].translate(_DOUBLED))) % 10 == 0


_LA_POSTE: Final = "356000000"
"""SIREN whose establishments have another check: the sum of the 14 digits is a multiple of five (INSEE)."""


def is_siret(code: str) -> bool:
    """Fourteen digits whose Luhn sum is a multiple of ten, of which the first nine are a SIREN (INSEE)."""
    if len(code) != 14 or not is_siren(code[:9]):
        return False
    if code.startswith(_LA_POSTE) and sum(map(int, code)) % 5 == 0:
        return True
    return sum(map(int, code[::2].translate(_DOUBLED) + code[1::2])) % 10 == 0


def _checked_siren(code: str) -> str:
    if not is_siren(code):
        raise ValueError(f"{code} is not a SIREN (its last digit does not fit the others): correct it")
    return code


def plain_siren(code: str, *, form: str | None = None) -> str:
    """Return the SIREN of a SIREN or SIRET, without its blanks. `form` is the pattern that the refusal describes."""
    digits = code.translate(_NO_BLANKS)
    if not re.fullmatch(SIREN_INPUT, code):
        if digits.isascii() and digits.isdigit() and len(digits) not in (9, 14):
            raise ValueError(f"a SIREN has 9 digits and a SIRET has 14: this one has {len(digits)}")
        raise ValueError(message_of(form or SIREN_INPUT))
    siren = digits[:9]
    if is_siren(digits) or is_siret(digits):
        return siren
    if len(digits) == 9:
        raise ValueError(f"{siren} is not a SIREN (its last digit does not fit the others): correct it")
    if is_siren(siren):
        raise ValueError(
            f"{digits} is not a SIRET (its last digit does not fit the others): correct it, or give the SIREN {siren}"
        )
    raise ValueError(f"{digits} is not a SIRET: a SIRET has 14 digits, and its first nine, {siren}, are not a SIREN")


def plain_member(code: str) -> str:
    """Return the SIREN of a SIREN or SIRET, without its blanks, and the code of a commune as it is."""
    if words := _capital(code) or _leading_zero(5)(code):
        raise ValueError(words)
    return code if re.fullmatch(COMMUNE, code) else plain_siren(code, form=MEMBER)


def canonical(text: str) -> str:
    """Return the plain SIREN of a text that names one; any other text as it is."""
    if not re.fullmatch(SIREN_INPUT, text):
        return text
    digits = text.translate(_NO_BLANKS)
    return digits[:9] if is_siren(digits) or is_siret(digits) else text


SIREN: Final = pattern_of(r"^[0-9]{9}$", "a SIREN has nine digits, such as 200053759")
# The blanks of French typography and of copied tables: the usual one, tab, no-break, figure, thin, narrow no-break,
# ideographic.
BLANKS_OF_NUMBERS: Final = (" ", "\t", "\u00a0", "\u2007", "\u2009", "\u202f", "\u3000")
_NO_BLANKS: Final = str.maketrans("", "", "".join(BLANKS_OF_NUMBERS))
_BLANK: Final = r"[ \t\u00a0\u2007\u2009\u202f\u3000]{0,2}"
_SIREN_INPUT: Final = f"{_BLANK}([0-9]{_BLANK}){{9}}(([0-9]{_BLANK}){{5}})?"
SIREN_INPUT: Final = pattern_of(
    f"^{_SIREN_INPUT}$",
    "a SIREN has nine digits, such as 200053759, and a SIRET has 14 digits, such as 20005375900011; blanks may stand "
    "between them",
)
SIREN_INPUT_AT_MOST: Final = 44
"""Characters of a SIRET with two blanks on both sides of each digit."""
TERRITORY_KEY: Final = pattern_of(
    r"^(2018|2023)-ti-[0-9]{4}$", "a territory's key is its phase and its code, such as 2018-ti-7505"
)
TERRITORY_NAME: Final = pattern_of(
    r"^((2018|2023)-)?ti-[0-9]{4}$", "a territory is named by its key, such as 2018-ti-7505, or by its code and `phase`"
)
"""A key, or a bare code, which needs its phase beside it."""
TERRITORY_CODE: Final = pattern_of(r"^ti-[0-9]{4}$", "a territory's code looks like ti-7505")
AXIS: Final = pattern_of(r"^[a-z][a-z_-]{0,39}$", "an axis is one plain word, such as attirer")
REGIONS: Final = (
    "01",
    "02",
    "03",
    "04",
    "06",
    "11",
    "24",
    "27",
    "28",
    "32",
    "44",
    "52",
    "53",
    "75",
    "76",
    "84",
    "93",
    "94",
)
"""The régions since 2016 (INSEE)."""
FORMER_REGIONS: Final = {
    "21": "44", "22": "32", "23": "28", "25": "28", "26": "27", "31": "32", "41": "44", "42": "44", "43": "27",
    "54": "75", "72": "75", "73": "76", "74": "75", "82": "84", "83": "84", "91": "76",
}  # fmt: skip
"""Code of a région until 2015 → the région since 2016 in which it lies (INSEE)."""


def former_region(code: str) -> str | None:
    """Return the words about a région of before 2016; None for any other code."""
    successor = FORMER_REGIONS.get(code)
    return f"{code} was a région until 2015, and since 2016 it lies in {successor}" if successor else None


COLLECTIVITIES: Final = {
    "975": "Saint-Pierre-et-Miquelon",
    "977": "Saint-Barthélemy",
    "978": "Saint-Martin",
    "984": "Terres australes et antarctiques françaises",
    "986": "Wallis-et-Futuna",
    "987": "Polynésie française",
    "988": "Nouvelle-Calédonie",
    "989": "La Passion-Clipperton",
}
"""Collectivities overseas that are no départements (INSEE)."""
UNTIL_2007: Final = {"97123": "977", "97127": "978"}
"""Code of a commune of Guadeloupe until 2007 → the collectivity that it became (INSEE)."""


def overseas(code: str) -> str | None:
    """Return the words about the code of a collectivity overseas or of its communes; None for any other code."""
    if collectivity := UNTIL_2007.get(code):
        return (
            f"{code} was a commune of Guadeloupe until 2007, and today it is {COLLECTIVITIES[collectivity]}, a "
            "collectivity overseas, which is not part of these data"
        )
    name = COLLECTIVITIES.get(code[:3])
    if name is None:
        return None
    is_in = "is" if len(code) == 3 else "lies in"
    return f"{code} {is_in} {name}, a collectivity overseas, which is not part of these data"


def _collectivity(code: str) -> str | None:
    return overseas(code) if len(code) == 3 else None


def _capital(code: str) -> str | None:
    return f"write {code.upper()}, with a capital letter" if re.fullmatch("2[ab]([0-9]{3})?", code) else None


def _leading_zero(digits: int) -> Callable[[str], str | None]:
    pattern = f"[1-9][0-9]{{{digits - 2}}}"
    return lambda code: f"write 0{code}, with its leading zero" if re.fullmatch(pattern, code) else None


def _unless(*words: Callable[[str], str | None]) -> BeforeValidator:
    """Refuse a code about which there are words, before its pattern refuses it."""

    def check(code: object) -> object:
        for about in words if isinstance(code, str) else ():
            if found := about(str(code)):
                raise ValueError(found)
        return code

    return BeforeValidator(check)


# A code from before 2016, such as 73, would find nothing, and a report would show zero in its place.
REGION: Final = pattern_of(
    f"^({'|'.join(REGIONS)})$", "a région since 2016 has an INSEE code, such as 75, and GET /v1/regions lists them"
)
REGION_IN_PATH: Final = pattern_of(r"^[0-9]{2}$", "the code of a région has two digits, such as 75")
"""A code that does not exist is not found in a path."""
DEPARTEMENT: Final = pattern_of(r"^([0-9]{2}|2[AB]|97[1-6])$", "the code of a département looks like 01, 64, 2A or 974")
DEPARTEMENT_IN_PATH: Final = pattern_of(
    r"^([0-9]{2,3}|2[AB])$", "the code of a département looks like 01, 64, 2A, or 974 overseas"
)
"""A code that does not exist is not found in a path."""
COMMUNE: Final = pattern_of(
    r"^([0-9]{2}|2[AB])[0-9]{3}$", "the INSEE code of a commune has five signs, such as 64445 or 2A004"
)
# 00: over the border of a région.
EMPLOYMENT_ZONE: Final = pattern_of(
    f"^(00|{'|'.join(REGIONS)})[0-9]{{2}}$",
    "a zone d'emploi of 2020 has the code of its région, or 00, and two more digits, such as 7522",
)
DECIDED_OBJECT: Final = pattern_of(
    r"^(contract|perimeter-request|action)/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    "a decision names one object by its kind and its id in lower case, such as "
    "contract/0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11, perimeter-request/… or action/…",
)
PLACE: Final = pattern_of(
    f"^({_SIREN_INPUT}|[0-9A-Z]{{2,9}})$",
    "a place is named by its INSEE code, or by its SIREN or SIRET, such as 75, 64445 or 200067254",
)
MEMBER: Final = pattern_of(
    f"^({_SIREN_INPUT}|([0-9]{{2}}|2[AB])[0-9]{{3}})$",
    "a member is named by its SIREN or SIRET, such as 200067254, or as a commune by its INSEE code, such as 64445",
)


# The pattern bounds the length already, and says better what is wrong.
Siren = Annotated[
    str,
    StringConstraints(pattern=SIREN),
    AfterValidator(_checked_siren),
    Field(
        json_schema_extra={"maxLength": 9},
        description="SIREN (INSEE): nine digits, the last a Luhn check digit.",
        examples=["200053759"],
    ),
]
SirenInput = Annotated[
    str,
    # Not as a constraint: the validator says better what is wrong.
    AfterValidator(plain_siren),
    Field(
        json_schema_extra={"pattern": SIREN_INPUT, "maxLength": SIREN_INPUT_AT_MOST},
        description="SIREN (INSEE), or SIRET of an establishment, with or without blanks.",
        examples=["200053759"],
    ),
]
"""A SIREN in a request: it is read as the plain one of nine digits."""
TerritoryKey = Annotated[
    str,
    StringConstraints(pattern=TERRITORY_KEY),
    Field(
        json_schema_extra={"maxLength": 12},
        description="Territory key: phase and ANCT code.",
        examples=["2018-ti-7505"],
    ),
]
PhaseCode = Literal["2018", "2023"]
"""Phase of the programme, by its first call: phase 1 is 2018, phase 2 is 2023."""
TerritoryCode = Annotated[
    str,
    StringConstraints(pattern=TERRITORY_CODE),
    Field(
        json_schema_extra={"maxLength": 7},
        description="ANCT code of a territory: unique within its phase alone.",
        examples=["ti-7505"],
    ),
]
TerritoryName = Annotated[
    str,
    StringConstraints(pattern=TERRITORY_NAME),
    Field(
        json_schema_extra={"maxLength": 12},
        description="Key of a territory, or its bare code beside `phase`.",
        examples=["2018-ti-7505"],
    ),
]
AxisCode = Annotated[
    str,
    StringConstraints(pattern=AXIS),
    Field(json_schema_extra={"maxLength": 40}, description="Code of an axis (axe) of the phase.", examples=["attirer"]),
]
RegionCode = Annotated[
    str,
    StringConstraints(pattern=REGION),
    _unless(former_region, _leading_zero(2)),
    Field(json_schema_extra={"maxLength": 2}, description="INSEE code of a région.", examples=["75"]),
]
RegionInPath = Annotated[
    str,
    StringConstraints(pattern=REGION_IN_PATH),
    _unless(_leading_zero(2)),
    Field(json_schema_extra={"maxLength": 2}, description="INSEE code of a région.", examples=["75"]),
]
MemberCode = Annotated[
    str,
    AfterValidator(plain_member),
    Field(
        json_schema_extra={"pattern": MEMBER, "maxLength": SIREN_INPUT_AT_MOST},
        description="SIREN or SIRET, with or without blanks, or INSEE code of a commune.",
        examples=["64445"],
    ),
]
PlaceCode = Annotated[
    str,
    StringConstraints(pattern=PLACE),
    _unless(_capital),
    AfterValidator(canonical),
    Field(
        json_schema_extra={"maxLength": SIREN_INPUT_AT_MOST},
        description="INSEE code of a place, or its SIREN or SIRET, with or without blanks.",
        examples=["64445"],
    ),
]
"""A place of any level in a request: its SIREN is read as the plain one of nine digits."""
DepartementCode = Annotated[
    str,
    StringConstraints(pattern=DEPARTEMENT),
    Field(json_schema_extra={"maxLength": 3}, description="INSEE code of a département.", examples=["64"]),
]
DepartementInput = Annotated[DepartementCode, _unless(_collectivity, _capital, _leading_zero(2))]
"""A département in a request."""
DepartementInPath = Annotated[
    str,
    StringConstraints(pattern=DEPARTEMENT_IN_PATH),
    _unless(_capital, _leading_zero(2)),
    Field(json_schema_extra={"maxLength": 3}, description="INSEE code of a département.", examples=["64"]),
]
EmploymentZoneCode = Annotated[
    str,
    StringConstraints(pattern=EMPLOYMENT_ZONE),
    Field(json_schema_extra={"maxLength": 4}, description="INSEE code of a zone d'emploi of 2020.", examples=["7522"]),
]
DecidedObject = Annotated[
    str,
    StringConstraints(pattern=DECIDED_OBJECT),
    Field(
        json_schema_extra={"maxLength": 54},
        description="Object that a decision decides, like the subject of an event: contract/<id>, "
        "perimeter-request/<id> or action/<id>.",
        examples=["contract/0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11"],
    ),
]
CommuneCode = Annotated[
    str,
    StringConstraints(pattern=COMMUNE),
    Field(json_schema_extra={"maxLength": 5}, description="INSEE code of a commune.", examples=["64445"]),
]
CommuneInput = Annotated[CommuneCode, _unless(_capital, _leading_zero(5))]
"""A commune in a request."""
