"""The stubs say what the module has."""

import subprocess
import sys
from pathlib import Path

PYTHON = Path(__file__).resolve().parents[1]


def test_stubs_match_the_module() -> None:
    command = [sys.executable, "-m", "mypy.stubtest", "livetemplate", "--mypy-config-file", "pyproject.toml"]
    result = subprocess.run(command, cwd=PYTHON, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
