"""What is allowed. Pure: no database, no clock, no network."""
