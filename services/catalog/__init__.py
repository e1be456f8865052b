"""The catalog service: operators, the services they offer, their referents, and the requests for them."""
