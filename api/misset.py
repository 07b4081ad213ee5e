"""A setting that cannot be used."""

from __future__ import annotations


class Misset(Exception):  # noqa: N818 - names a state of the environment, not a mistake of the code
    """A variable of the environment cannot be used. `message` says why, and what to write."""

    def __init__(self, variable: str, message: str) -> None:
        super().__init__(f"{variable}: {message}")
        self.variable = variable
        self.message = message
