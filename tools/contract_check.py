"""A check: a behaviour of a service in one sentence, and the code that acts, looks, and returns which side holds.

A check either settles a switch of the sandbox, or states a fact that calmirror relies on. The same code runs on the
sandbox and on the real service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Protocol, get_args, get_origin, get_type_hints

from calmirror.errors import CalmirrorError
from calmirror.http.message import Answer

Look = Callable[[Any], object]
OURS = "contract: "
"""How the title of every event begins that a check makes."""


class NotSettledError(Exception):
    """A check could not find out which side holds; the text says why."""


class UnexpectedAnswerError(Exception):
    """A request on the way to the answer was refused; the text has the status and the service's code, nothing else."""


class Person(Protocol):
    """Somebody at the service's own screen."""

    def does(self, sentence: str, act: str, **arguments: Any) -> None:
        """Have the person do what the sentence asks; `act` is the sandbox's method that does the same.

        Raises:
            NotSettledError: the person leaves it out, or nobody is there.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check.

    Args:
        says: the behaviour, in one sentence.
        look: gets the service's scratch calendar; returns a side of the switch, or whether the fact holds.
        switch: "" for a fact.
        sides: what can be set on the sandbox and reported, the sandbox's default first.
        given: how other switches must be set on the sandbox for the sides to differ.
        writes: whether the calendar must be one that may be written to.
        asks: whether a person must do something in the service's own screen.
    """

    name: str
    says: str
    look: Look
    switch: str = ""
    sides: tuple[Any, ...] = (True,)
    given: Mapping[str, Any] = field(default_factory=dict)
    writes: bool = True
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check: a side, or why there is none."""

    check: Check
    side: object = None
    why: str = ""
    unexpected: bool = False
    """The service refused something on the way, or answered in a form that the check cannot read."""

    @property
    def differs(self) -> bool:
        """Whether the service is not as calmirror relies on."""
        return not self.check.switch and (self.unexpected or (not self.why and self.side is not True))


class Suite:
    """All checks of one service.

    Args:
        switches: the dataclass of the sandbox's switches.
        out_of_reach: the switches that no check settles, each with the reason.
    """

    def __init__(
        self, service: Literal["Google", "Microsoft"], switches: type, out_of_reach: Mapping[str, str]
    ) -> None:
        self.service = service
        self.switches = switches
        self.out_of_reach = out_of_reach
        self.checks: list[Check] = []

    def settles(self, *, sides: Sequence[Any] = (), **more: Any) -> Callable[[Look], Look]:
        """Register a function as the check of the switch whose name it has."""

        def register(look: Look) -> Look:
            name = look.__name__
            known = tuple(sides) or sides_of(self.switches, name)
            self.checks.append(Check(name=name, says=sentence(look), look=look, switch=name, sides=known, **more))
            return look

        return register

    def fact(self, **more: Any) -> Callable[[Look], Look]:
        """Register a function as the check of a fact; it returns whether the fact holds."""

        def register(look: Look) -> Look:
            self.checks.append(Check(name=look.__name__, says=sentence(look), look=look, **more))
            return look

        return register


def sentence(look: Look) -> str:
    """The behaviour that a check is about: its docstring."""
    return " ".join((look.__doc__ or "").split())


def default_of(switches: type, name: str) -> Any:
    """What the sandbox does unless the switch is flipped."""
    return next(one.default for one in fields(switches) if one.name == name)


def sides_of(switches: type, name: str) -> tuple[Any, ...]:
    """Every value that a switch can have, its default first.

    Raises:
        ValueError: it is a number, so that the check must name the sides.
    """
    hint = get_type_hints(switches)[name]
    if hint is not bool and get_origin(hint) is not Literal:
        raise ValueError(f"the values of {name} cannot be listed")
    values = (True, False) if hint is bool else get_args(hint)
    default = default_of(switches, name)
    return (default, *(value for value in values if value != default))


def found(check: Check, scratch: Any) -> Finding:
    """Run one check.

    Raises:
        CalmirrorError: the service cannot be reached any more, or does not accept the sign-in.
    """
    try:
        return Finding(check, check.look(scratch))
    except NotSettledError as error:
        return Finding(check, why=str(error))
    except UnexpectedAnswerError as error:
        return Finding(check, why=str(error), unexpected=True)
    except CalmirrorError:
        raise
    except Exception as error:  # noqa: BLE001 - an answer in an unknown form is a finding, and the next check can run
        return Finding(check, why=f"an answer of an unexpected form ({type(error).__name__})", unexpected=True)


def accepted(answer: Answer) -> Any:
    """The body of a success, None where there is none.

    Raises:
        NotSettledError: the account may not do this, or not now (403, 429, 5xx).
        UnexpectedAnswerError: any other refusal.
    """
    if 200 <= answer.status < 300:
        return answer.json() if answer.body else None
    passing = answer.status in (403, 429) or answer.status >= 500
    raise (NotSettledError if passing else UnexpectedAnswerError)(
        f"a request was refused: {answer.status} {code_of(answer)}".rstrip()
    )


def code_of(answer: Answer) -> str:
    """The service's code of a refusal (Google's `reason`, Microsoft's `code`); "" where it has none."""
    try:
        error = answer.json()["error"]
        return str(error["errors"][0]["reason"] if "errors" in error else error["code"])
    except (ValueError, LookupError, TypeError):
        return ""
