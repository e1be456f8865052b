"""Partners' programs, on clients that strangers' tools generate from the OpenAPI document: they play the journey."""
