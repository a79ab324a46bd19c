"""Work that is ended from outside."""

from __future__ import annotations

import threading

import pytest

import livetemplate
from livetemplate import Application, Cancel, Template

LONG = "{{range $i := .N}}{{range $.N}}{{end}}{{end}}"


def test_another_thread_ends_a_render() -> None:
    cancel = Cancel()
    threading.Timer(0.05, cancel.cancel).start()
    with pytest.raises(livetemplate.Cancelled):
        Template(LONG).with_cancel(cancel).render({"N": 1_000_000})
    assert cancel.is_cancelled


def test_a_timeout_ends_a_render_and_a_new_page(app: Application) -> None:
    template = Template(LONG)
    with pytest.raises(livetemplate.DeadlineExceeded):
        template.with_cancel(Cancel(timeout=0.02)).render({"N": 1_000_000})
    with pytest.raises(livetemplate.DeadlineExceeded):
        app.new_page(template.with_cancel(Cancel(timeout=0)), {"N": 1})
    assert app.page_count == 0
    assert template.render({"N": 1}) == ""


def test_an_ended_update_leaves_the_page_as_it_was(app: Application) -> None:
    cancel = Cancel()
    functions = {"stop": lambda n: cancel.cancel() if n == 2 else n}
    page = app.new_page(Template("<p>{{stop .n}}{{.n}}</p>", functions=functions), {"n": 1})
    under = page.with_cancel(cancel)
    with pytest.raises(livetemplate.Cancelled):
        under.update({"n": 2})
    assert "<p>11</p>" in page.render()
    with pytest.raises(livetemplate.Cancelled):
        under.render()
    assert page.update({"n": 3}).payload == b'{"tree":{"0":"3","1":"3"}}'


def test_what_is_not_cancelled_goes_through() -> None:
    cancel = Cancel(timeout=1e12)
    assert Template("{{.}}").with_cancel(cancel).render(1) == "1"
    assert not cancel.is_cancelled
    with pytest.raises(livetemplate.InvalidArgument, match="timeout: seconds expected"):
        Cancel(timeout=-1)
