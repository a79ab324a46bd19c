"""Templates, applications, pages and updates."""

from __future__ import annotations

import copy
import gc
import json
import pickle
import threading
import time
from pathlib import Path
from typing import Any, Callable

import pytest

import livetemplate
from livetemplate import Application, Template

KEY = b"k" * 32


def rows(*names: str) -> list[dict[str, str]]:
    return [{"id": name, "text": name.upper()} for name in names]


class TestTemplate:
    def test_errors_have_code_name_line_and_column(self) -> None:
        with pytest.raises(livetemplate.TemplateParse) as parse:
            Template("a\n{{if}}", "page.html")
        assert (parse.value.code, parse.value.template, parse.value.line) == (201, "page.html", 2)
        assert str(parse.value) == "template: page.html:2: missing value for if"
        broken = Template("\n  {{index .a 5}}", "page.html")
        with pytest.raises(livetemplate.TemplateExec) as execution:
            broken.render({"a": [1]})
        place = (execution.value.template, execution.value.line, execution.value.column)
        assert place == ("page.html", 2, 4)
        assert isinstance(execution.value, livetemplate.TemplateError)
        assert isinstance(execution.value, livetemplate.Error)

    def test_an_unknown_function_is_a_parse_error(self) -> None:
        with pytest.raises(livetemplate.TemplateParse, match='function "nope" not defined'):
            Template("{{nope}}")

    def test_escaping_errors_come_at_the_first_use(self) -> None:
        template = Template("<a href='{{if .}}a{{else}}'{{end}}'>")
        with pytest.raises(livetemplate.TemplateEscape):
            template.render(True)

    def test_limits(self) -> None:
        source = "{{define `r`}}{{template `r`}}{{end}}{{range .}}{{.}}{{else}}{{template `r`}}{{end}}"
        template = Template(source, max_steps=10, max_call_depth=5, max_output=20)
        assert template.render([1, 2, 3]) == "123"
        with pytest.raises(livetemplate.StepsExceeded, match="limit of 10 execution steps"):
            template.render([1] * 9)
        with pytest.raises(livetemplate.OutputExceeded, match="limit of 20 output bytes"):
            template.render(["x" * 21])
        with pytest.raises(livetemplate.TemplateExec, match=r"maximum template depth \(5\)"):
            template.render([])

    def test_sources(self) -> None:
        sources: list[tuple[str, str | bytes]] = [("a", "A {{template `b`}}"), ("b", b"B"), ("b", "C")]
        assert Template.from_sources(sources).render(None) == "A C"
        assert Template.from_sources(sources, entry="b").render(None) == "C"
        assert Template.from_sources(sources, entry="b").name == "b"
        with pytest.raises(livetemplate.TemplateNotFound):
            Template.from_sources(sources, entry="c")
        a = Template.from_sources(sources)
        assert a.names == ["a", "b"]
        assert (a.lookup("b").name, a.lookup("b").lookup("a").render(None)) == ("b", "A C")
        with pytest.raises(livetemplate.TemplateNotFound, match='"c" is undefined'):
            a.lookup("c")
        with pytest.raises(livetemplate.InvalidArgument):
            Template.from_sources([])

    def test_files(self, tmp_path: Path) -> None:
        (tmp_path / "b.html").write_text("B{{.}}")
        (tmp_path / "a.html").write_text("A{{template `b.html` .}}\r\n")
        paths: list[str | Path] = [tmp_path / "a.html", str(tmp_path / "b.html")]
        assert Template.from_files(*paths).render(1) == "AB1\r\n"
        assert Template.from_files(*paths, entry="b.html").render(1) == "B1"
        assert Template.from_glob(tmp_path / "*.html").name == "a.html"
        assert Template.from_glob(str(tmp_path / "*.html"), entry="b.html").render(2) == "B2"
        with pytest.raises(FileNotFoundError):
            Template.from_files(tmp_path / "none.html")
        with pytest.raises(livetemplate.InvalidArgument):
            Template.from_glob(tmp_path / "*.txt")
        with pytest.raises(livetemplate.InvalidArgument):
            Template.from_files()

    def test_options(self) -> None:
        assert Template("<%.%> {{.}}", delims=("<%", "%>")).render(1) == "1 {{.}}"
        with pytest.raises(livetemplate.TemplateExec):
            Template("{{.a}}", missing_key="error").render({})
        assert Template("{{if gt .a 1}}more{{end}}").render({"a": 1.5}) == "more"
        with pytest.raises(livetemplate.TemplateExec):
            Template("{{if gt .a 1}}more{{end}}", numbers="strict").render({"a": 1.5})

    @pytest.mark.parametrize("options", [{"missing_key": "x"}, {"numbers": "x"}])
    def test_unknown_options(self, options: Any) -> None:
        with pytest.raises(livetemplate.InvalidArgument):
            Template("x", **options)

    def test_sources_are_text_or_bytes(self) -> None:
        assert Template(b"x\xff").render(None) == "x\ufffd"
        with pytest.raises(livetemplate.InvalidArgument):
            Template(5)  # type: ignore[arg-type]

    def test_json(self) -> None:
        template = Template("{{.a}}")
        assert template.render_json('{"a": 1.0}') == "1"
        assert template.render_json(b'{"a": "\xff"}') == "\ufffd"
        assert template.render_json('{"a": "\ud800"}') == "\ufffd"
        with pytest.raises(livetemplate.InvalidJson):
            template.render_json('{"a": ')


