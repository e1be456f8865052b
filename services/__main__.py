"""`python -m services`: the one command of the platform."""

import sys

from app.cli import cli
from shared.settings import SettingRefused

try:
    sys.exit(cli())
except SettingRefused as refusal:
    sys.exit(str(refusal))
