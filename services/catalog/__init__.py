"""The catalog service: operators, the services they offer, their referents, and what is asked of them."""
