"""The built wheel, not the checkout: code, playbook, rules and prompts travel together and work from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_wheel_carries_the_playbook_and_works_by_itself(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(ROOT)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(site)
    assert not [n for n in names if n.startswith("tests/") or "__pycache__" in n]
    env = {k: v for k, v in os.environ.items() if not k.startswith("COACH_")} | {
        "PYTHONPATH": str(site),
        "COACH_HOME": str(tmp_path / "home"),
    }

    def coach(*args: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "coach", *args], env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    told = json.loads(coach("kb", "check", "--json"))
    assert told["problems"] == [] and told["cards"] == 35 and told["passages"] >= 250
    where = subprocess.run(
        [sys.executable, "-c", "import coach; print(coach.__file__)"], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert str(site) in where.stdout
    coach("demo", "--no-tui", "--clients", "30", "--dir", str(tmp_path / "home"))
    assert json.loads(coach("plan", "--manager", "1001", "--date", "2026-11-24", "--json"))["manager"] == "1001"
