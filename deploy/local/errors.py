"""The one error of this package."""


class StackError(Exception):
    """Something of the local stack does not run. The text says what happened, what was logged, what to do."""
