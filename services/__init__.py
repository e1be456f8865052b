"""The four services, each a small house with the same rooms."""
