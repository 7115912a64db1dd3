"""The specification of the API, made from its routes. Nothing that serves requests imports it."""
