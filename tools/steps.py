"""The steps that a history is made of: edits, time, runs that go well, runs that suffer, and looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from people import GOOGLE, OUTLOOK, Act
from processes import TO_THE_END
from story import KILLED, Story
from test_google_faults import PASSING, STOPPING
from test_microsoft_faults import LASTING
from world import Answer, Death, Fault, Request

from calmirror.sandbox.google.errors import RefusedError, named

LIES = {"list without a link"}
"""An empty list with 200 is a true answer where one event is looked for."""
MINUTES, HOURS, DAY, WEEK = 300, 7 * 3600, 26 * 3600, 7 * 86_400


def drawn(acts: Mapping[Act, int], random: Random) -> Act:
    """One of the acts, by its weight."""
    return random.choices(list(acts), list(acts.values()))[0]


def outlook(story: Story, random: Random) -> None:
    """A few edits in Outlook; what Outlook refuses does not happen."""
    for _ in range(random.choice((1, 1, 2, 4))):
        act = drawn(OUTLOOK, random)
        story.counts["edits in Outlook"] += 1
        try:
            story.tell(act(story, random))
        except (ValueError, KeyError) as refused:
            story.tell(f"{act.__name__} refused: {refused}")
            story.counts["edits that Outlook refused"] += 1


def google(story: Story, random: Random) -> None:
    """One thing that a person does in Google; what Google refuses does not happen."""
    act = drawn(GOOGLE, random)
    try:
        told = act(story, random)
    except RefusedError:
        story.tell(f"{act.__name__} refused")
        return
    story.tell(told)
    story.counts["edits in Google"] += bool(told)


def waits(story: Story, random: Random) -> None:
    """Time passes; cursors and sync tokens may die."""
    seconds = random.choice((MINUTES, HOURS, DAY, DAY, WEEK, 2 * WEEK))
    story.clock.advance(seconds)
    story.tell(f"{seconds} s pass")
    if random.random() < 0.3:
        story.graph.expire_cursors()
        story.google.expire_sync_tokens()
        story.counts["lost cursors"] += 1
        story.tell("cursors die")


def syncs(story: Story, random: Random) -> None:
    """A run that nothing disturbs."""
    options = {"unpin": True} if story.held and random.random() < 0.4 else {}
    story.run_well(full=random.random() < 0.2, **options)


def suffers(story: Story, random: Random) -> None:
    """A run during which services fail, or whose process dies, or both."""
    if random.random() < 0.8:
        outlook(story, random)
    death = Death(random.randint(1, 40), after=random.random() < 0.5) if random.random() < 0.6 else None
    if death:
        story.tell(f"dies {'after' if death.after else 'before'} {death.at}")
    for _ in range(random.randint(0 if death else 1, 3)):
        story.tell(random.choice((break_microsoft, break_google))(story, random))
    code = story.attempt(death, allow_mass_delete=random.random() < 0.3)
    heal(story)
    ending = "killed" if code == KILLED else f"exit {code}"
    story.counts[f"disturbed runs: {ending}"] += 1
    story.tell(f"{ending} {story.error.code if story.error else ''}")


def another_machine(story: Story, random: Random) -> None:
    """A run on another machine begins or goes on: for moments between which people are quick, or to its end."""
    if story.process is None:
        story.start(full=random.random() < 0.2, allow_mass_delete=random.random() < 0.3)
    if random.random() < 0.2:
        story.tell(random.choice((break_microsoft, break_google))(story, random))
    for _ in range(random.randint(1, 4)):
        steps = random.randint(1, 12) if random.random() < 0.85 else TO_THE_END
        story.tell(f"goes on for {steps}")
        story.go_on(steps)
        if story.process is None:
            break
        random.choice((outlook, google, google))(story, random)
    heal(story)


def heal(story: Story) -> None:
    """No service fails any more."""
    for service in (story.graph, story.google):
        story.counts[f"faults of {service.name}"] += sum(fault.seen for fault in service.faults)
        service.faults.clear()


def nth(random: Random, path: str, most: int) -> tuple[Callable[[Request], bool], str]:
    """Matches from the n-th request to such an address on."""
    first, seen = random.randint(1, most), [0]

    def matches(request: Request) -> bool:
        seen[0] += path in request.url
        return path in request.url and seen[0] >= first

    return matches, f"from {path or 'any'} number {first} on"


def break_microsoft(story: Story, random: Random) -> str:
    """A fault of Microsoft's: a status, a broken connection, or half an answer."""
    name = random.choice([one for one in LASTING if one not in LIES])
    inside = random.random() < 0.3
    matches, place = nth(random, "/events/" if inside else "", 12 if inside else 5)
    times = random.choice((1, 1, 2, 3, -1))
    story.graph.faults.append(Fault(matches=matches, inside_batch=inside, times=times, **LASTING[name][0]))
    return f"Microsoft {name}{' in a batch' if inside else ''} {place}, {times} times"


