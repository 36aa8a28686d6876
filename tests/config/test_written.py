"""A configuration that calmirror writes is one that it reads, and never replaces another."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmirror.config import load
from calmirror.config.values import is_address
from calmirror.config.written import Wanted, as_toml, rewrite, write_new
from calmirror.errors import UserFixableError

PRINTABLE = st.text(min_size=1, max_size=80).filter(lambda text: text.isprintable() and text.strip())


def read(tmp_path: Path, wanted: Wanted):
    path = tmp_path / "calmirror.toml"
    path.unlink(missing_ok=True)
    write_new(path, as_toml(wanted))
    return load(path)


def test_what_was_answered_is_what_is_read(tmp_path):
    settings = read(
        tmp_path,
        Wanted(
            client_id="11111111-2222-3333-4444-555555555555",
            credentials="credentials/google_credentials.json",
            microsoft={"tenant": "contoso.example", "graph_url": "https://graph.microsoft.us/v1.0"},
            google={"requests_per_minute": 300},
            state={"url": "sqlite:///state.db"},
            mirror={"name": "work", "source": "Team", "destination": "Work", "past_days": 7},
            origin="Taken over from config.py",
        ),
    )
    assert settings.microsoft.tenant == "contoso.example"
    assert settings.microsoft.graph_url == "https://graph.microsoft.us/v1.0"
    assert settings.google.credentials == tmp_path / "credentials" / "google_credentials.json"
    assert settings.google.requests_per_minute == 300
    (mirror,) = settings.mirrors
    assert (mirror.source, mirror.destination, mirror.past_days, mirror.future_days) == ("Team", "Work", 7, 365)


@given(name=PRINTABLE, destination=PRINTABLE.filter(lambda text: not is_address(text)))
def test_any_name_survives(tmp_path_factory, name, destination):
    mirror = {"name": name, "destination": destination, "source": destination}
    wanted = Wanted(client_id="app", credentials="g.json", mirror=mirror)
    (read_again,) = read(tmp_path_factory.mktemp("written"), wanted).mirrors
    assert (read_again.name, read_again.destination, read_again.source) == (name, destination, destination)


def test_an_existing_configuration_is_left_as_it_is(tmp_path):
    path = tmp_path / "calmirror.toml"
    path.write_text("mine")
    with pytest.raises(UserFixableError) as refused:
        write_new(path, "theirs")
    assert refused.value.code == "config-exists"
    assert path.read_text() == "mine"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_it_is_for_its_owner_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        write_new(tmp_path / "calmirror" / "calmirror.toml", "")
    finally:
        os.umask(before)
    assert (tmp_path / "calmirror").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "calmirror" / "calmirror.toml").stat().st_mode & 0o777 == 0o600


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserFixableError) as refused:
        write_new(tmp_path / "file" / "calmirror.toml", "")
    assert refused.value.code in ("config-unwritable", "config-exists")


def test_what_we_wrote_is_replaced_and_what_somebody_changed_since_is_not(tmp_path):
    path = tmp_path / "calmirror.toml"
    write_new(path, "first")
    rewrite(path, "first", "second")
    assert path.read_text() == "second"
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("theirs")
    rewrite(path, "second", "third")
    assert path.read_text() == "theirs"
