"""Python objects in data: what templates reach of them, and what they do not."""

from __future__ import annotations

import array
import enum
import io
from collections import ChainMap, OrderedDict, UserDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import PurePosixPath
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import pytest

import livetemplate
from livetemplate import HTML, Application, Template


def render(source: str, data: object) -> str:
    return Template(source, "t").render(data)


class Colour(enum.Enum):
    RED = "r"


class Point(NamedTuple):
    x: int
    y: int


@dataclass
class Item:
    name: str
    price: Decimal
    tags: list[str] = field(default_factory=list)
    _stock: int = 3
    kind: ClassVar[str] = "item"

    @property
    def label(self) -> str:
        return f"{self.name}!"

    @property
    def broken(self) -> str:
        return self.missing  # type: ignore[attr-defined, no-any-return]

    def times(self, n: int, sep: str = "") -> str:
        return sep.join([self.name] * n)

    def refuse(self) -> None:
        raise KeyError("no <luck>")

    def _secret(self) -> str:
        return "secret"


class Shelf:
    """Sequence and truth by hand, no text."""

    def __init__(self, *items: object) -> None:
        self.all = items

    def __getitem__(self, index: int) -> object:
        return self.all[index]

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[object]:
        return iter(self.all)


class Off:
    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return "<off>"


ITEM = Item("nut", Decimal("1.50"), ["a", "<b>"])


@pytest.mark.parametrize(
    ("source", "value", "html"),
    [
        ("{{.name}} {{.price}} {{.label}} {{.kind}}", ITEM, "nut 1.50 nut! item"),
        ("{{range .tags}}{{.}};{{end}}", ITEM, "a;&lt;b&gt;;"),
        ('{{.times 2}} {{.times 2 "-"}} {{2 | .times}}', ITEM, "nutnut nut-nut nutnut"),
        ("{{.}}", ITEM, "Item(name=&#39;nut&#39;, price=Decimal(&#39;1.50&#39;), tags=[&#39;a&#39;, &#39;&lt;b&gt;&#39;], _stock=3)"),
        ("{{.x}}{{.y}} {{.}} {{len .}} {{index . 1}} {{range .}}{{.}},{{end}}", Point(1, 2), "12 [1 2] 2 2 1,2,"),
        ("{{.}} {{.name}} {{.value}}", Colour.RED, "Colour.RED RED r"),
        ("{{.}}", Decimal("1.50"), "1.50"),
        ("{{.}} {{.hex}}", UUID(int=5), f"{UUID(int=5)} {UUID(int=5).hex}"),
        ('{{.}} {{.year}} {{.strftime "%d.%m."}}', date(2025, 2, 1), "2025-02-01 2025 01.02."),
        ("{{.}} {{.days}}", timedelta(days=2), "2 days, 0:00:00 2"),
        ("{{.}} {{.name}}", PurePosixPath("/a/b"), "/a/b b"),
        ("{{.a}}{{.b.c}}", SimpleNamespace(a=1, b=SimpleNamespace(c=2)), "12"),
        ("{{len .}}{{index . 1}}{{range $i, $x := .}} {{$i}}{{$x}}{{end}}", Shelf("a", "<b>"), "2&lt;b&gt; 0a 1&lt;b&gt;"),
        ("{{range .}}{{.}},{{else}}none{{end}}", Shelf(), "none"),
        ("{{if .}}yes{{else}}no{{end}}", Shelf(), "no"),
        ("{{if .}}yes{{else}}no{{end}} {{.}}", Off(), "no &lt;off&gt;"),
        ("{{if .}}yes{{end}}", object(), "yes"),
        ("{{range .}}{{.}}{{end}}", deque([1, 2]), "12"),
        ("{{range .}}{{.}}{{end}}{{len .}}", range(3), "0123"),
        ("{{range .}}{{.}}{{end}}", {7}, "7"),
        ("{{range .}}{{.}}{{end}}", array.array("i", [1, 2]), "12"),
        ("{{call .f 2}}", {"f": lambda n: n + 1}, "3"),
        ("{{call .f 2 3}}", {"f": max}, "3"),
        ("{{printf `%s|%v|%q` . . .}}", Off(), "&lt;off&gt;|&lt;off&gt;|&#34;&lt;off&gt;&#34;"),
        ("{{printf `%T` .}}", ITEM, f"{__name__}.Item"),
        ("{{.k}} {{range $k, $v := .}}{{$k}}{{$v}}{{end}} {{.items}}", UserDict(k=1, items=2), "1 items2k1 2"),
        ("{{.}}", ChainMap({"a": 1}, {"a": 2, "b": 3}), "map[a:1 b:3]"),
        ("{{.}}", 1 + 2j, "(1&#43;2i)"),
    ],
)
def test_objects_are_used_as_they_are(source: str, value: object, html: str) -> None:
    assert render(source, value) == html


