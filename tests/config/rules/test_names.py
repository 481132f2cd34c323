from __future__ import annotations

from typing import Any

import pytest

from tests.config.samples import OTHER_ACCOUNT, conflicts, problems


def dns(**settings: Any) -> dict[str, str]:
    return problems(dns=settings)


@pytest.mark.parametrize("key", ["project", "Environment", "MANAGEDBY"])
def test_own_tags_stay_ours(key: str) -> None:
    assert set(problems(tags={key: "x"})) == {f"tags.{key}"}


def test_tags_that_differ_in_case_only() -> None:
    assert set(problems(tags={"Team": "a", "team": "b"})) == {"tags.team"}


def test_protected_secrets_can_be_restored() -> None:
    at_once = {"recovery_window_days": 0}
    assert set(problems(secrets=at_once)) == {"secrets.recovery_window_days"}
    assert not problems(secrets=at_once, protection=False)


def test_domain_in_its_zone() -> None:
    assert not dns(domain="chat.example.com")
    assert not dns(domain="chat.example.com", zone_name="example.com")
    assert not dns(domain="example.com", zone_name="example.com")


@pytest.mark.parametrize("zone", ["example.org", "ample.com", "x.chat.example.com"])
def test_domain_outside_its_zone(zone: str) -> None:
    assert set(dns(domain="chat.example.com", zone_name=zone)) == {"dns.zone_name"}


def test_existing_zone_needs_its_id() -> None:
    assert set(dns(domain="example.com", zone="existing")) == {"dns.zone_id"}
    assert not dns(domain="example.com", zone="existing", zone_id="Z0123456789ABC")


def test_new_zone_has_no_id_yet() -> None:
    assert set(dns(domain="example.com", zone_id="Z0123456789ABC")) == {"dns.zone_id"}


def test_zone_without_domain() -> None:
    found = dns(zone="existing", zone_name="example.com", zone_id="Z0123456789ABC")
    assert set(found) == {"dns.zone", "dns.zone_name", "dns.zone_id"}


def test_image_is_named_once() -> None:
    digest = "sha256:" + "0" * 64
    assert set(problems(image={"tag": "v1", "digest": digest})) == {"image.tag"}
    assert not problems(image={"digest": digest})


@pytest.mark.parametrize("tag", ["unreleased", "release-", "release-1", "release-20260101T000000Z-0123456789abcdef"])
def test_tags_that_releases_give_are_nobody_elses(tag: str) -> None:
    assert set(problems(image={"tag": tag})) == {"image.tag"}
    assert not problems(image={"tag": f"v-{tag}"})


def test_emulators_own_no_placeholder() -> None:
    emulated = {"enabled": True}
    assert set(problems(account_id="111111111111", emulator=emulated)) == {"account_id"}
    assert not problems(emulator=emulated)


def test_domain_belongs_to_one_environment_whatever_the_account() -> None:
    tables = {"dns": {"domain": "chat.example.com"}}
    assert set(conflicts(tables, {**tables, "account_id": OTHER_ACCOUNT})) == {"dns.domain"}
    assert not conflicts(tables, {"dns": {"domain": "other.example.com"}})


def test_zone_has_one_creator_in_an_account() -> None:
    here = {"dns": {"domain": "dev.example.com", "zone_name": "example.com"}}
    there = {"dns": {"domain": "example.com"}}
    user = {"dns": {"domain": "a.example.com", "zone_name": "example.com", "zone": "existing", "zone_id": "Z0123456"}}
    assert set(conflicts(here, there)) == {"dns.zone"}
    assert "environment staging creates the hosted zone example.com" in conflicts(here, there)["dns.zone"]
    assert not conflicts(user, there)
    assert not conflicts(here, {**there, "account_id": OTHER_ACCOUNT})


def test_repository_belongs_to_one_environment_in_an_account_and_region() -> None:
    tables = {"image": {"repository": "chat"}}
    assert set(conflicts(tables, tables)) == {"image.repository"}
    assert not conflicts(tables, {**tables, "region": "us-west-2"})
    assert not conflicts(tables, {**tables, "account_id": OTHER_ACCOUNT})
    assert not conflicts(tables, {"image": {"repository": "other"}})


def test_placeholders_are_no_common_account() -> None:
    tables = {"image": {"repository": "chat"}, "account_id": "111111111111"}
    assert not conflicts(tables, tables)


def test_the_emulated_account_is_another_one() -> None:
    tables = {"image": {"repository": "chat"}}
    assert not conflicts(tables, {**tables, "emulator": {"enabled": True}})


def test_environments_have_no_conflict_by_default() -> None:
    assert not conflicts({}, {})
