"""Rules: pure, without database, clock or network."""
