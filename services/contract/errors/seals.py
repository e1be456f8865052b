"""Refusals of documents, seals and verifications.

Conflict 409
├── SealNotMade
└── SealNotStamped
Unavailable 503
├── DocumentNotMade
└── SealNotCompleted
"""

from shared.problem import Conflict, Unavailable


class SealNotMade(Conflict):
    """The document is not sealed yet: it is sealed in the seconds after the last signature. Try again later."""


class SealNotStamped(Conflict):
    """Validation data is added after a time stamp, and the document has none yet: wait for it."""


class DocumentNotMade(Unavailable):
    """The PDF cannot be made: its text takes too much time or memory. Its JSON says the same."""


class SealNotCompleted(Unavailable):
    """The validation data could not be gathered now: try again after `Retry-After` seconds."""
