"""The notification service, tested."""
