"""From the command to the screens: language and theme of the first frame, and a workspace that cannot be opened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coach.tui.start import quick_settings

ROOT = Path(__file__).parents[2]
RUN = "import sys; from coach.tui.app import CoachApp; run = CoachApp.run; CoachApp.run = lambda self: run(self, headless=True); " \
      "from coach.tui.start import run as start; sys.exit(start())"


def start(home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False,
                          env={**os.environ, "COACH_HOME": str(home), **env})


@pytest.mark.parametrize(("text", "lang", "theme"), [
    ('lang = "en"\n', "en", ""),
    ("# x\nlang='en' # mine\ntheme = \"coach-light\"\n", "en", "coach-light"), ('[other]\nlang = "en"\n', "", ""),
    ("nonsense", "", ""),
])
def test_quick_settings_read_the_file(own_workspace: Path, text: str, lang: str, theme: str) -> None:
    own_workspace.mkdir()
    (own_workspace / "settings.toml").write_text(text, encoding="utf-8")
    assert quick_settings() == {"lang": lang, "theme": theme}


def test_the_environment_goes_before_the_file(own_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_workspace.mkdir()
    (own_workspace / "settings.toml").write_text('lang = "zh"\n', encoding="utf-8")
    monkeypatch.setenv("COACH_LANG", "en")
    assert quick_settings()["lang"] == "en"


def test_no_workspace_yet_is_no_fault(own_workspace: Path) -> None:
    assert quick_settings() == {"lang": "", "theme": ""}


@pytest.mark.parametrize(("name", "content", "told"), [
    ("settings.toml", b"lang = ", "settings.toml"), ("settings.toml", b'langg = "zh"\n', "langg"), ("policy.toml", b"[signal]\n", "signal"),
    ("coach.db", b"this is no database, whatever it is called" * 50, "coach.db"),
])
def test_a_broken_workspace_ends_with_one_line(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / name).write_bytes(content)
    ended = start(home)
    assert ended.returncode == 1
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("coach: ") and told in lines[0]
    assert (home / name).read_bytes() == content


def test_leaving_does_not_wait_for_what_is_brought_up_behind(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "import coach.tui.opening as opening\n"
        "from coach.tui.app import CoachApp\n"
        "opening.warm = lambda ws: time.sleep(50)\n"
        "run, opened = CoachApp.run, CoachApp._opened\n"
        "CoachApp.run = lambda self: run(self, headless=True)\n"
        "CoachApp._opened = lambda self, found: (opened(self, found), self.set_timer(0.3, self.exit))\n"
        "from coach.tui.start import run as start\n"
        "sys.exit(start())\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=40, cwd=ROOT, check=False,
                           env={**os.environ, "COACH_HOME": str(tmp_path / "home")})
    assert ended.returncode == 0, ended.stderr
