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
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from coach.domain.policy import Policy, PolicyError, parse
from coach.paths import KNOWLEDGE


class SettingsError(Exception):
    """A settings or policy file that cannot be used: one line with file, key and remedy."""


def home_folder() -> Path:
    """The workspace: ``COACH_HOME``, or the platform's user data folder."""
    own = os.environ.get("COACH_HOME")
    return Path(own).expanduser() if own else user_data_path("coach", appauthor=False)


class _SettingsFile(TomlConfigSettingsSource):
    """``settings.toml``: its keys are the fields' names, whatever the environment calls them."""

    def __call__(self) -> dict[str, Any]:
        fields, path = self.settings_cls.model_fields, self.toml_file_path
        for key in self.toml_data:
            if key not in fields or key == "home":
                near = difflib.get_close_matches(key, fields, n=1, cutoff=0.5)
                hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(fields))}"
                raise SettingsError(f"{path}: unknown key {key!r}; {hint}")
        return {str(fields[key].validation_alias): value for key, value in self.toml_data.items()}


class Settings(BaseSettings):
    """One person's settings in one workspace."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, case_sensitive=True, frozen=True)

    home: Path = Field(default_factory=home_folder, validation_alias="COACH_HOME")
    db: str = Field(default="", validation_alias="COACH_DB")
    """SQLAlchemy URL; empty = SQLite in the workspace."""
    lang: Literal["zh", "en"] = Field(default="zh", validation_alias="COACH_LANG")
    chroma: str = Field(default="", validation_alias="COACH_CHROMA")
    """URL of a Chroma server; empty = embedded."""
    base_url: str = Field(default="", validation_alias="OPENAI_BASE_URL")
    api_key: SecretStr = Field(default=SecretStr(""), validation_alias="OPENAI_API_KEY")
    model: str = Field(default="", validation_alias="COACH_MODEL")
    embed_model: str = Field(default="", validation_alias="COACH_EMBED_MODEL")
    trust_local: bool = Field(default=False, validation_alias="COACH_TRUST_LOCAL")
    """Send names in clear to a model on this machine or the branch's own network; elsewhere they are always hidden."""
    model_first_s: float = Field(default=60, gt=0, validation_alias="COACH_MODEL_FIRST_S")
    """Seconds to wait for a model's first word."""
    model_stall_s: float = Field(default=8, gt=0, validation_alias="COACH_MODEL_STALL_S")
    """Seconds to wait for each word after it."""
    model_total_s: float = Field(default=120, gt=0, validation_alias="COACH_MODEL_TOTAL_S")
    """Seconds that one answer may take."""
    manager: str = Field(default="", validation_alias="COACH_MANAGER")
    """Whose day the screens open with: a staff number; empty = the first manager."""
    theme: str = Field(default="", validation_alias="COACH_THEME")

    @property
    def database_url(self) -> str:
        return self.db or f"sqlite:///{self.home / 'coach.db'}"

    @property
    def policy_file(self) -> Path:
        return self.home / "policy.toml"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _SettingsFile(settings_cls, home_folder() / "settings.toml")


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
