"""Prepare what all forked processes share: the fork server imports this last.

The garbage collector of a forked process neither looks through the imported modules nor copies their memory, and its
clients find the certificates read.
"""

import gc

from tests.support import certificates

certificates.share()
gc.collect()
gc.freeze()
