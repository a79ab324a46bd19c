"""The README's Python example does what its comments say."""

import re
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[3] / "README.md"


def test_example(capsys: pytest.CaptureFixture[str]) -> None:
    code = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    assert len(code) == 1
    exec(compile(code[0], str(README), "exec"), {})
    printed = capsys.readouterr().out
    promised = re.findall(r"# (b'.*')", code[0])
    assert promised and all(line in printed for line in promised)
