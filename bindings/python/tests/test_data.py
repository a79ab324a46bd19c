"""Python data into the engine and back."""

import enum
from collections import OrderedDict
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

import livetemplate
from livetemplate import CSS, HTML, JS, URL, HTMLAttr, JSStr, Srcset, Template


def render(source: str, data: object) -> str:
    return Template(source).render(data)


def round_trip(app: livetemplate.Application, data: object) -> Any:
    return app.new_page(Template("x"), data).data()


class Level(enum.IntEnum):
    HIGH = 3


class Point(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    "value, html",
    [
        ("a<b", "a&lt;b"),
        (True, "true"),
        (5, "5"),
        (2**63 - 1, "9223372036854775807"),
        (-(2**63), "-9223372036854775808"),
        (2**64 - 1, "18446744073709551615"),
        (1.5, "1.5"),
        (1.0, "1"),
        (1e6, "1e&#43;06"),
        (Level.HIGH, "3"),
        ((1, 2), "[1 2]"),
        ([1, "a"], "[1 a]"),
        (Point(1, 2), "[1 2]"),
        ({"b": 1, "a": 2}, "map[a:2 b:1]"),
        (OrderedDict(b=1, a=2), "map[a:2 b:1]"),
        ({10: "x", 9: "y"}, "map[9:y 10:x]"),
        ({True: 1}, "map[true:1]"),
        ("\ud800x", "\ufffdx"),
        ("\ud83d\ude00", "\ufffd\ufffd"),
        ("a\x00é😀", "a\ufffdé😀"),
    ],
)
def test_values_print_as_in_go(value: object, html: str) -> None:
    assert render("{{.v}}", {"v": value}) == html


def test_an_integer_stays_one_and_a_float_stays_one() -> None:
    source = '{{printf "%T %T %T" .i .f .b}}'
    assert render(source, {"i": 3, "f": 3.0, "b": False}) == "int float64 bool"


def test_none_is_no_value() -> None:
    assert render("{{if .v}}yes{{else}}no{{end}}", {"v": None}) == "no"


@pytest.mark.parametrize(
    "value, path",
    [
        (int, "data: cannot use object of type type"),
        ({"tasks": [{}, {}, {}, {"due": Decimal}]}, "data.tasks[3].due: cannot use object of type type"),
        ({"a b": {1: {None: 1}}}, 'data["a b"][1]: cannot use key of type NoneType'),
        ([enum], "data[0]: cannot use object of type module"),
        ({"n": 2**64}, "data.n: integer does not fit 64 bits"),
        ({"n": -(2**63) - 1}, "data.n: integer does not fit 64 bits"),
        ({2**63: 1}, "data: integer key does not fit 64 signed bits"),
        ({"c": HTML}, "data.c: cannot use object of type type"),
    ],
)
def test_what_is_not_data_is_refused_with_its_path(value: object, path: str) -> None:
    with pytest.raises(livetemplate.InvalidData) as caught:
        render("x", value)
    assert str(caught.value).startswith(path)
    assert caught.value.code == 303


def test_refused_data_leaves_the_page_alone(app: livetemplate.Application) -> None:
    page = app.new_page(Template("<p>{{.v}}</p>"), {"v": 1})
    with pytest.raises(livetemplate.InvalidData, match=r"^data\.v: "):
        page.update({"v": int})
    with pytest.raises(livetemplate.InvalidData, match=r"^patch\[0\]\.value: "):
        page.patch([{"op": "replace", "path": "/v", "value": int}])
    with pytest.raises(livetemplate.InvalidData):
        page.set_data(int)
    assert page.data() == {"v": 1}


def test_data_that_contains_itself_is_too_deep() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(livetemplate.DepthExceeded):
        render("x", loop)
    knot: dict[str, Any] = {}
    knot["again"] = [knot]
    with pytest.raises(livetemplate.DepthExceeded):
        render("x", knot)


