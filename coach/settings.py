"""What a person sets: the environment first, then ``settings.toml`` in the workspace, then defaults.

The branch's method has its own file, ``policy.toml`` (:mod:`coach.domain.policy`). An unknown key or
a wrong value raises :class:`SettingsError`: one line that names the key and the remedy.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from coach.domain.policy import Policy, PolicyError, parse
from coach.paths import KNOWLEDGE


class SettingsError(Exception):
    """A settings or policy file that cannot be used: one line with file, key and remedy."""


def home_folder() -> Path:
    """The workspace: ``COACH_HOME``, or the platform's user data folder."""
    own = os.environ.get("COACH_HOME")
    return Path(own).expanduser() if own else user_data_path("coach", appauthor=False)


def _both(env: str, key: str) -> Any:
    return AliasChoices(env, key)


class Settings(BaseSettings):
    """One person's settings in one workspace."""

    model_config = SettingsConfigDict(extra="forbid", env_ignore_empty=True, populate_by_name=True, case_sensitive=False, frozen=True)

    home: Path = Field(default_factory=home_folder, validation_alias=_both("COACH_HOME", "home"))
    db: str = Field(default="", validation_alias=_both("COACH_DB", "db"))
    """SQLAlchemy URL; empty = SQLite in the workspace."""
    lang: Literal["zh", "en"] = Field(default="zh", validation_alias=_both("COACH_LANG", "lang"))
    chroma: str = Field(default="", validation_alias=_both("COACH_CHROMA", "chroma"))
    """URL of a Chroma server; empty = embedded."""
    base_url: str = Field(default="", validation_alias=_both("OPENAI_BASE_URL", "base_url"))
    api_key: SecretStr = Field(default=SecretStr(""), validation_alias=_both("OPENAI_API_KEY", "api_key"))
    model: str = Field(default="", validation_alias=_both("COACH_MODEL", "model"))
    embed_model: str = Field(default="", validation_alias=_both("COACH_EMBED_MODEL", "embed_model"))
    manager: str = Field(default="", validation_alias=_both("COACH_MANAGER", "manager"))
    """Whose day the screens open with: a staff number; empty = the first manager."""
    theme: str = Field(default="", validation_alias=_both("COACH_THEME", "theme"))

    @property
    def database_url(self) -> str:
        return self.db or f"sqlite:///{self.home / 'coach.db'}"

    @property
    def policy_file(self) -> Path:
        return self.home / "policy.toml"

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource, file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, home_folder() / "settings.toml")


def load_settings() -> Settings:
    """The settings in force. Raises :class:`SettingsError`."""
    path = home_folder() / "settings.toml"
    try:
        return Settings()
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            known = sorted(Settings.model_fields)
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            raise SettingsError(f"{path}: unknown key {key!r}; " + (f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}")) from None
        raise SettingsError(f"{key}: {first['msg']} (found {first['input']!r}); see the README's settings") from None


def load_policy(path: Path) -> Policy:
    """The default policy with a branch's own file laid over it, where there is one. Raises :class:`SettingsError`."""
    default = tomllib.loads((KNOWLEDGE / "policy.toml").read_text(encoding="utf-8"))
    if not path.exists():
        return parse(default)
    try:
        return parse(default, tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    except PolicyError as error:
        raise SettingsError(f"{path}: {error}") from None
