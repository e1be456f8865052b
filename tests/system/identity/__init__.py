"""An issuer that is not ours: its tokens, its rotations, its absence; and what else might say who calls."""
