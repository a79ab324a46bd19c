"""The stubs say what the module has."""

import os
import subprocess
import sys
from pathlib import Path

PYTHON = Path(__file__).resolve().parents[1]


def mypy(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MYPYPATH": str(PYTHON / "tests")}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=PYTHON, env=environment, capture_output=True, text=True, check=False
    )


def test_stubs_match_the_module() -> None:
    result = mypy("mypy.stubtest", "livetemplate", "--mypy-config-file", "pyproject.toml")
    assert result.returncode == 0, result.stdout + result.stderr


def test_package_tests_and_demo_are_typed() -> None:
    result = mypy("mypy", "--config-file", "pyproject.toml", "python/livetemplate", "tests", "demo")
    assert result.returncode == 0, result.stdout + result.stderr
