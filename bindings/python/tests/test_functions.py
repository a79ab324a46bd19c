"""Functions registered from Python: the table written by real Go, exceptions, re-entry and threads."""

from __future__ import annotations

import gc
import json
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import livetemplate
from livetemplate import HTML, Application, Function, Template

TABLE = Path(__file__).resolve().parents[3] / "tests" / "functions" / "table.jsonl"
DATA = {"X": "<x>", "N": None, "I": 3, "F": 1.5, "L": [1, "<"], "M": {"k": "v"}}

Functions = dict[str, Callable[..., Any]]


def fail(*_: object) -> object:
    raise ValueError("no <luck>")


def mark(*args: object) -> str:
    return "<" + "".join("0" if a is None else str(a) if type(a) is str else "#" for a in args) + ">"


PLAIN: Functions = {
    "echo": lambda a: a,
    "pair": lambda a, b: [a, b],
    "count": lambda a, *more: 1 + len(more),
    "zero": lambda: "z",
    "nothing": lambda *_: None,
    "trust": lambda text: HTML(text),
    "record": lambda: {"a": 1, "n": None},
    "fail": fail,
    "mark": mark,
}
OWN = "html urlquery js and or not print len index eq call default break continue".split()
RESULTS: Functions = {
    "html-null": lambda *_: None,
    "html-float": lambda *_: 1.5,
    "html-list": lambda *_: [None, "<"],
    "html-trust": lambda *_: HTML("<h>"),
    "html-fail": fail,
    "html-zero": lambda: "z",
}


def functions(name: str) -> Functions:
    """The functions of a set in tests/functions/main.go."""
    if name == "plain":
        return PLAIN
    if name == "own":
        return PLAIN | dict.fromkeys(OWN, mark)
    return PLAIN | dict.fromkeys(["html", "urlquery"], RESULTS[name])


def test_results_and_errors_are_those_of_go() -> None:
    lines = TABLE.read_text().splitlines()
    assert len(lines) > 170
    different = []
    for line in lines:
        case = json.loads(line)
        try:
            got = {"output": Template(case["source"], "t", functions=functions(case["set"])).render(DATA)}
        except livetemplate.TemplateError as error:
            got = {"error": str(error)}
        if got != {key: case[key] for key in ("output", "error") if key in case}:
            different.append((case, got))
    assert different == []


def test_an_exception_is_the_cause() -> None:
    class Refused(Exception):
        pass

    raised = Refused("why")

    def refuse(_: object) -> None:
        raise raised

    template = Template("<p>\n{{refuse .}}", "page", functions={"refuse": refuse})
    with pytest.raises(livetemplate.TemplateExec) as caught:
        template.render(1)
    assert caught.value.__cause__ is raised
    assert (caught.value.template, caught.value.line, caught.value.column) == ("page", 2, 2)
    assert str(caught.value).endswith("error calling refuse: why")


def test_an_interrupt_stays_what_it_is() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Template("{{f}}", functions={"f": interrupt}).render(None)


def test_a_result_that_is_no_data_is_an_error() -> None:
    with pytest.raises(livetemplate.TemplateExec, match="error calling f: result: cannot use object of type type") as caught:
        Template("{{f}}", functions={"f": lambda: int}).render(None)
    assert isinstance(caught.value.__cause__, livetemplate.InvalidData)


def test_what_cannot_be_a_function_is_refused() -> None:
    bad: list[Any] = [{"a-b": mark}, {"f": 1}, {1: mark}]
    for given in bad:
        with pytest.raises(livetemplate.InvalidArgument):
            Template("", functions=given)


def test_optional_arguments_and_functions_without_a_signature() -> None:
    def join(a: str, b: str = "-", *, unused: int = 0) -> str:
        return a + b

    assert Template("{{join `a`}}{{join `a` `b`}}", functions={"join": join}).render(None) == "a-ab"
    with pytest.raises(livetemplate.TemplateExec, match="wrong number of args for join: want 1 to 2 got 3"):
        Template("{{join 1 2 3}}", functions={"join": join}).render(None)
    assert Template("{{max 1 3 2}}", functions={"max": max}).render(None) == "3"


