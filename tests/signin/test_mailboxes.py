"""An app that reads the mailboxes of several people: each mirror its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sign_in_world import APP, World

from calmirror.cli.sign_ins import SECRET
from calmirror.config import load
from calmirror.errors import ConfigError, UserFixableError
from calmirror.http.client import Client
from calmirror.microsoft.calendar import OutlookCalendar
from calmirror.model.times import Window
from calmirror.sandbox.signin.microsoft.service import DAEMON_APP, DAEMON_SECRET

EVA = "eva@contoso.example"


@pytest.fixture
def outlook(world: World):
    """Makes the reader of a mailbox, signed in as an app."""
    world.microsoft.add_person(EVA, "contoso.example")
    world.configure(microsoft=APP, client_id=DAEMON_APP)
    tokens = world.sign_ins(**{SECRET: DAEMON_SECRET}).tokens("Microsoft")
    client = Client(world.transport, world.clock, base_url=world.graph.base_url, service="Microsoft", tokens=tokens)
    return lambda mailbox: OutlookCalendar(client, mailbox)


def test_each_mailbox_is_read_below_its_own_path_and_never_as_me(world, outlook):
    start = datetime.fromtimestamp(world.clock.now(), UTC).replace(microsecond=0)
    window = Window(start - timedelta(1), start + timedelta(30))
    world.graph.mailboxes[EVA].create(event("Eva's own", start))
    world.graph.mailbox.create(event("Adele's own", start))
    titles = {}
    for mailbox in (EVA, world.graph.mailbox.address):
        source = outlook(mailbox)
        calendar = source.resolve("")
        found = source.round(calendar, window=window)
        again = source.read(calendar, list(found.singles))
        titles[mailbox] = [one.subject for one in again.values()]
        assert calendar.startswith(f"{mailbox} ")
        assert [info.is_default for info in source.calendars()] == [True]
        assert source.resolve("Calendar") == calendar
    assert list(titles.values()) == [["Eva's own"], ["Adele's own"]]
    reads = [part.path for exchange in world.graph.log for part in [exchange, *exchange.parts]]
    assert not [path for path in reads if "/me" in path]


def event(subject, start):
    hour = {"dateTime": start.strftime("%Y-%m-%dT%H:00:00"), "timeZone": "UTC"}
    later = {"dateTime": start.strftime("%Y-%m-%dT%H:30:00"), "timeZone": "UTC"}
    return {"subject": subject, "start": hour, "end": later}


def test_a_mailbox_that_does_not_exist_is_told(outlook):
    with pytest.raises(UserFixableError) as caught:
        outlook("nobody@contoso.example").resolve("")
    assert caught.value.code in ("mailbox-not-found", "mailbox-not-enabled")


def test_an_app_without_a_mailbox_is_told_to_name_one(outlook):
    with pytest.raises(UserFixableError) as caught:
        outlook("").resolve("")
    assert caught.value.code == "mailbox-needed"


@pytest.mark.parametrize(
    ("microsoft", "mirror", "says"),
    [
        ('sign_in = "app"\ntenant = "contoso.example"', "", "mirror[0]: needs a mailbox"),
        ('sign_in = "app"\nmailbox = "a@b.example"', "", "microsoft.tenant: must be your own"),
        ("", 'mailbox = "a@b.example"', "mirror[0]: must have a mailbox only with"),
        ('certificate = "app.pem"', "", "microsoft.certificate: must stand with"),
        (f'{APP}certificate = "app.pem"\nsecret_file = "s"', "", "must not stand beside"),
        (f"{APP}", 'mailbox = "a b@c.example"', "must be an address"),
        ('authority_url = "http://localhost"', "", "must begin with https://"),
        ('sign_in = "robot"', "", 'must be "person" or "app"'),
    ],
)
def test_keys_that_do_not_go_together_are_told_with_their_place(world, microsoft, mirror, says):
    world.configure(microsoft=microsoft, mirror=mirror)
    text = (world.folder / "calmirror.toml").read_text()
    if microsoft.startswith("authority_url"):
        text = text.replace(f"authority_url = {json.dumps(world.microsoft.base_url)}\n", "")
        (world.folder / "calmirror.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(world.folder / "calmirror.toml", {})
    assert says in caught.value.what


def test_a_mirrors_own_mailbox_comes_before_that_of_everybody(world):
    world.configure(microsoft=APP, mirror=f'mailbox = "{EVA}"')
    assert load(world.folder / "calmirror.toml", {}).mirrors[0].mailbox == EVA
    world.configure(microsoft=APP)
    assert load(world.folder / "calmirror.toml", {}).mirrors[0].mailbox == "adele@contoso.example"
