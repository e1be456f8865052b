"""What is allowed: pure, synchronous, readable by those whose rules they are. Time and caller come in as arguments."""
