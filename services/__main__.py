"""`python -m services`: the one command of the platform."""

import gc
import sys

# A collection after each 700 new objects (the default) costs 7 % of a request, and a sixth of the imports.
gc.set_threshold(10_000, 20, 20)

from app.cli import cli  # noqa: E402 - the imports that it speeds up
from shared.settings import SettingRefused  # noqa: E402

try:
    sys.exit(cli())
except SettingRefused as refusal:
    sys.exit(str(refusal))
