"""The shop's customers and their pets."""
