"""Tokens, callers, permissions."""
