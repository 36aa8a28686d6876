"""Names of time zones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tzlocal.windows_tz import win_tz

from calmirror.translate.zones import POSSIBLE, iana, zone


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("FLE Standard Time", "Europe/Kiev"),
        ("India Standard Time", "Asia/Calcutta"),
        ("South Sudan Standard Time", "Africa/Juba"),
        ("UTC+12", "Etc/GMT-12"),
        ("UTC", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("Coordinated Universal Time", "UTC"),
        ("Kamchatka Standard Time", "Asia/Kamchatka"),
        ("Mid-Atlantic Standard Time", "Etc/GMT+2"),
        ("Armenian Standard Time", "Asia/Yerevan"),
        ("Mexico Standard Time 2", "America/Mazatlan"),
        ("Europe/Kyiv (Kiev)", "Europe/Kiev"),
        ("Asia/Astana (Almaty)", "Asia/Almaty"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("  w. europe STANDARD time ", "Europe/Berlin"),
    ],
)
def test_a_known_name_becomes_an_iana_name(name: str, expected: str) -> None:
    assert iana(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "tzone://Microsoft/Custom",
        "Customized Time Zone",
        "Customized Time Zone 1",
        "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna",
        "Mars/Olympus_Mons",
        "Europe",
        "localtime",
        "Factory",
        "posixrules",
        "right/Europe/Berlin",
        "../../../etc/passwd",
        "/etc/localtime",
        "a\x00b",
        "\ud800",
    ],
)
def test_an_unknown_name_stays_unknown(name: str) -> None:
    assert iana(name) is None
    assert zone(name) is None


def test_every_windows_name_leads_to_rules_that_can_be_loaded() -> None:
    assert all(zone(windows) is not None for windows in win_tz)


def test_a_zone_carries_the_rules_of_the_name() -> None:
    assert zone("Pacific Standard Time") == ZoneInfo("America/Los_Angeles")


@settings(max_examples=50)
@given(st.text())
def test_no_text_makes_a_zone_by_accident_and_none_raises(name: str) -> None:
    found = iana(name)
    assert found is None or ZoneInfo(found).key == found


def rules(name: str) -> tuple[timedelta | None, ...]:
    """The offsets through one year in steps of three hours."""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    return tuple((start + timedelta(hours=3 * n)).astimezone(ZoneInfo(name)).utcoffset() for n in range(366 * 8))


def test_the_possible_zones_hold_every_set_of_rules_that_windows_names_and_no_set_twice() -> None:
    possible = [rules(name) for name in POSSIBLE]
    assert len(set(possible)) == len(POSSIBLE)
    assert {rules(name) for name in win_tz.values()} <= set(possible)
