"""The vector suite, one test per case; each leaves its transcript behind."""

from pathlib import Path

import pytest
import vectors


@pytest.mark.parametrize("path", vectors.cases(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_vector(path: Path) -> None:
    case = vectors.read(path)
    records = vectors.run(case)
    if records:
        vectors.write(case, records)
        for wire in case.wires:
            vectors.write(case, vectors.walk(case, wire), f".{wire}")


def test_the_suite_is_there() -> None:
    assert len(vectors.cases()) > 50


def test_a_wrong_byte_is_seen(tmp_path: Path) -> None:
    case = tmp_path / "wrong.txtar"
    case.write_bytes(b"-- template t --\n<p>{{.}}</p>\n-- data --\n1\n-- want 0 --\n<p>2</p>\n")
    with pytest.raises(vectors.Mismatch, match="<p>1</p>"):
        vectors.run(vectors.read(case))
