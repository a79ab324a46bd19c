"""What pages in the formats of our own client offer beyond payloads: control messages, parts, strategies, changes."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from typing import Any

import pytest

import livetemplate
from livetemplate import Application, Page, Template

TEMPLATE = Template('<h1>Hello {{.name}}, here is what there is</h1><ul>{{range .rows}}<li id="{{.}}">{{.}}</li>{{end}}</ul>')
DATA = {"name": "Ann", "rows": ["a", "b"]}


def received(page: Page, **message: Any) -> Any:
    """The answer to a control message."""
    answer = page.receive(json.dumps(message))
    return json.loads(answer) if answer else None


class TestReceive:
    @pytest.mark.parametrize("wire", ["operations", "fragments", "patches"])
    def test_a_client_that_lost_its_place_gets_the_state(self, app: Application, wire: Any) -> None:
        page = app.new_page(TEMPLATE, DATA, wire=wire)
        page.update({**DATA, "name": "Bob"})
        answer = received(page, type="resync_request", seq=0)
        assert (answer["type"], answer["seq"]) == ("resync", 1)
        assert answer == json.loads(page.resync())
        assert answer["html"] in page.render()

    def test_a_client_says_what_it_has(self, app: Application) -> None:
        page = app.new_page(TEMPLATE, DATA, wire="operations")
        versions = json.loads(page.resync())["versions"]
        hello: dict[str, Any] = {"type": "cache_handshake", "client_version": "1", "supported_optimizations": []}
        answer = received(page, **hello, fragment_versions=versions)
        assert [operation["action"] for operation in answer["operations"]] == ["noop"]
        page.update({**DATA, "name": "Bob"})
        answer = received(page, **hello, fragment_versions=versions)
        assert [operation["action"] for operation in answer["operations"]] == ["replace", "noop"]
        assert "Hello Bob" in answer["operations"][0]["html"]
        assert received(page, **hello, fragment_versions={})["type"] == "resync"

    @pytest.mark.parametrize("wire", ["fragments", "patches"])
    def test_a_text_that_drifted_is_replaced(self, app: Application, wire: Any) -> None:
        page = app.new_page(TEMPLATE, DATA, wire=wire)
        assert page.update({**DATA, "name": "Bob"}).stats.bytes > 0
        text = re.search(r"<h1 .*?</h1>", page.render())
        assert text is not None
        fragment = text[0].split('"')[1]
        right = f"{zlib.crc32(text[0].encode()):08x}"
        assert received(page, type="ack", seq=1, checksums={fragment: right}) is None
        answer = received(page, type="ack", seq=1, checksums={fragment: "00000000"})
        assert answer["seq"] == 2
        assert text[0] in json.dumps(answer).replace('\\"', '"')
        # Of a message that others came after nothing can be said.
        assert received(page, type="ack", seq=1, checksums={fragment: "00000000"}) is None

    @pytest.mark.parametrize(
        "message", [b"", b"{", b"[]", b"\xff", '{"type":"x"}', '{"type":"ack","seq":-1}', '{"type":"ack","seq":9}', '{"type":"ack","seq":0,"version":"2"}']
    )
    def test_what_is_no_message_is_answered(self, app: Application, message: str | bytes) -> None:
        page = app.new_page(TEMPLATE, DATA, wire="patches")
        answer = json.loads(page.receive(message))
        assert (answer["type"], set(answer)) == ("error", {"type", "code", "message"})
        assert issubclass(getattr(livetemplate, answer["code"]), livetemplate.Error)

    def test_where_nothing_is_received(self, app: Application) -> None:
        for wire in ("tree", "turbo", "htmx"):
            with pytest.raises(livetemplate.InvalidArgument):
                app.new_page(TEMPLATE, DATA, wire=wire).receive('{"type":"resync_request","seq":0}')
        page = app.new_page(TEMPLATE, DATA, wire="patches")
        with pytest.raises(livetemplate.InvalidArgument, match="message: str or bytes expected"):
            page.receive(5)  # type: ignore[arg-type]
        page.close()
        with pytest.raises(livetemplate.PageClosed):
            page.receive("{}")


class TestUpdate:
    def test_a_long_update_is_several_messages(self, app: Application) -> None:
        page = app.new_page(TEMPLATE, DATA, wire="patches")
        assert page.update(DATA).messages == []
        update = page.update({**DATA, "name": "Bob"})
        assert update.messages == [update.payload]
        update = page.update({**DATA, "name": "x" * 600_000})
        messages = update.messages
        assert update.payload == b"[" + b",".join(messages) + b"]"
        assert len(messages) > 2
        assert max(map(len, messages)) <= 256 * 1024
        assert [json.loads(message)["seq"] for message in messages] == list(range(2, 2 + len(messages)))
        assert len(app.new_page(TEMPLATE, DATA).update({**DATA, "name": "x" * 600_000}).messages) == 1

    def test_fragments_have_their_strategies(self, app: Application) -> None:
        page = app.new_page(TEMPLATE, DATA, wire="fragments")
        update = page.update({"name": "Bob", "rows": ["a", "b"]})
        [fragment] = update.fragments
        sent = json.loads(update.payload)["fragments"]
        members = ("id", "strategy", "action", "data")
        assert sent == [{member: dict(fragment)[member] for member in members}]
        assert fragment["strategy"] == update.stats.strategy == "static_dynamic"
        assert fragment["data"]["dynamics"] == {"0": fragment["id"], "1": "Bob"}
        assert fragment["expected_reduction"] == 0.85
        assert 0 <= fragment["reduction"] <= 1
        assert fragment["reason"]
        for wire in ("tree", "patches"):
            other = app.new_page(TEMPLATE, DATA, wire=wire).update({**DATA, "name": "Bob"})
            assert (other.fragments, other.stats.strategy) == ([], None)

    @pytest.mark.parametrize("wire", ["tree", "turbo", "operations"])
    def test_changes_of_html(self, app: Application, wire: Any) -> None:
        page = app.new_page_from_html('<h1 class="x">a</h1><ul><li id=r1>1<li id=r2>2</ul>', wire=wire)

        def changes(html: str) -> tuple[str, list[tuple[str, str, str | None]]]:
            update = page.update_html(html)
            return update.html_pattern, [(change["kind"], change["element"], change["key"]) for change in update.changes]

        assert changes('<h1 class="x">b</h1><ul><li id=r1>1<li id=r2>2</ul>') == ("text", [("text", "h1", None)])
        assert changes('<h1 class="y">b</h1><ul><li id=r2>3</ul>') == (
            "simple",
            [("attribute", "h1", None), ("removed", "li", "r1"), ("text", "li", "r2")],
        )
        assert changes("<p>b</p>")[0] == "rewrite"
        assert changes("<p>b</p>") == ("nothing", [])
        assert app.new_page(TEMPLATE, DATA).update({**DATA, "name": "Bob"}).changes == []


def test_compress() -> None:
    long = json.dumps({"text": "abc" * 1000}).encode()
    compressed = livetemplate.compress(long, 1024)
    assert compressed is not None
    assert len(compressed) < len(long)
    assert gzip.decompress(compressed) == long
    assert livetemplate.compress(long.decode(), 0) == compressed
    assert livetemplate.compress(long, len(long)) is None
    # What gets no shorter is sent as it is.
    assert livetemplate.compress(b"abc", 0) is None
    with pytest.raises(livetemplate.InvalidArgument):
        livetemplate.compress(long, -1)
    with pytest.raises(livetemplate.InvalidArgument):
        livetemplate.compress(5, 0)  # type: ignore[arg-type]
