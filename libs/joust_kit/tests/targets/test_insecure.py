"""What holds for every URL, and for the own machine as a target."""

import contextlib
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from joust_kit.targets.addresses import is_public
from joust_kit.targets.urls import BadTarget, check_url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://localhost:8080/hook",
        "https://localhost/",
        "http://hooks.localhost/",
        "http://127.0.0.1:9/",
        "http://127.8.8.8/",
        "http://[::1]:8080/",
        "https://example.com/",
        "https://8.8.8.8:8443/",
    ],
)
def test_insecure_targets_are_http_and_the_own_machine(url: str) -> None:
    check_url(url, allow_insecure=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1/",
        "http://192.168.0.1/",
        "http://169.254.169.254/",
        "http://0.0.0.0/",
        "http://0/",
        "http://2130706433/",
        "http://127.1/",
        "http://0x7f.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::]/",
        "http://redis:6379/",
        "http://metadata.google.internal/",
        "http://user@localhost/",
        "http://localhost/#x",
        "ftp://localhost/",
        "http://localhost:0/",
        "http://localhost./",
    ],
)
def test_insecure_targets_are_nothing_more(url: str) -> None:
    with pytest.raises(BadTarget):
        check_url(url, allow_insecure=True)


@given(st.text(max_size=60) | st.text(st.sampled_from("https:/@[]%.#?\\0x127afl "), max_size=40))
def test_no_text_makes_the_rules_fail_otherwise(rest: str) -> None:
    for url in (rest, f"https://{rest}"):
        with contextlib.suppress(BadTarget):
            check_url(url, allow_insecure=False)


@given(st.text(st.sampled_from("0123456789.xX:abcdef[]@%-"), min_size=1, max_size=24))
def test_a_host_that_is_taken_is_a_name_with_a_domain_or_a_public_address(authority: str) -> None:
    url = f"https://{authority}/"
    try:
        check_url(url, allow_insecure=False)
    except BadTarget:
        return
    host = URL(url).raw_host or ""
    if host.rpartition(".")[2][:1].isalpha() and ":" not in host:
        assert "." in host
    else:
        assert is_public(ip_address(host))


@given(st.ip_addresses(v=4), st.sampled_from(["decimal", "hex", "octal", "short", "dotted hex"]))
def test_an_ipv4_address_is_taken_in_no_unusual_form(address: object, form: str) -> None:
    value = int(ip_address(str(address)))
    first, rest = value >> 24, value & 0xFFFFFF
    host = {
        "decimal": f"{value}",
        "hex": f"{value:#x}",
        "octal": f"0{value:o}",
        "short": f"{first}.{rest}",
        "dotted hex": ".".join(f"{byte:#x}" for byte in value.to_bytes(4, "big")),
    }[form]
    with pytest.raises(BadTarget):
        check_url(f"https://{host}/", allow_insecure=True)
