"""What an operator may set for webhooks, from the environment."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from api.environment import FromEnvironment
from api.webhooks.schedule import Schedule

Networks = tuple[IPv4Network | IPv6Network, ...]


class WebhookSettings(FromEnvironment):
    """The settings of webhooks. docs/webhooks.md lists them."""

    model_config = SettingsConfigDict(
        env_prefix="MODERATION_WEBHOOK_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    networks: Annotated[Networks, NoDecode] = Field(
        (),
        description="Networks that are not public and yet may be sent to, with commas between.",
    )
    timeout_seconds: float = Field(10.0, gt=0, le=60, description="Longest wait for an answer.")
    first_retry_seconds: float = Field(5.0, gt=0, description="Pause before the second attempt.")
    longest_pause_seconds: float = Field(
        8 * 3600.0, gt=0, description="Longest pause between attempts."
    )
    attempts: int = Field(16, ge=1, le=100, description="Attempts before a message is dead.")

    @field_validator("networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
        return value

    @property
    def schedule(self) -> Schedule:
        """When failed messages are sent again."""
        return Schedule(self.first_retry_seconds, self.longest_pause_seconds, self.attempts)
