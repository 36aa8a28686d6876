"""The way to sign in is the one that was asked for."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from calmirror.cli.main import main


def test_a_device_code_for_google_is_refused_with_what_works_instead(tmp_path: Path) -> None:
    config = tmp_path / "calmirror.toml"
    config.write_text('[microsoft]\nclient_id = "x"\n[google]\ncredentials = "x.json"\n[[mirror]]\nname = "work"\n')
    done = CliRunner().invoke(main, ["--config", str(config), "connect", "google", "--device-code"])
    assert (done.exit_code, "--paste" in done.output) == (2, True)
