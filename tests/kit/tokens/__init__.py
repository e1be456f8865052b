"""Tokens: who is let in, who is not, and what happens while keys change or the issuer is away."""