def nested(depth: int) -> list[Any]:
    data: list[Any] = []
    for _ in range(depth - 1):
        data = [data]
    return data


def test_the_depth_limit_is_the_engines(app: livetemplate.Application) -> None:
    round_trip(app, nested(128))
    with pytest.raises(livetemplate.DepthExceeded):
        round_trip(app, nested(129))


TIMES = [
    (datetime(2025, 8, 8, 14, 30, 26, tzinfo=timezone.utc), "2025-08-08T14:30:26Z 1754663426"),
    (datetime(2025, 8, 8, 14, 30, 26), "2025-08-08T14:30:26Z 1754663426"),
    (datetime(2025, 8, 8, 16, 30, 26, 500000, timezone(timedelta(hours=2))), "2025-08-08T16:30:26.5+02:00 1754663426"),
    (datetime(1, 1, 1, tzinfo=timezone.utc), "0001-01-01T00:00:00Z -62135596800"),
    (datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone.utc), "9999-12-31T23:59:59Z 253402300799"),
    (datetime(1969, 12, 31, 23, 59, 59, 1, timezone.utc), "1969-12-31T23:59:59.000001Z -1"),
    (datetime(2024, 2, 29, 0, 0, tzinfo=timezone(timedelta(hours=-7, minutes=-30))), "2024-02-29T00:00:00-07:30 1709191800"),
    (datetime(1900, 3, 1, tzinfo=timezone.utc), "1900-03-01T00:00:00Z -2203891200"),
    (datetime(2000, 3, 1, tzinfo=timezone.utc), "2000-03-01T00:00:00Z 951868800"),
]


@pytest.mark.parametrize("moment, text", TIMES)
def test_times(moment: datetime, text: str) -> None:
    source = '<textarea>{{.t.Format "2006-01-02T15:04:05.999999999Z07:00"}} {{.t.Unix}}</textarea>'
    assert render(source, {"t": moment}).replace("&#43;", "+") == f"<textarea>{text}</textarea>"


@pytest.mark.parametrize("moment, text", TIMES)
def test_times_come_back_aware(app: livetemplate.Application, moment: datetime, text: str) -> None:
    back = round_trip(app, {"t": moment})["t"]
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    assert back == aware
    assert back.utcoffset() == aware.utcoffset()


def test_a_time_that_datetime_cannot_say(app: livetemplate.Application) -> None:
    page = app.new_page(Template("x"), None)
    page.update_json('{"t": {"$time": "0000-01-01T00:00:00Z"}}', times=True)
    with pytest.raises(livetemplate.InvalidData):
        page.data()


def test_data_comes_back_as_it_went_in(app: livetemplate.Application) -> None:
    data = {
        "null": None,
        "flag": True,
        "int": -5,
        "uint": 2**64 - 1,
        "float": 1.0,
        "text": "é<",
        "bytes": b"\xff\x00",
        "list": [1, [], {}],
        "map": {1: "a", "1": "b", False: "c"},
        "html": HTML("<b>"),
        "attr": HTMLAttr('a="b"'),
        "js": JS("f()"),
        "jsstr": JSStr("a"),
        "css": CSS("color: red"),
        "url": URL("javascript:1"),
        "srcset": Srcset("a 1x"),
    }
    back = round_trip(app, data)
    assert back == data
    for name, value in data.items():
        assert type(back[name]) is type(value)


def test_a_float_comes_back_as_one(app: livetemplate.Application) -> None:
    assert isinstance(round_trip(app, 2.0), float)
    assert isinstance(round_trip(app, 2), int)
    assert round_trip(app, True) is True


def test_data_is_a_copy(app: livetemplate.Application) -> None:
    data: dict[str, Any] = {"rows": [1]}
    page = app.new_page(Template("{{.rows}}"), data)
    data["rows"].append(2)
    page.data()["rows"].append(3)
    assert page.data() == {"rows": [1]}


