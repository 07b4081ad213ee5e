"""Everything that an operator may set, from the environment.

Names begin with `MODERATION_`; `REDIS_URL` keeps the name that platforms give it.
docs/operations.md lists every setting.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from api.environment import FromEnvironment
from classifiers import bundle
from rules.load import DEFAULT_PACKS, DEFAULT_POLICY

Bytes = Annotated[int, Field(ge=1024)]
Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[int, Field(ge=1)]

CURRENT: Final = "current"
"""The file beside promoted bundles that names the one to serve."""


class Settings(FromEnvironment):
    """The settings of one service. Raises Misset for a value that cannot be used."""

    model_config = SettingsConfigDict(
        env_prefix="MODERATION_", frozen=True, extra="ignore", env_ignore_empty=True
    )

    data: Path = Field(Path("data"), description="Folder of the embedded store and the archives.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    redis_url: str | None = Field(
        None,
        validation_alias="REDIS_URL",
        description="A Redis or Valkey to use in place of the embedded store.",
    )
    namespace: str = Field(
        "moderation",
        pattern=r"^[^{}\s]{1,100}$",
        description="Keeps several sites apart on one server.",
    )
    rules: Path = Field(DEFAULT_PACKS, description="Folder of the rule packs (*.yaml).")
    policy: Path = Field(DEFAULT_POLICY, description="The policy file.")
    model: Path = Field(bundle.DEFAULT, description="Folder of the classifier's bundle.")
    challenger: Path | None = Field(
        None, description="Folder of a bundle that judges in shadow beside the model."
    )
    classifier: bool = Field(True, description="Whether this site runs a classifier at all.")
    lease_seconds: Seconds = Field(
        300, description="How long a claimed item stays with its moderator."
    )
    undo_seconds: Seconds = Field(60, description="How long a decision can be undone.")
    comment_characters: Count = Field(
        20_000, description="Longest comment that is judged, in code points."
    )
    body_bytes: Bytes = Field(
        256 * 1024,
        description=(
            "Largest request. The default holds the longest comment and its parent even where "
            "a client writes every Arabic letter as six bytes (\\u0643)."
        ),
    )
    batch_comments: Count = Field(200, description="Most comments in one batch.")
    batch_bytes: Bytes = Field(
        4 * 1024 * 1024, description="Largest batch request, and publication of rules."
    )
    browser_client_tokens: Count = Field(
        120,
        description=(
            "What one client address may take a minute with browser keys, and at most at once: "
            "a check while typing is one token, a comment five."
        ),
    )
    browser_key_tokens: Count = Field(
        6000, description="The same for everybody together who uses one browser key."
    )
    demo: bool = Field(False, description="Whether /demo shows an article with the comment form.")
    session_seconds: Seconds = Field(
        12 * 3600, description="How long a sign-in to the console lasts at most."
    )
    session_idle_seconds: Seconds = Field(
        2 * 3600, description="How long it lasts while the console is not used."
    )
    retention_days: Count = Field(
        365, description="Age at which settled records leave the store for the archive."
    )

    @property
    def lease(self) -> timedelta:
        """How long a claimed item stays with its moderator."""
        return timedelta(seconds=self.lease_seconds)

    @property
    def undo_window(self) -> timedelta:
        """How long a decision can be undone."""
        return timedelta(seconds=self.undo_seconds)

    @property
    def model_is_fixed(self) -> bool:
        """Whether the operator named the model, so that none is promoted here."""
        return self.model.absolute() != bundle.DEFAULT.absolute()

    @property
    def shelf(self) -> Path:
        """Where promoted bundles lie, each in a folder of its version."""
        return self.data / "models"

    @property
    def served_model(self) -> Path:
        """The bundle to serve: the one that was named, else promoted here, else the shipped one."""
        if not self.model_is_fixed:
            with suppress(OSError, UnicodeDecodeError):
                name = (self.shelf / CURRENT).read_text("utf-8").strip()
                if name.isalnum() and (self.shelf / name).is_dir():
                    return self.shelf / name
        return self.model
