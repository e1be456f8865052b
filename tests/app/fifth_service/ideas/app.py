"""The service, as a value."""

from pathlib import Path

from shared.runtime.platform import Service

from .api import router
from .consumers import consumer
from .models import Base

service = Service("ideas", router, Base.metadata, Path(__file__).parent / "migrations", consumer=consumer)
