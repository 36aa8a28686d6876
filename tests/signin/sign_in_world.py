"""A configuration, both services with their sign-in services, and a person, in one process and without a network."""

from __future__ import annotations

import json
import re
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from calmirror.cli.sign_ins import SignIns
from calmirror.config import load
from calmirror.http.client import Client
from calmirror.sandbox.google.service import GoogleService
from calmirror.sandbox.graph.service import GraphService
from calmirror.sandbox.service import SandboxClock
from calmirror.sandbox.signin.google.service import GoogleSignIn
from calmirror.sandbox.signin.microsoft.service import DESKTOP_APP, MicrosoftSignIn
from calmirror.sandbox.signin.person import Person as Robot
from calmirror.sandbox.transport import SandboxTransport
from calmirror.tokens.person import Asking, Way

NOW = 1_795_000_000.0
APP = 'sign_in = "app"\ntenant = "contoso.example"\nmailbox = "adele@contoso.example"\n'
"""How the configuration has an app sign in."""
ACCOUNTS = {"Microsoft": "adele@contoso.example", "Google": "adele@example.com"}


class World:
    """Everything that a sign-in needs. `microsoft` and `google` are further lines of the configuration's tables."""

    def __init__(self, folder: Path) -> None:
        self.clock = SandboxClock(NOW)
        self.graph, self.calendars = GraphService(self.clock), GoogleService(self.clock)
        self.microsoft, self.google = MicrosoftSignIn(self.graph), GoogleSignIn(self.calendars)
        self.services = [self.graph, self.calendars, self.microsoft, self.google]
        self.transport = SandboxTransport(self.services)
        self.folder = folder
        self.client_file(self.google.client_file())
        self.configure()

    def client_file(self, content: object) -> Path:
        """Writes what Google's console hands out."""
        path = self.folder / "google.json"
        path.write_text(json.dumps(content))
        return path

    def configure(
        self, *, microsoft: str = "", google: str = "", mirror: str = "", client_id: str = DESKTOP_APP
    ) -> None:
        """Writes calmirror.toml."""
        tenant = "" if "tenant" in microsoft else 'tenant = "common"\n'
        (self.folder / "calmirror.toml").write_text(
            f'[state]\nurl = "sqlite:///state.db"\n'
            f'[microsoft]\nclient_id = "{client_id}"\n{tenant}graph_url = "{self.graph.base_url}"\n'
            f'authority_url = "{self.microsoft.base_url}"\n{microsoft}\n'
            f'[google]\ncredentials = "google.json"\napi_url = "{self.calendars.base_url}"\n{google}\n'
            f'[[mirror]]\nname = "work"\n{mirror}\n'
        )

    def sign_ins(self, **environ: str) -> SignIns:
        """The sign-ins of the configuration as it is now."""
        return SignIns(load(self.folder / "calmirror.toml", {}), self.transport, self.clock, environ)

    def connect(self, service: str, way: Way = Way.BROWSER, person: Person | None = None, **asking: float) -> Person:
        """A person signs in; returns what they saw."""
        person = person or Person(self, service)
        self.sign_ins().connect(service, Asking(person=person, way=way, **asking))
        return person

    def read(self, service: str, path: str = "") -> int:
        """The status with which the service answers a read with our token, renewed where need be."""
        base, own = {
            "Microsoft": (self.graph.base_url, "/me/calendars"),
            "Google": (self.calendars.base_url, "/colors"),
        }[service]
        tokens = self.sign_ins().tokens(service)
        client = Client(self.transport, self.clock, base_url=base, service=service, tokens=tokens)
        return client.send("GET", path or own).status

    def secrets(self) -> set[str]:
        """Whatever must be shown nowhere."""
        kept = (self.folder / "state-tokens.json").read_text() if (self.folder / "state-tokens.json").exists() else ""
        return {
            *re.findall(r'"(?:access_token|refresh_token|secret)": "([^"]+)"', kept),
            *self.microsoft.ledger.codes,
            *self.microsoft.ledger.devices,
            *self.microsoft.ledger.refresh_tokens,
            *self.google.registry.codes,
            *self.google.registry.refresh_tokens,
        }


class Person:
    """Does what is told: opens the page that is shown, agrees (or not), pastes, types codes."""

    def __init__(self, world: World, service: str, *, agree: bool = True, untick: tuple[str, ...] = ()) -> None:
        self.told: list[str] = []
        self.ended_at = ""
        self.page_text = ""
        self._world = world
        self._agree = agree
        self._untick = untick
        self._secret = ""
        self._robot = Robot(world.transport.send, ACCOUNTS[service])

    def tell(self, text: str) -> None:
        """Reads; enters a device code that is shown."""
        self.told.append(text)
        if shown := re.search(r"(https?://\S+)\ncode: (\S+)", text):
            self._robot.enter_code(shown[1], shown[2], agree=self._agree)

    def open(self, url: str) -> bool:
        """Signs in, and lets the browser go where it is sent."""
        self.ended_at = self._through(url)
        if self.ended_at:
            at = urlsplit(self.ended_at)
            connection = HTTPConnection("127.0.0.1", at.port, timeout=10)
            connection.request("GET", f"{at.path or '/'}?{at.query}", headers={"Host": at.netloc})
            self.page_text = connection.getresponse().read().decode()
            connection.close()
        return True

    def ask(self, question: str, *, secret: bool = False) -> str:
        """The address where the browser ended up, or the secret."""
        if secret:
            return self._secret
        return self._through(re.search(r"https?://\S+", self.told[-1])[0])

    def with_secret(self, secret: str) -> Person:
        """Knows the app's secret."""
        self._secret = secret
        return self

    def _through(self, url: str) -> str:
        return self._robot.accept(url, self._untick) if self._agree else self._robot.cancel(url)