class Widget:
    def __html__(self) -> str:
        return "<i>widget</i>"


class TestTrusted:
    def test_html(self) -> None:
        assert render("{{.}}", HTML("<b>")) == "<b>"
        assert render("{{.}}", "<b>") == "&lt;b&gt;"

    def test_every_kind_stands_unescaped_in_its_place_alone(self) -> None:
        url = '<a href="{{.}}">'
        assert render(url, URL("javascript:f()")) == '<a href="javascript:f%28%29">'
        assert render(url, "javascript:f()") == '<a href="#ZgotmplZ">'
        assert render(url, HTML("javascript:f()")) == '<a href="#ZgotmplZ">'
        assert render("<script>{{.}}</script>", JS("f()")) == "<script>f()</script>"
        assert render("<script>'{{.}}'</script>", JSStr("\\n")) == "<script>'\\n'</script>"
        assert render("<style>{{.}}</style>", CSS("a{b:c(d)}")) == "<style>a{b:c(d)}</style>"
        assert render("<p {{.}}>", HTMLAttr('title="x"')) == '<p title="x">'
        assert render('<img srcset="{{.}}">', Srcset("javascript:x 2x")) == '<img srcset="javascript:x 2x">'

    def test_what_is_made_from_trusted_text_is_not_trusted(self) -> None:
        assert render("{{.}}", HTML("<b>") + "<i>") == "&lt;b&gt;&lt;i&gt;"
        assert render("{{.}}", HTML("<b>").upper()) == "&lt;B&gt;"

    def test_a_class_with_html(self) -> None:
        assert render("{{.}}", Widget()) == "<i>widget</i>"

    def test_html_of_the_instance_does_not_count(self) -> None:
        class Text(str):
            pass

        text = Text("<b>")
        text.__html__ = lambda: "<script>"  # type: ignore[attr-defined]
        assert render("{{.}}", text) == "&lt;b&gt;"
        thing = type("Thing", (), {"__str__": lambda self: "<b>"})()
        thing.__html__ = lambda: "<script>"
        assert render("{{.}}", thing) == "&lt;b&gt;"

    def test_html_of_the_metaclass_does_not_count(self) -> None:
        class Meta(type):
            def __html__(cls) -> str:
                return "<script>"

        class Thing(str, metaclass=Meta):
            pass

        assert render("{{.}}", Thing("<b>")) == "&lt;b&gt;"

    def test_html_that_is_none_opts_out(self) -> None:
        class Text(Widget):
            __html__ = None  # type: ignore[assignment]

            def __str__(self) -> str:
                return "<b>"

        assert render("{{.}}", Text()) == "&lt;b&gt;"

    def test_html_that_fails(self) -> None:
        class Broken:
            def __html__(self) -> str:
                raise KeyError("broken")

        with pytest.raises(KeyError, match="broken"):
            render("{{.}}", {"a": [Broken()]})

        class Wrong:
            def __html__(self) -> int:
                return 1

        with pytest.raises(livetemplate.InvalidData, match=r"^data\[0\]: __html__"):
            render("{{.}}", [Wrong()])

    def test_html_that_changes_what_holds_it(self) -> None:
        data: dict[str, Any] = {}

        class Grower:
            def __html__(self) -> str:
                for n in range(100):
                    data[f"n{n}"] = n
                return "<b>"

        data["a"] = Grower()
        data["b"] = 1
        assert render("{{.a}}{{.b}}", data) == "<b>1"

    def test_json_is_trusted_only_where_it_is_said(self) -> None:
        template = Template("{{.v}}")
        text = '{"v": {"$html": "<b>"}}'
        assert template.render_json(text, trusted=True) == "<b>"
        assert template.render_json(text) == "map[$html:&lt;b&gt;]"
        assert template.render_json(text, times=True) == "map[$html:&lt;b&gt;]"
        assert template.render({"v": {"$html": "<b>"}}) == "map[$html:&lt;b&gt;]"
