"""Speed, as ratios to the raw parts in the same run on the same machine. `make bench` prints one table."""
