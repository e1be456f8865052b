"""Rules: pure and synchronous. Time and caller are arguments."""
