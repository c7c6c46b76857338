"""Settings: read once from the environment, checked, frozen. A wrong value stops the start and names the variable."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboard.errors import SettingsError


class Settings(BaseModel):
    """Every setting of the product. Field names in upper case are the environment variables; see README. 1 MB is 1,000,000 bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    port: Annotated[int, Field(ge=1, le=65535, description="Port the server listens on")] = 8050
    host: Annotated[str, Field(min_length=1, description="Address the server listens on; only loopback while AUTH is none")] = "127.0.0.1"
    var: Annotated[Path, Field(description="Folder for what the product writes: the embedded database and compressed files")] = Path("var")
    database_url: Annotated[str, Field(description="SQLAlchemy address of the database; empty means SQLite in the folder VAR")] = ""
    statement_seconds: Annotated[int, Field(ge=1, le=3600, description="The database ends what a page has asked of it after so long")] = 30
    studies: Annotated[Path | None, Field(description="Folder with further study definitions, read beside the built-in ones")] = None
    delivery_file_mb: Annotated[int, Field(ge=1, description="Largest file of a delivery that the page takes, in MB")] = 1000
    delivery_total_mb: Annotated[int, Field(ge=1, description="Largest delivery that the page takes, in MB")] = 2000
    auth: Annotated[Literal["none", "password", "oidc", "proxy"], Field(description="How readers sign in")] = "none"
    secret_key: Annotated[str, Field(repr=False, description="Key of the hashes of sessions; needed unless AUTH is none")] = ""
    tls: Annotated[Literal["no", "yes"], Field(description="Whether readers reach the server by https")] = "no"
    session_idle_minutes: Annotated[int, Field(ge=1, le=720, description="A session ends after so many minutes without a request")] = 30
    session_hours: Annotated[int, Field(ge=1, le=72, description="A session ends so many hours after signing in")] = 12
    proxy_header: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", description="Header that names the reader")] = "X-Remote-User"
    proxy_addresses: Annotated[str, Field(description="Addresses or networks of the reverse proxy, with commas between")] = ""
    oidc_issuer: Annotated[str, Field(description="Address of the OpenID Connect provider, as its description gives it")] = ""
    oidc_client_id: Annotated[str, Field(description="Name under which the provider knows this server")] = ""
    oidc_client_secret: Annotated[str, Field(repr=False, description="Secret from the provider; empty for a public client")] = ""
    oidc_claim: Annotated[Literal["email", "sub"], Field(description="What the provider sends that names the account")] = "email"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Field(description="Least severe message that is logged")] = "info"

    log_format: Annotated[
        Literal["", "text", "json"], Field(description="Lines of the log; empty means json, and text while AUTH is none")
    ] = ""

    @property
    def log_lines(self) -> Literal["text", "json"]:
        """How the lines of the log are really written."""
        return self.log_format or ("text" if self.auth == "none" else "json")

    @property
    def database(self) -> str:
        """The database address that is really used."""
        return self.database_url or f"sqlite:///{(self.var / 'lymphotrace.sqlite').resolve()}"

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of the reverse proxy; ValueError for a text that is no address."""
        return tuple(ip_network(part.strip()) for part in self.proxy_addresses.split(",") if part.strip())


LOOPBACK = ("127.0.0.1", "::1", "localhost")
SHORTEST_SECRET = 32
# A random text of 32 hexadecimal digits has fewer about once in a hundred million.
FEWEST_IN_SECRET = 8


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from `environment`; SettingsError names the variable, the rule and the value found."""
    given = {name: environment[name.upper()] for name in Settings.model_fields if environment.get(name.upper())}
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        faults = [f"{str(fault['loc'][0]).upper()}: {fault['msg']} (found {fault['input']!r})" for fault in error.errors()]
        raise SettingsError("\n".join(faults)) from error
    faults = _faults_together(settings)
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def _faults_together(settings: Settings) -> list[str]:
    """What is wrong with the settings beside each other. The secret is never repeated."""
    faults, here = [], settings.host in LOOPBACK
    if settings.auth == "none" and not here:
        faults.append(f"HOST: with AUTH=none only loopback addresses are allowed: {', '.join(LOOPBACK)} (found {settings.host!r})")
    if settings.auth != "none":
        faults += _secret_faults(settings)
    if settings.auth != "none" and not here and settings.tls == "no":
        faults.append("TLS: beyond loopback addresses readers sign in by https only: set TLS=yes behind a server that ends it (found 'no')")
    try:
        if settings.auth == "proxy" and not settings.proxies:
            faults.append("PROXY_ADDRESSES: with AUTH=proxy the addresses of the proxy are needed (not set)")
    except ValueError as error:
        faults.append(f"PROXY_ADDRESSES: {error} (found {settings.proxy_addresses!r})")
    return faults + _provider_faults(settings) if settings.auth == "oidc" else faults


def _secret_faults(settings: Settings) -> list[str]:
    secret, needed = settings.secret_key, f"SECRET_KEY: with AUTH={settings.auth} a secret of at least"
    if len(secret) < SHORTEST_SECRET:
        return [f"{needed} {SHORTEST_SECRET} characters is needed ({f'found {len(secret)} characters' if secret else 'not set'})"]
    if len(set(secret)) < FEWEST_IN_SECRET:
        return [f"{needed} {FEWEST_IN_SECRET} different characters is needed (found {len(set(secret))} different)"]
    return []


def _provider_faults(settings: Settings) -> list[str]:
    needed = {"OIDC_ISSUER": settings.oidc_issuer, "OIDC_CLIENT_ID": settings.oidc_client_id}
    faults = [f"{name}: with AUTH=oidc this setting is needed (not set)" for name, value in needed.items() if not value]
    if settings.oidc_issuer and not _is_issuer(settings.oidc_issuer):
        rule = "the provider’s address begins with https:// (http:// on loopback only) and has no query"
        faults.append(f"OIDC_ISSUER: {rule} (found {settings.oidc_issuer!r})")
    return faults


def _is_issuer(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    extra = parts.query or parts.fragment or "@" in parts.netloc or "?" in text or "#" in text
    return bool(host) and secure and not extra and text.isprintable() and " " not in text
