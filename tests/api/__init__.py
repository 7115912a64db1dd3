"""The HTTP API over its real database: the app that Lambda serves, asked in this process."""
