"""Texts of contracts and sheets, as their authors write them, and the numbers of their versions."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.contract.models import Action, Contract, ContractText, Party
from services.contract.rules import succession
from services.contract.rules.content import canonical, submitted
from services.contract.rules.succession import KnownBody
from shared.storage.history import plain

WRITTEN: Final = (
    "title",
    "starts_on",
    "ends_on",
    "project",
    "themes",
    "priorities",
    "commitments",
    "plan",
    "links",
    "protocol_id",
    "replaces",
    "complements",
)
"""Columns of a contract that its authors write, beside its parties."""
OF_PARTY: Final = ("organisation", "block", "kind", "label", "capacity", "role", "required")
"""Columns of a party that the authors of a contract write. Its name is that of its organisation."""


def written(contract: Contract) -> dict[str, Any]:
    """Return the text of a contract as its authors write it: what comments point into."""
    return {
        **{name: plain(getattr(contract, name)) for name in WRITTEN},
        "parties": [{name: plain(getattr(party, name)) for name in OF_PARTY} for party in contract.parties],
    }


def written_in(kept: ContractText) -> dict[str, Any]:
    """Return the same part of a text that was kept."""
    text: dict[str, Any] = json.loads(kept.body)
    parties = [{name: party[name] for name in OF_PARTY} for party in text["parties"]]
    return {**{name: text[name] for name in WRITTEN}, "parties": parties}


def followed(text: Mapping[str, Any], bodies: Mapping[str, KnownBody]) -> dict[str, Any]:
    """Return a text that names the organisations of today, as a draft does."""
    present = Contract(
        **{name: text[name] for name in ("themes", "priorities", "commitments")},
        parties=[Party(**party, position=index) for index, party in enumerate(text["parties"])],
    )
    succession.follow_in_contract(present, bodies)
    now_written = written(present)
    return {**text, **{name: now_written[name] for name in ("themes", "priorities", "commitments", "parties")}}


def named(text: Mapping[str, Any]) -> list[str]:
    """Return the organisations that a text names."""
    facilitator = text["themes"]["animation"]["facilitator"]
    return [
        *(party["organisation"] for party in text["parties"]),
        *(siren for priority in text["priorities"] for siren in priority["carriers"]),
        *(commitment["organisation"] for commitment in text["commitments"]),
        *([facilitator["organisation"]] if facilitator and facilitator["organisation"] else []),
    ]


def sheet_text(action: Action) -> dict[str, Any]:
    """Return the text of a sheet as its editors write it. The name of an organisation is not theirs."""
    text = {name: plain(getattr(action, name)) for name in action.content()}
    partners = [[partner["siren"], partner["role"]] for partner in action.partners]
    return {**text, "carriers": action.carried_by, "partners": partners}


def begin_version(document: Action | Contract, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Give a text that has changed since its submission a new version number."""
    if before != after and document.submitted_version == document.text_version:
        document.text_version += 1


def kept(
    contract: Contract, actions: Sequence[Action], last: ContractText | None, *, organisation: str | None, at: datetime
) -> ContractText | None:
    """Return the text of a contract to keep; None if it is kept already. `last` is the one that was kept last."""
    body = canonical(submitted(contract, actions))
    sha256 = hashlib.sha256(body).hexdigest()
    if last is not None and last.version == contract.text_version:
        if last.sha256 == sha256:
            return None
        # An organisation was renamed since, or a sheet was corrected.
        contract.text_version += 1
    contract.submitted_version = contract.text_version
    return ContractText(
        contract_id=contract.id,
        version=contract.text_version,
        sha256=sha256,
        body=body,
        submitted_at=at,
        submitted_by=organisation,
    )
