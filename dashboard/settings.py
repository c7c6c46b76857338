"""Settings: read once from the environment, checked, frozen. A wrong value stops the start and names the variable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboard.errors import SettingsError


class Settings(BaseModel):
    """Every setting of the product. Field names in upper case are the environment variables; see README. 1 MB is 1,000,000 bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    port: Annotated[int, Field(ge=1, le=65535, description="Port the server listens on")] = 8050
    host: Annotated[str, Field(min_length=1, description="Address the server listens on; only loopback while AUTH is none")] = "127.0.0.1"
    var: Annotated[Path, Field(description="Folder for what the product writes: the embedded database and compressed files")] = Path("var")
    database_url: Annotated[str, Field(description="SQLAlchemy address of the database; empty means SQLite in the folder VAR")] = ""
    studies: Annotated[Path | None, Field(description="Folder with further study definitions, read beside the built-in ones")] = None
    delivery_file_mb: Annotated[int, Field(ge=1, description="Largest file of a delivery that the page takes, in MB")] = 1000
    delivery_total_mb: Annotated[int, Field(ge=1, description="Largest delivery that the page takes, in MB")] = 2000
    auth: Annotated[Literal["none"], Field(description="How readers sign in")] = "none"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Field(description="Least severe message that is logged")] = "info"

    @property
    def database(self) -> str:
        """The database address that is really used."""
        return self.database_url or f"sqlite:///{(self.var / 'lymphotrace.sqlite').resolve()}"


LOOPBACK = ("127.0.0.1", "::1", "localhost")


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from `environment`; SettingsError names the variable, the rule and the value found."""
    given = {name: environment[name.upper()] for name in Settings.model_fields if environment.get(name.upper())}
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        faults = [f"{str(fault['loc'][0]).upper()}: {fault['msg']} (found {fault['input']!r})" for fault in error.errors()]
        raise SettingsError("\n".join(faults)) from error
    if settings.auth == "none" and settings.host not in LOOPBACK:
        raise SettingsError(f"HOST: with AUTH=none only loopback addresses are allowed: {', '.join(LOOPBACK)} (found {settings.host!r})")
    return settings
