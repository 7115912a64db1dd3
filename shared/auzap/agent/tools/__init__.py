"""What the agents can do. A tool's docstring is what the model reads of it."""