@pytest.mark.parametrize(
    ("value", "script"),
    [
        (ITEM, r'{"name":"nut","price":"1.50","tags":["a","\u003cb\u003e"]}'),
        ([Point(1, 2)], "[[1,2]]"),
        ({"i": [ITEM]}, r'{"i":[{"name":"nut","price":"1.50","tags":["a","\u003cb\u003e"]}]}'),
        (Decimal("1.50"), '"1.50"'),
        (date(2025, 2, 1), '"2025-02-01"'),
    ],
)
def test_javascript_gets_fields_or_text(value: object, script: str) -> None:
    assert render("<script>{{.}}</script>", value) == f"<script>{script}</script>"


def test_what_has_no_json_form_is_said() -> None:
    html = render("<script>{{.}}</script>", Shelf())
    assert "null" in html
    assert f"object of type {__name__}.Shelf has no JSON form" in html


def test_a_dataclass_that_contains_itself_has_no_json_form() -> None:
    @dataclass
    class Node:
        next: object = None

    node = Node()
    node.next = [node]
    assert "nested more than" in render("<script>{{.}}</script>", node)
    assert render("{{len .next}}", node) == "1"


class Dictionary(dict[str, object]):
    def method(self) -> str:
        return "method"


class Words(list[object]):
    def method(self) -> str:
        return "method"


class Loud(str):
    def method(self) -> str:
        return "method"


class Marked:
    def __init__(self) -> None:
        self._private = "private"
        self.__html__ = lambda: "<b>"


def generator() -> Iterator[int]:
    yield 1
    yield 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("__class__", ITEM),
        ("__dict__", ITEM),
        ("__init__", ITEM),
        ("_secret", ITEM),
        ("_stock", ITEM),
        ("_private", Marked()),
        ("absent", ITEM),
        ("format", "text"),
        ("format", Loud("text")),
        ("method", Loud("text")),
        ("append", [1]),
        ("method", Words()),
        ("append", Words()),
        ("count", Point(1, 2)),
        ("_replace", Point(1, 2)),
        ("add", {1}),
        ("gi_frame", generator()),
        ("close", generator()),
        ("func_globals", lambda: None),
        ("__globals__", lambda: None),
        ("args", ValueError("x")),
        ("with_traceback", ValueError("x")),
        ("mro", ITEM),
    ],
)
def test_what_is_not_offered_is_not_reached(name: str, value: object) -> None:
    for source in (f"{{{{.{name}}}}}", f"{{{{.{name} 1}}}}"):
        with pytest.raises(livetemplate.TemplateExec, match=f"can't evaluate field {name} in type|has arguments but"):
            render(source, value)


def test_names_in_a_dict_are_its_keys() -> None:
    for data in ({"items": 1}, Dictionary(items=1), OrderedDict(items=1), UserDict(items=1)):
        assert render("{{.items}}{{.method}}{{.pop}}", data) == "1"
        with pytest.raises(livetemplate.TemplateExec):
            render("{{.pop 1}}", data)
    assert render("{{.k}}", Dictionary(k=HTML("<b>"))) == "<b>"