def test_the_other_constructors_take_functions(tmp_path: Path) -> None:
    given: Functions = {"f": lambda a: a + 1}
    file = tmp_path / "x.html"
    file.write_text("{{f .}}")
    templates = [
        Template.from_sources([("a", "{{f .}}")], functions=given),
        Template.from_files(file, functions=given),
        Template.from_glob(tmp_path / "*.html", functions=given),
    ]
    assert [template.render(1) for template in templates] == ["2", "2", "2"]


@pytest.mark.parametrize(
    ("source", "given"),
    [("{{f .n}}", lambda f: Function(f, pure=False)), ("{{f}}", lambda f: f), ("{{f}}", lambda f: Function(f, pure=False))],
)
def test_an_update_calls_again_what_is_not_pure(
    app: Application, source: str, given: Callable[[Callable[..., Any]], Callable[..., Any] | Function]
) -> None:
    now = ["old"]
    functions = {"f": given(lambda *_: now[0])}
    page = app.new_page(Template(f"<p>{source}</p><i>{{{{.m}}}}</i>", functions=functions), {"n": 1, "m": 1})
    now[0] = "new"
    assert page.patch({"m": 1}).payload == b'{"tree":{"0":"new"}}'


def test_a_pure_function_works_like_any_other(app: Application) -> None:
    template = Template("<p>{{f .n}}{{g}}</p>", functions={"f": Function(str, pure=True), "g": Function(int, pure=True)})
    page = app.new_page(template, {"n": 1})
    assert page.update({"n": 2}).payload == b'{"tree":{"0":"2"}}'


def test_a_declared_function_says_what_it_is() -> None:
    declared = Function(max, pure=True)
    assert (declared.callable, declared.pure) == (max, True)
    assert repr(declared) == "livetemplate.Function(<built-in function max>, pure=True)"
    with pytest.raises(livetemplate.InvalidArgument, match="callable: not callable"):
        Function(1, pure=True)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Function(max)  # type: ignore[call-arg]


class Closed:
    """Something that can be watched."""


def closing_over_its_template() -> tuple[Template, weakref.ref[Closed]]:
    mark = Closed()
    templates: list[Template] = []

    def names() -> list[str]:
        assert mark is not None
        return templates[0].names

    template = Template("{{define `a`}}{{end}}{{f}}", "t", functions={"f": Function(names, pure=False)})
    templates.append(template)
    return template, weakref.ref(mark)


def test_a_function_that_refers_to_its_template_is_collected_with_it() -> None:
    template, mark = closing_over_its_template()
    assert template.render(None) == "[a t]"
    gc.collect()
    assert mark() is not None
    assert template.render(None) == "[a t]"
    del template
    gc.collect()
    assert mark() is None


def test_what_else_holds_a_template_holds_its_functions(app: Application) -> None:
    template, mark = closing_over_its_template()
    page = app.new_page(template, None)
    other = template.lookup("t")
    del template
    gc.collect()
    assert "[a t]" in page.render()
    page.close()
    gc.collect()
    assert other.render(None) == "[a t]"
    assert mark() is not None


def test_a_refused_change_leaves_the_page_as_it_was(app: Application) -> None:
    pages: list[livetemplate.Page] = []

    def change(n: int) -> None:
        if pages:
            pages[0].update({"n": n + 1})

    page = app.new_page(Template("<p>{{.n}}{{f .n}}</p>", functions={"f": Function(change, pure=False)}), {"n": 1})
    pages.append(page)
    with pytest.raises(livetemplate.TemplateExec) as caught:
        page.update({"n": 2})
    assert isinstance(caught.value.__cause__, livetemplate.Reentrant)
    assert "<p>1</p>" in page.render()
