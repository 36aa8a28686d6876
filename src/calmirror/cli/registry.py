"""The commands by name. Each is imported when it is used: `calmirror --help` pays for none of them."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import click

from calmirror.cli.failures import guarded


class Entry(NamedTuple):
    """Where a command lives, as "module:attribute", and its line in the list of commands."""

    where: str
    summary: str


COMMANDS = {
    "init": Entry("calmirror.cli.init:init", "Set up a first mirror: a few questions, both sign-ins, a plan."),
    "connect": Entry("calmirror.cli.connect:connect", "Sign in to Microsoft and Google."),
    "plan": Entry("calmirror.cli.plan:plan", "Show what a sync would do, and why. Writes nothing."),
    "sync": Entry("calmirror.cli.sync:sync", "Make the Google calendar what the Outlook calendar is."),
    "status": Entry("calmirror.cli.status:status", "Show when each mirror was last right, and what hinders it."),
    "verify": Entry("calmirror.cli.verify:verify", "Compare both calendars, occurrence by occurrence."),
    "explain": Entry("calmirror.cli.explain:explain", "Tell what is shown of one event, and why."),
    "repair": Entry("calmirror.cli.repair:repair", "Put right what was changed in the Google calendar."),
    "import": Entry("calmirror.cli.import_:import_", "Move in from the script that came before calmirror."),
    "adopt": Entry("calmirror.cli.adopt:adopt", "Take over what other tools copied into the Google calendar."),
    "purge": Entry("calmirror.cli.purge:purge", "Delete from Google all that it made, and nothing else."),
    "undo": Entry("calmirror.cli.undo:undo", "Give the Google calendar back as it was before a run."),
    "journal": Entry("calmirror.cli.journal:journal", "List what runs wrote, event by event, before and after."),
    "calendars": Entry("calmirror.cli.calendars:calendars", "List the calendars of both sides, and who uses which."),
    "doctor": Entry("calmirror.cli.doctor:doctor", "Check everything that can hinder a mirror, and name the cure."),
    "schedule": Entry("calmirror.cli.schedule:schedule", "Have a sync run every so often, unattended."),
    "demo": Entry("calmirror.cli.demo:demo", "See it work on this machine, without any account."),
    "sandbox": Entry("calmirror.cli.sandbox:sandbox", "Run stand-ins of both services to try things out on."),
}


class LazyCommands(click.Group):
    """A group that knows its commands' names and summaries, and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order in which a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command, or None for a name that is not one."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].where.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """The list of commands, from the summaries alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command and ends with its exit code; every failure is told in calmirror's way."""
        ctx.exit(guarded(lambda: super(LazyCommands, self).invoke(ctx), ctx))
