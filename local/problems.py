"""What a person who starts the stack can act on, in one line."""


class CannotStart(Exception):
    """The stack cannot start; the message is a whole sentence that names what to change."""