class TestErrors:
    def test_one_hierarchy(self) -> None:
        for name in livetemplate.errors.__all__:
            error = getattr(livetemplate, name)
            assert error is getattr(livetemplate.errors, name)
            assert issubclass(error, livetemplate.Error)
            assert error.__doc__
        assert livetemplate.PageClosed.__mro__[1] is livetemplate.SessionError
        assert livetemplate.TokenExpired.__mro__[1:4] == (livetemplate.TokenError, livetemplate.SessionError, livetemplate.Error)
        assert livetemplate.PageClosed("x").code == 407

    def test_each_code_has_its_own_class(self) -> None:
        codes = [getattr(livetemplate, name).code for name in livetemplate.errors.__all__]
        used = [code for code in codes if code]
        assert len(used) == len(set(used)) > 20

    def test_errors_can_be_pickled_and_copied(self) -> None:
        with pytest.raises(livetemplate.TemplateParse) as caught:
            Template("{{", "t")
        for twin in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
            assert type(twin) is livetemplate.TemplateParse
            assert (str(twin), twin.template, twin.line) == (str(caught.value), "t", 1)


class TestApplication:
    def test_pages_are_found_by_their_token(self, app: Application, template: Template) -> None:
        page = app.new_page(template, {"name": "Ann", "rows": []})
        assert app.page_count == 1
        again = app.get_page(page.token)
        assert again.id == page.id
        assert again.token == page.token
        again.update({"name": "Bob", "rows": []})
        assert page.data()["name"] == "Bob"

    def test_dropping_a_handle_closes_nothing(self, app: Application, template: Template) -> None:
        token = app.new_page(template, {"name": "Ann", "rows": []}).token
        gc.collect()
        assert app.get_page(token).data()["name"] == "Ann"

    def test_a_token_of_another_application(self, app: Application, template: Template) -> None:
        token = app.new_page(template, None).token
        with Application() as other:
            with pytest.raises(livetemplate.InvalidApplication):
                other.get_page(token)

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "\udcff", "x" * 100_000])
    def test_what_is_no_token(self, app: Application, token: str) -> None:
        with pytest.raises(livetemplate.TokenMalformed):
            app.get_page(token)

    def test_a_forged_token(self, app: Application, template: Template) -> None:
        head, claims, signature = app.new_page(template, None).token.split(".")
        forged = ("A" if signature[0] != "A" else "B") + signature[1:]
        with pytest.raises(livetemplate.TokenSignature):
            app.get_page(f"{head}.{claims}.{forged}")

    def test_an_application_with_key_and_id_reads_its_tokens_elsewhere(self, template: Template) -> None:
        with Application(id="shop", signing_key=KEY) as one, Application(id="shop", signing_key=KEY) as two:
            assert one.id == "shop"
            with pytest.raises(livetemplate.PageNotFound):
                two.get_page(one.new_page(template, None).token)

    def test_limits(self, template: Template) -> None:
        with Application(max_pages=2) as app:
            first = app.new_page(template, None)
            app.new_page(template, None)
            with pytest.raises(livetemplate.MaxPagesExceeded) as caught:
                app.new_page(template, None)
            assert isinstance(caught.value, livetemplate.LimitError)
            first.close()
            app.new_page(template, None)

    def test_pages_expire(self, template: Template) -> None:
        with Application(page_ttl=0.05) as app:
            page = app.new_page(template, None)
            time.sleep(0.1)
            assert app.cleanup() == 1
            assert app.page_count == 0
            with pytest.raises(livetemplate.SessionError):
                page.render()

    def test_tokens_expire(self, template: Template) -> None:
        with Application(token_ttl=1) as app:
            token = app.new_page(template, None).token
            app.get_page(token)
            time.sleep(2.1)
            with pytest.raises(livetemplate.TokenExpired):
                app.get_page(token)

    @pytest.mark.parametrize(
        "options, error",
        [
            ({"signing_key": b"short"}, livetemplate.InvalidKey),
            ({"id": ""}, livetemplate.InvalidArgument),
            ({"max_pages": -1}, livetemplate.InvalidArgument),
            ({"page_ttl": -1}, livetemplate.InvalidArgument),
            ({"page_ttl": float("nan")}, livetemplate.InvalidArgument),
            ({"token_ttl": float("inf")}, livetemplate.InvalidArgument),
        ],
    )
    def test_wrong_options(self, options: Any, error: type[Exception]) -> None:
        with pytest.raises(error):
            Application(**options)

    def test_the_wire_format_is_named_when_a_page_is_made(self, app: Application, template: Template) -> None:
        page = app.new_page(template, {"name": "Ann", "rows": []})
        assert page.wire == "tree"
        named = app.new_page(template, {"name": "Ann", "rows": []}, wire="tree")
        assert app.get_page(named.token).wire == "tree"
        wrong: Any
        for wrong in ["", "Tree", "json", "tree\0"]:
            with pytest.raises(livetemplate.InvalidArgument, match="no wire format"):
                app.new_page(template, {}, wire=wrong)
        for wrong in [None, 5, b"tree"]:
            with pytest.raises(TypeError):
                app.new_page(template, {}, wire=wrong)
        assert app.page_count == 2
        assert named.resync() == named.tree().encode()
        turbo = app.new_page(template, {"name": "Ann", "rows": []}, wire="turbo")
        assert turbo.resync().startswith(b'<turbo-stream action="update"')
        assert turbo.update({"name": "Bob", "rows": []}).payload.startswith(b"<turbo-stream action=")
        turbo.close()
        with pytest.raises(livetemplate.PageClosed):
            turbo.resync()

    def test_closing(self, template: Template) -> None:
        with Application() as app:
            page = app.new_page(template, None)
        app.close()
        with pytest.raises(livetemplate.ApplicationClosed):
            app.new_page(template, None)
        with pytest.raises(livetemplate.SessionError):
            page.render()

    def test_leaving_the_block_keeps_its_exception(self) -> None:
        with pytest.raises(ZeroDivisionError):
            with Application():
                raise ZeroDivisionError


