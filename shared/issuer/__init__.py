"""The local token issuer, for the embedded platform, demos and tests."""
