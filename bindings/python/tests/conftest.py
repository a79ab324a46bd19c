"""Fixtures of the API tests."""

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