class TestPage:
    def test_an_update_has_what_changed_and_no_more(self, app: Application, template: Template) -> None:
        page = app.new_page(template, {"name": "<Ann>", "rows": rows("a", "b")})
        assert f'<div data-lvt-id="{page.id}"><h1>Hello &lt;Ann&gt;</h1>' in page.render()
        full = json.loads(page.tree())
        assert set(full) == {"tree"}
        update = page.update({"name": "<Bob>", "rows": rows("a", "b")})
        assert not update.is_empty
        message = json.loads(update.payload)
        assert set(message) == {"tree"}
        assert "&lt;Bob&gt;" in update.payload.decode()
        assert b"Hello" not in update.payload and b'"A"' not in update.payload
        assert update.stats.bytes == len(update.payload)
        assert update.stats.full_render_bytes == len(template.render(page.data()).encode())
        assert 0 < update.stats.reduction < 1
        assert update.stats.slots_evaluated > 0
        assert update.stats.outside == 0

    def test_the_same_data_is_an_empty_update(self, app: Application, template: Template) -> None:
        page = app.new_page(template, {"name": "Ann", "rows": []})
        update = page.update({"name": "Ann", "rows": []})
        assert update.is_empty
        assert update.payload == b""
        assert json.loads(update.reply("save"))["meta"]["success"] is True
        assert json.loads(update.reply("save"))["tree"] == {}

    def test_replies_and_trees_have_meta(self, app: Application, template: Template) -> None:
        page = app.new_page(template, {"name": "Ann", "rows": []})
        update = page.patch([{"op": "replace", "path": "/name", "value": "Bob"}])
        good = json.loads(update.reply(action="rename"))
        assert good["tree"] == json.loads(update.payload)["tree"]
        assert good["meta"]["action"] == "rename"
        assert good["meta"]["success"] is True
        bad = json.loads(update.reply("rename", {"name": 'is "bad"\ud800'}))
        assert bad["meta"]["success"] is False
        assert bad["meta"]["errors"] == {"name": 'is "bad"\ufffd'}
        tree = json.loads(page.tree("rename", {"name": "bad"}))
        assert tree["meta"]["errors"] == {"name": "bad"}
        assert "s" in tree["tree"]
        for message in (update.reply("\ud800"), page.tree("\ud800")):
            assert json.loads(message)["meta"]["action"] == "\ufffd"

    def test_errors_are_texts_by_field(self, app: Application, template: Template) -> None:
        page = app.new_page(template, None)
        with pytest.raises(TypeError):
            page.tree("a", {"field": 5})  # type: ignore[dict-item]
        with pytest.raises(TypeError):
            page.patch([]).reply("a", ["x"])  # type: ignore[arg-type]

    def test_patches(self, app: Application, template: Template) -> None:
        page = app.new_page(template, {"name": "Ann", "rows": rows("a")})
        page.patch({"name": "Bob"})
        page.patch([{"op": "add", "path": "/rows/-", "value": {"id": "b", "text": "B"}}])
        page.patch_json('[{"op": "remove", "path": "/rows/0"}]')
        page.patch_json(b'{"extra": {"$time": "2025-01-01T00:00:00Z"}}')
        assert page.data() == {
            "name": "Bob",
            "rows": rows("b"),
            "extra": {"$time": "2025-01-01T00:00:00Z"},
        }
        assert page.patch([]).is_empty

    @pytest.mark.parametrize("patch", [5, "x", None, [{"op": "nope", "path": ""}], [{"op": "remove", "path": "/no"}]])
    def test_wrong_patches(self, app: Application, template: Template, patch: Any) -> None:
        page = app.new_page(template, {"name": "Ann", "rows": []})
        with pytest.raises(livetemplate.DataError):
            page.patch(patch)
        assert page.data() == {"name": "Ann", "rows": []}

    def test_data_set_aside_goes_out_with_the_next_update(self, app: Application, template: Template) -> None:
        page = app.new_page(template, {"name": "Ann", "rows": []})
        page.set_data({"name": "Bob", "rows": []})
        assert "Bob" in page.render()
        assert page.data()["name"] == "Bob"
        assert b"Bob" in page.patch([]).payload
        assert page.patch([]).is_empty

    def test_update_json(self, app: Application, template: Template) -> None:
        page = app.new_page(template, None)
        update = page.update_json('{"name": {"$html": "<b>"}, "rows": []}', trusted=True)
        assert "<b>" in json.loads(update.payload)["tree"].values()
        with pytest.raises(livetemplate.InvalidJson):
            page.update_json("{")

    def test_an_update_that_fails_changes_nothing(self, app: Application) -> None:
        page = app.new_page(Template("<p>{{.a}}{{len .b}}</p>"), {"a": 1, "b": "x"})
        with pytest.raises(livetemplate.TemplateExec):
            page.update({"a": 2, "b": 5})
        assert page.data() == {"a": 1, "b": "x"}
        assert "11" in page.render()
        assert page.patch([]).is_empty

    def test_hostile_values_are_escaped_for_their_place_in_updates(self, app: Application) -> None:
        page = app.new_page(Template('<body><a href="{{.u}}" onclick="f({{.s}})">x</a></body>'), {"u": "/", "s": ""})
        payload = page.update({"u": "javascript:alert(1)", "s": "</script>"}).payload.decode()
        assert "#ZgotmplZ" in payload and "javascript" not in payload
        assert "</script" not in payload

    def test_a_closed_page(self, app: Application, template: Template) -> None:
        page = app.new_page(template, None)
        token = page.token
        twin = app.get_page(token)
        twin.close()
        twin.close()
        calls: list[Callable[[], object]] = [
            page.render,
            page.tree,
            page.data,
            lambda: page.update({}),
            lambda: page.patch([]),
            lambda: page.set_data({}),
        ]
        for call in calls:
            with pytest.raises(livetemplate.PageClosed):
                call()
        with pytest.raises(livetemplate.SessionError):
            app.get_page(token)
        assert app.page_count == 0

    def test_pages_do_not_see_each_other(self, app: Application, template: Template) -> None:
        pages = [app.new_page(template, {"name": f"n{n}", "rows": []}) for n in range(20)]
        assert len({page.id for page in pages}) == len({page.token for page in pages}) == 20
        pages[3].update({"name": "other", "rows": []})
        names = [page.data()["name"] for page in pages]
        assert names == [f"n{n}" if n != 3 else "other" for n in range(20)]

    def test_reprs(self, app: Application, template: Template) -> None:
        page = app.new_page(template, {"name": "Ann", "rows": []})
        update = page.patch({"name": "Bob"})
        assert repr(template) == '<livetemplate.Template "page">'
        assert app.id in repr(app)
        assert page.id in repr(page)
        assert page.token not in repr(page)
        assert f"{update.stats.bytes} bytes" in repr(update)
        assert f"bytes={update.stats.bytes}" in repr(update.stats)


class TestThreads:
    def test_many_threads_on_one_page(self, app: Application) -> None:
        page = app.new_page(Template("<p>{{.n}}</p>{{range .rows}}<i>{{.}}</i>{{end}}"), {"n": 0, "rows": []})
        failures: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for n in range(50):
                    page.update({"n": number * 1000 + n, "rows": list(range(n % 7))})
                    page.render()
                    page.data()
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert f"<p>{page.data()['n']}</p>" in page.render()

    def test_other_threads_run_while_the_engine_works(self) -> None:
        template = Template("{{range .}}{{range $}}{{.}}{{end}}{{end}}")
        data = list(range(2000))
        counted = 0
        done = threading.Event()

        def count() -> None:
            nonlocal counted
            while not done.is_set():
                counted += 1
                time.sleep(0.0005)

        counter = threading.Thread(target=count)
        counter.start()
        time.sleep(0.01)
        before = counted
        template.render(data)
        during = counted - before
        done.set()
        counter.join()
        assert during > 3
