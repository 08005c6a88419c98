"""A frame that does not follow the protocol."""


class BadCommand(Exception):
    """Answered with the code `bad_command`; the sentence is for the developer of a client."""
