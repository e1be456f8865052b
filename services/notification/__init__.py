"""The notification service: the journal of every event, its feed, and signed deliveries to subscribers."""
