"""The agent: a language model that acts through tools, under rules that code enforces."""
