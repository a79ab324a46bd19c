"""Threads that render and update while functions and objects come back to the engine."""

from __future__ import annotations

import faulthandler
import threading
from collections.abc import Callable, Iterator

import pytest

import livetemplate
from livetemplate import Application, Function, Page, Template

THREADS = 8
ROUNDS = 25


@pytest.fixture(autouse=True)
def watchdog() -> Iterator[None]:
    """A deadlock ends the run, with the stacks of all threads."""
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def run(work: Callable[[int], None]) -> None:
    problems: list[BaseException] = []
    start = threading.Barrier(THREADS)

    def guarded(thread: int) -> None:
        try:
            start.wait()
            work(thread)
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=guarded, args=(thread,)) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


class Visitor:
    """Reads its page, is refused to change it, and uses another one, whenever it is asked for something."""

    def __init__(self, app: Application, n: int) -> None:
        self.app = app
        self.n = n
        self.page: Page | None = None
        self.row = Template("<i>{{.n}}</i>")

    def visit(self) -> None:
        if self.page is None:
            return
        page = self.page
        page.render()
        page.tree()
        page.data()
        for change in (lambda: page.update(1), lambda: page.patch([]), lambda: page.set_data(1)):
            with pytest.raises(livetemplate.Reentrant):
                change()
        own = self.app.new_page(self.row, {"n": self.n})
        assert own.update({"n": self.n + 1}).payload == b'{"tree":{"0":"%d"}}' % (self.n + 1)
        own.close()

    @property
    def name(self) -> str:
        self.visit()
        return f"<n{self.n}>"

    def twice(self, text: str) -> str:
        self.visit()
        return self.row.render({"n": text}) * 2

    def __iter__(self) -> Iterator[int]:
        yield self.n
        self.visit()
        yield self.n + 1

    def __len__(self) -> int:
        self.visit()
        return 2

    def __str__(self) -> str:
        self.visit()
        return f"<s{self.n}>"


SOURCE = "<p>{{f .n}} {{.o.name}} {{.o.twice .n}} {{range .o}}{{.}},{{end}}{{len .o}} {{.o}}</p>"


def html(n: int) -> str:
    twice = f"&lt;i&gt;{n}&lt;/i&gt;" * 2
    return f"<p>f{n} &lt;n{n}&gt; {twice} {n},{n + 1},2 &lt;s{n}&gt;</p>"


def test_threads_share_a_template(app: Application) -> None:
    inner = Template("f{{.}}")
    template = Template(SOURCE, functions={"f": inner.render})

    def work(thread: int) -> None:
        for i in range(ROUNDS):
            n = thread * 1000 + i + 1
            assert template.render({"n": n, "o": Visitor(app, n)}) == html(n)

    run(work)


def test_threads_share_a_page_that_is_visited_while_it_is_updated(app: Application) -> None:
    visits = threading.local()
    pages: list[Page] = []

    def f(n: int) -> str:
        visits.count = getattr(visits, "count", 0) + 1
        if pages:
            pages[0].render()
        return f"f{n}"

    template = Template(SOURCE, functions={"f": Function(f, pure=False)})
    page = app.new_page(template, {"n": 0, "o": Visitor(app, 0)})
    pages.append(page)

    def work(thread: int) -> None:
        for i in range(ROUNDS):
            n = thread * 1000 + i + 1
            visitor = Visitor(app, n)
            visitor.page = page
            page.update({"n": n, "o": visitor})
            page.patch({"m": i})
            shown = page.render()
            last = int(shown.split("<p>f")[1].split()[0])
            assert html(last) in shown
        assert visits.count >= ROUNDS

    run(work)
    assert app.page_count == 1


def test_threads_with_a_page_each(app: Application) -> None:
    template = Template(SOURCE, functions={"f": lambda n: f"f{n}"})

    def work(thread: int) -> None:
        page = app.new_page(template, {"n": 0, "o": Visitor(app, 0)})
        for i in range(ROUNDS):
            n = thread * 1000 + i + 1
            visitor = Visitor(app, n)
            visitor.page = page
            assert not page.update({"n": n, "o": visitor}).is_empty
            assert html(n) in page.render()
            assert app.get_page(page.token).data()["o"] is visitor

    run(work)
    assert app.page_count == THREADS
