"""Fixtures of the API tests, and the line that says how many vectors ran."""

from collections.abc import Iterator

import pytest

import livetemplate


@pytest.fixture
def app() -> Iterator[livetemplate.Application]:
    with livetemplate.Application() as made:
        yield made


@pytest.fixture
def template() -> livetemplate.Template:
    return livetemplate.Template(
        "<body><h1>Hello {{.name}}</h1><ul>{{range .rows}}<li data-key='{{.id}}'>{{.text}}</li>{{end}}</ul></body>",
        "page",
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts = {
        outcome: sum("::test_vector[" in report.nodeid for report in terminalreporter.stats.get(outcome, []))
        for outcome in ("passed", "failed", "error")
    }
    if any(counts.values()):
        failed = counts["failed"] + counts["error"]
        terminalreporter.write_line(f"vectors: {counts['passed']} passed, {failed} failed (python)")
