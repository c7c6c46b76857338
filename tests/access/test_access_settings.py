"""The settings of sign-in: what is needed, and that the secret is never repeated."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from dashboard.errors import SettingsError
from dashboard.settings import Settings, read_settings

SECRET = "a secret of more than thirty-two characters"  # noqa: S105
PASSWORD = {"AUTH": "password", "SECRET_KEY": SECRET}


def test_a_secret_is_needed_and_has_no_default() -> None:
    assert Settings().secret_key == ""
    with pytest.raises(SettingsError, match=r"^SECRET_KEY: with AUTH=password .*not set"):
        read_settings({"AUTH": "password"})
    assert read_settings(PASSWORD).secret_key == SECRET


def test_a_short_secret_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY") as caught:
        read_settings({"AUTH": "password", "SECRET_KEY": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_a_long_secret_of_few_characters_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"^SECRET_KEY: .*8 different characters is needed \(found 1 different\)$"):
        read_settings({"AUTH": "password", "SECRET_KEY": "a" * 64})
    with pytest.raises(SettingsError, match=r"found 7 different"):
        read_settings({"AUTH": "password", "SECRET_KEY": "abcdefg" * 8})
    assert read_settings({"AUTH": "password", "SECRET_KEY": "abcdefgh" * 8}).secret_key


def test_the_secret_is_not_in_the_text_of_the_settings() -> None:
    assert SECRET not in repr(read_settings(PASSWORD))


@pytest.mark.parametrize("host", ["0.0.0.0", "example.org", "192.0.2.1"])  # noqa: S104
def test_beyond_loopback_https_is_needed(host: str) -> None:
    with pytest.raises(SettingsError, match=r"^TLS: "):
        read_settings({**PASSWORD, "HOST": host})
    assert read_settings({**PASSWORD, "HOST": host, "TLS": "yes"}).host == host


def test_a_proxy_needs_addresses() -> None:
    proxy = {**PASSWORD, "AUTH": "proxy"}
    with pytest.raises(SettingsError, match=r"^PROXY_ADDRESSES: .*not set"):
        read_settings(proxy)
    for wrong in ("proxy.example", "10.0.0.300", "10.0.0.1/99", "10.0.0.1;10.0.0.2"):
        with pytest.raises(SettingsError, match=r"^PROXY_ADDRESSES: "):
            read_settings({**proxy, "PROXY_ADDRESSES": wrong})
    found = read_settings({**proxy, "PROXY_ADDRESSES": "10.0.0.1, 10.1.0.0/16,::1"}).proxies
    assert found == (ip_network("10.0.0.1/32"), ip_network("10.1.0.0/16"), ip_network("::1/128"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROXY_HEADER", "X Remote"),
        ("PROXY_HEADER", "X-\r\nEvil"),
        ("SESSION_IDLE_MINUTES", "0"),
        ("SESSION_HOURS", "1000"),
        ("TLS", "maybe"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: "):
        read_settings({**PASSWORD, name: value})


def test_without_sign_in_nothing_of_it_is_asked_for() -> None:
    assert read_settings({"PROXY_ADDRESSES": "whatever"}).auth == "none"


OIDC = {"AUTH": "oidc", "SECRET_KEY": SECRET, "OIDC_ISSUER": "https://login.example.org/realms/a", "OIDC_CLIENT_ID": "lymphotrace"}


@pytest.mark.parametrize("name", ["OIDC_ISSUER", "OIDC_CLIENT_ID"])
def test_a_provider_needs_an_address_and_a_name_for_this_server(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name}: with AUTH=oidc .*not set\)$"):
        read_settings({**OIDC, name: ""})
    found = read_settings(OIDC)
    assert (found.oidc_client_secret, found.oidc_claim) == ("", "email")


@pytest.mark.parametrize(
    "issuer",
    ["login.example.org", "http://login.example.org", "ftp://login.example.org", "https://", "https://a@login.example.org", "https://a b",
     "https://login.example.org?x=1", "https://login.example.org#x", "https://login.example.org:x", "https://[::1"],
)  # fmt: skip
def test_a_provider_is_an_https_address(issuer: str) -> None:
    with pytest.raises(SettingsError, match=r"^OIDC_ISSUER: "):
        read_settings({**OIDC, "OIDC_ISSUER": issuer})


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:8080", "http://localhost/a", "http://[::1]:1/", "https://login.example.org/"])
def test_a_provider_on_this_machine_may_do_without_https(issuer: str) -> None:
    assert read_settings({**OIDC, "OIDC_ISSUER": issuer}).oidc_issuer == issuer


def test_the_secret_of_the_provider_is_not_in_the_text_of_the_settings_and_the_claim_is_one_of_two() -> None:
    assert "hunter2" not in repr(read_settings({**OIDC, "OIDC_CLIENT_SECRET": "hunter2"}))
    assert read_settings({**OIDC, "OIDC_CLAIM": "sub"}).oidc_claim == "sub"
    with pytest.raises(SettingsError, match=r"^OIDC_CLAIM: "):
        read_settings({**OIDC, "OIDC_CLAIM": "preferred_username"})
