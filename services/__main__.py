"""`python -m services`: the one command of the platform."""

import sys

from app.cli import cli

sys.exit(cli())
