"""Messages as they come off the bus."""

import json
from typing import Any
from uuid import UUID, uuid4

from shared.bus import Message
from shared.clock import now
from shared.ids import uuid7
from tests.kit.conftest import OWNER
from tests.kit.ledger import Deposited


def deposited(
    account: UUID | None = None, *, amount: int = 1, balance: int = 1, sequence: Any = 1, **more: Any
) -> Message:
    """A deposit; what is None is left out of the envelope."""
    account = account or uuid4()
    event = Deposited(account_id=account, amount=amount, balance=balance, organisations=[OWNER])
    envelope = {
        "specversion": "1.0",
        "id": str(uuid7()),
        "source": "/ledger",
        "type": event.type,
        "subject": event.subject,
        "time": now().isoformat(),
        "sequence": f"{sequence:010d}" if isinstance(sequence, int) else sequence,
        "data": event.model_dump(mode="json"),
        **more,
    }
    body = json.dumps({name: value for name, value in envelope.items() if value is not None}, ensure_ascii=False)
    return Message(str(envelope["id"]), str(envelope["type"]), str(envelope["subject"]), body)