def test_html_of_the_instance_does_not_count() -> None:
    assert "<b>" not in render("{{.}}", Marked())


def test_classes_and_modules_are_no_data() -> None:
    for value in (Item, int, enum):
        with pytest.raises(livetemplate.InvalidData, match="data.v: cannot use object of type"):
            render("x", {"v": value})
    with pytest.raises(livetemplate.TemplateExec, match="cannot use object of type type"):
        render("{{.c}}", SimpleNamespace(c=Item))


@pytest.mark.parametrize(
    ("source", "value", "message", "cause"),
    [
        ("{{.refuse}}", ITEM, "at <.refuse>: error calling refuse: 'no <luck>'", KeyError),
        ("{{.broken}}", ITEM, "'Item' object has no attribute 'missing'", AttributeError),
        ("{{.times}}", ITEM, "error calling times: .*missing 1 required positional argument", TypeError),
        ("{{index . 5}}", Shelf(1), "error calling index: tuple index out of range", IndexError),
        ("{{index . `k`}}", Shelf(1), "error calling index: tuple indices must be", TypeError),
        ("{{range .}}{{end}}", io.TextIOWrapper(io.BytesIO(b"\xff"), "utf-8"), "can't decode byte", UnicodeDecodeError),
    ],
)
def test_exceptions_become_template_errors(source: str, value: object, message: str, cause: type[Exception]) -> None:
    with pytest.raises(livetemplate.TemplateExec, match=message) as caught:
        render(source, value)
    assert isinstance(caught.value.__cause__, cause)
    assert (caught.value.template, caught.value.line) == ("t", 1)


def test_an_interrupt_in_an_object_stays_what_it_is() -> None:
    class Interrupt:
        @property
        def now(self) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        render("{{.now}}", Interrupt())


def test_an_iterator_is_used_up() -> None:
    assert render("{{range .}}{{.}}{{end}}|{{range .}}{{.}}{{else}}none{{end}}", generator()) == "12|none"


def test_iteration_without_end_is_ended() -> None:
    class Endless:
        def __iter__(self) -> Iterator[int]:
            return iter(int, 1)

    with pytest.raises(livetemplate.StepsExceeded):
        Template("{{range .}}{{end}}", max_steps=1000).render(Endless())


def test_functions_get_the_very_object() -> None:
    seen: list[Any] = []
    template = Template("{{f .}}{{.echo .}}", functions={"f": seen.append})
    data = SimpleNamespace(echo=seen.append)
    template.render(data)
    assert seen[0] is data and seen[1] is data


def test_a_page_keeps_the_object_and_asks_it_again(app: Application) -> None:
    item = Item("nut", Decimal(1))
    page = app.new_page(Template("<p>{{.item.label}}</p><i>{{.n}}</i>"), {"item": item, "n": 1})
    assert page.data()["item"] is item
    item.name = "bolt"
    assert page.patch({"n": 2}).payload == b'{"tree":{"0":"bolt!","1":"2"}}'
    assert "<p>bolt!</p>" in page.render()
    assert page.data()["item"] is item
    assert page.patch([]).is_empty


def test_objects_in_rows(app: Application) -> None:
    rows = [Item(f"n{i}", Decimal(i)) for i in range(3)]
    template = Template("<ul>{{range .}}<li data-key='{{.name}}'>{{.price}}</li>{{end}}</ul>")
    page = app.new_page(template, rows)
    rows[1].price = Decimal("9.5")
    update = page.update(rows)
    assert b"9.5" in update.payload and b"n2" not in update.payload
    assert page.render().count("<li") == 3


def test_an_object_that_renders_itself_ends_with_an_error() -> None:
    class Deep:
        def again(self) -> str:
            return template.render(self)

    template = Template("{{.again}}")
    with pytest.raises(livetemplate.TemplateExec, match="maximum recursion depth exceeded|RecursionError"):
        template.render(Deep())