def break_google(story: Story, random: Random) -> str:
    """A fault of Google's, before or after a write took effect."""
    inside = random.random() < 0.7
    matches, place = nth(random, "/events" if inside else "", 25 if inside else 4)
    times = random.choice((1, 1, 2, 5, -1))
    what: dict[str, Any]
    if random.random() < 0.3:
        what = random.choice(({"reset_before": True}, {"reset_after": True}, {"truncate": random.randint(0, 400)}))
    else:
        name = random.choice([*PASSING, *STOPPING])
        what = {random.choice(("answer", "answer_after")): named(name)}
    story.google.faults.append(Fault(matches=matches, inside_batch=inside, times=times, **what))
    return f"Google {shown(what)}{' in a batch' if inside else ''} {place}, {times} times"


def shown(what: Mapping[str, Any]) -> str:
    """A fault in short."""
    return " ".join(f"{key}={value.status if isinstance(value, Answer) else value}" for key, value in what.items())


def looks(story: Story, random: Random) -> None:
    """`plan` or `verify`, which change nothing."""
    random.choice((story.rehearse, story.look))()


def repairs(story: Story, _random: Random) -> None:
    """A repair."""
    story.mend()


def forgets(story: Story, _random: Random) -> None:
    """The state is lost."""
    story.lose_state()


def renames(story: Story, _random: Random) -> None:
    """The mirror is called otherwise in the configuration."""
    story.call("job" if story.called == "work" else "work")


def moves_mailbox(story: Story, _random: Random) -> None:
    """The mailbox is moved to another server: every id in Outlook is another one."""
    story.move_mailbox()


def another_install(story: Story, _random: Random) -> None:
    """calmirror is set up on another machine, with the same configuration; the first one's state is kept."""
    if not story.copied:
        return
    story.keep_state()
    story.install_elsewhere()
    story.run_well()


def keeps_state(story: Story, _random: Random) -> None:
    """Somebody copies the state, once there is something in it."""
    if story.copied:
        story.keep_state()


def puts_back(story: Story, random: Random) -> None:
    """An old copy of the state takes its place, and perhaps something happens in Outlook before the next run."""
    if not story.has_copy:
        return
    seen = random.random() < 0.5
    story.put_state_back(seen=seen)
    story.tell(f"an old state is put back{'' if seen else ', and all is read'}")
    story.counts["states put back"] += 1
    if seen:
        story.run_well()


def takes_back(story: Story, random: Random) -> None:
    """One of the last runs is undone, or what it did to one event; now and then the undo dies and is done again."""
    runs = story.past.undoable()
    if not runs:
        return
    number = random.choice(runs)
    written = [entry.source_id for entry in story.store.journal_since(story.called, number) if not entry.is_foreign]
    event = random.choice(written) if written and random.random() < 0.3 else ""
    death = lone_death(random)
    story.tell(f"undo of {number}{event and f', only {story.name(event)}'}{f', dies at {death.at}' if death else ''}")
    story.take_back(number, event, death)
    story.counts["undone runs"] += 1


def purges(story: Story, random: Random) -> None:
    """All copies are taken out of Google; a run makes them anew."""
    if not story.copied:
        return
    story.purge(lone_death(random))
    story.run_well()


def lone_death(random: Random) -> Death | None:
    """Of one process in three."""
    return Death(random.randint(1, 20), after=random.random() < 0.5) if random.random() < 0.35 else None


STEPS: Mapping[str, tuple[float, Callable[[Story, Random], None]]] = {
    "outlook": (38, outlook),
    "google": (12, google),
    "waits": (8, waits),
    "syncs": (13, syncs),
    "suffers": (20, suffers),
    "another machine": (12, another_machine),
    "looks": (2, looks),
    "repairs": (2, repairs),
    "forgets": (1, forgets),
    "renames": (0.5, renames),
    "moves mailbox": (0.5, moves_mailbox),
    "another install": (0.5, another_install),
    "keeps state": (2, keeps_state),
    "puts back": (1.5, puts_back),
    "takes back": (2.5, takes_back),
    "purges": (0.4, purges),
}
"""How often each is drawn, against the others, and what it does."""
