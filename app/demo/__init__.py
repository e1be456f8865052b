"""The demo: the programme's whole journey, played by its partners through the public API, and told line by line."""
