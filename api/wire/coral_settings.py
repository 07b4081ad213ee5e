"""What an operator may set for Coral, from the environment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from api.environment import FromEnvironment


class CoralSettings(FromEnvironment):
    """The settings of Coral's external moderation phase. docs/wire.md lists them."""

    model_config = SettingsConfigDict(
        env_prefix="MODERATION_CORAL_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="Signing secrets of the phase, with commas between: two while one rolls. "
        "Without any, nothing is answered.",
    )
    exempt_roles: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(),
        description="Roles in Coral whose comments are not judged, with commas between.",
    )

    @field_validator("secrets", "exempt_roles", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value
