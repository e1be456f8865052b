"""Limits of a request body: those of the settings, or those of an operation that takes files."""

from dataclasses import dataclass

from shared.problem import BodyTooLarge


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """Maximum size and time of a request body."""

    max_bytes: int
    max_seconds: float

    def refuse_over(self, size: int) -> None:
        """Refuse a body that is larger."""
        if size > self.max_bytes:
            raise BodyTooLarge(f"Send at most {self.max_bytes} bytes.")
