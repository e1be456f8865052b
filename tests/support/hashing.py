"""Hash histories and the journal at once, as background tasks do second by second."""

from services import NAMES
from services.notification.jobs.proofs import hash_next
from shared.settings import Settings
from shared.storage.chain import Chainer
from shared.storage.database import Database
from shared.storage.history_events import HistoryPublisher
from shared.storage.sequencer import Sequencer


async def hash_all(settings: Settings, *, published: bool = False) -> None:
    """Number and hash everything in the databases of a platform; `published` tells of the histories too."""
    for name in NAMES:
        database = Database(name, settings)
        try:
            while await Sequencer(database).number():
                pass
            while await Chainer(database).extend():
                pass
            while published and await HistoryPublisher(database, pause=1).publish():
                pass
            while name == "notification" and await hash_next(database):
                pass
        finally:
            await database.close()
