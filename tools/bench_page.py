"""The figures as tables in Markdown, and as plots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import log10
from pathlib import Path

from bench_processes import Footprint, Start, Stretch
from bench_runs import CALMIRROR, LATENCIES, Cost
from bench_translate import Speed

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
PAGE = REFERENCE / "performance.md"
COLORS = {CALMIRROR: "#1a73e8", "rewrite all": "#d93025", "list and compare": "#f29900"}
WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 640, 320, 70, 40, 34


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown; all but the first two columns are numbers."""
    ruler = ["---"] * 2 + ["---:"] * (len(head) - 2)
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in (head, ruler, *rows))


def comparison(costs: Iterable[Cost]) -> str:
    """All strategies, run by run."""
    head = ("run", "strategy", "events", "Microsoft", "Google", "units", "received", "sent", "state")
    head += (*(f"{latency} ms" for latency in LATENCIES), "processor", "statements")
    rows = sorted(costs, key=lambda one: (one.events, list(dict.fromkeys(c.run for c in costs)).index(one.run)))
    return table(head, (cells(one) for one in rows))


def cells(one: Cost) -> tuple[object, ...]:
    """One run as a line of the table."""
    return (
        *(one.run, one.strategy, grouped(one.events), grouped(one.microsoft), grouped(one.google), grouped(one.units)),
        *(size(one.received), size(one.sent), size(one.state), *(span(wall) for wall in one.wall)),
        f"{one.processor:.2f} s" if one.processor >= 0.1 else f"{one.processor * 1000:.1f} ms",
        grouped(one.statements) if one.statements else "",
    )


def footprint_table(prints: Iterable[Footprint]) -> str:
    """Memory and processor of whole processes."""
    rows = (
        (one.run, grouped(one.events), f"{one.memory:.0f} MiB", f"{one.processor:.2f} s", span(one.seconds))
        for one in prints
    )
    return table(("run", "events", "memory at most", "processor", "with the stand-ins"), rows)


def stretch_table(events: int, runs: Iterable[Stretch]) -> str:
    """What became of a first run that was killed twice."""
    rows = (
        (
            one.run,
            grouped(events),
            grouped(one.microsoft),
            grouped(one.google),
            grouped(one.units),
            f"{one.memory:.0f} MiB" if one.memory else "",
        )
        for one in runs
    )
    return table(("run", "events", "Microsoft", "Google", "units", "memory at most"), rows)


def pace_table(speeds: Iterable[Speed]) -> str:
    """How fast events become a plan."""
    rows = ((grouped(one.rows), grouped(one.items), f"{one.rate:,.0f}") for one in speeds)
    return table(("events", "single events and series", "events a second"), rows)


def start_table(begun: Iterable[Start], *, imports: bool = False) -> str:
    """What starting costs, as ratios to an empty Python process."""
    found = list(begun)
    rows = ((one.command, one.modules, f"{one.times:.1f}", f"{one.memory:.0f} MiB") for one in found)
    made = table(("command", "modules", "times an empty Python process", "memory at most"), rows)
    if imports:
        for one in found:
            slowest = ", ".join(f"{package} {spent} ms" for package, spent in one.slowest)
            made += f"\n\n{one.command}: {slowest}"
    return made


def written(costs: Sequence[Cost], parts: Mapping[str, str]) -> Iterator[Path]:
    """Writes the page's marked parts, by their marks, and the plots of the runs."""
    text = PAGE.read_text()
    for name, made in parts.items():
        begins, ends = text.index(f"<!-- {name} -->\n"), text.index("<!-- end -->", text.index(f"<!-- {name} -->"))
        text = f"{text[:begins]}<!-- {name} -->\n{made}\n{text[ends:]}"
    PAGE.write_text(text)
    yield PAGE
    plots: dict[str, tuple[str, str, Callable[[Cost], float]]] = {
        "performance-change.svg": ("one change", "Requests of a run with one change", lambda c: c.microsoft + c.google),
        "performance-idle.svg": ("nothing new", "Bytes received by a run with nothing new", lambda c: c.received),
        "performance-wall.svg": (
            "one change",
            "Seconds of a run with one change (50 ms each)",
            lambda c: c.wall[1],
        ),
    }
    for name, (run, title, value) in plots.items():
        path = REFERENCE / name
        path.write_text(plot(title, [(c.strategy, c.events, value(c)) for c in costs if c.run == run]))
        yield path


def plot(title: str, points: Sequence[tuple[str, int, float]]) -> str:
    """A plot with both scales logarithmic, a line for each strategy."""
    xs = [log10(events) for _, events, _ in points]
    ys = [log10(max(value, 0.01)) for _, _, value in points]
    low, high = int(min(ys)) - (min(ys) < 0), int(max(ys)) + 1

    def at(events: float, value: float) -> tuple[float, float]:
        across = (log10(events) - min(xs)) / ((max(xs) - min(xs)) or 1)
        up = (log10(max(value, 0.01)) - low) / (high - low)
        return round(LEFT + across * (WIDTH - LEFT - 130), 1), round(HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - TOP), 1)

    drawn = [f'<text x="{LEFT}" y="20" font-weight="bold">{title}</text>']
    for power in range(low, high + 1):
        _, y = at(points[0][1], 10.0**power)
        drawn.append(f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - 130}" y2="{y}" stroke="#ddd"/>')
        drawn.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{10.0**power:,g}</text>')
    for events in sorted({events for _, events, _ in points}):
        x, _ = at(events, 1)
        drawn.append(f'<text x="{x}" y="{HEIGHT - 14}" text-anchor="middle">{grouped(events)} events</text>')
    for strategy, color in COLORS.items():
        spots = sorted(at(events, value) for name, events, value in points if name == strategy)
        if not spots:
            continue
        line = " ".join(f"{x},{y}" for x, y in spots)
        drawn.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        drawn += [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{color}"/>' for x, y in spots]
        x, y = spots[-1]
        drawn.append(f'<text x="{x + 8}" y="{y + 4}" fill="{color}">{strategy}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{title}"><rect width="100%" height="100%" fill="#fff"/>'
        + "".join(drawn)
        + "</svg>\n"
    )


def grouped(number: int) -> str:
    """A number with its thousands set apart."""
    return f"{number:,}"


def size(count: int) -> str:
    """Bytes, for people."""
    for unit in ("B", "kB"):
        if count < 1000:
            return f"{count:.3g} {unit}" if unit != "B" else f"{count} B"
        count = count / 1000  # type: ignore[assignment] # a number all the same
    return f"{count:.3g} MB"


def span(seconds: float) -> str:
    """Seconds, for people."""
    if seconds < 100:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
