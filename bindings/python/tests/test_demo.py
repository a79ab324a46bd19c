"""The demo's server against requests that no browser page of its own makes."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Awaitable, Callable, Iterator

import livetemplate
import pytest
from aiohttp import WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer
from demo.host import COOKIE, MAX_CONNECTIONS, MAX_MESSAGE, Connection, Session
from demo.server import WIRES, Server

Client = TestClient[Any, Any]

DEEP = "[" * 8000
SURROGATE = '{"action": "add_task", "data": {"title": "\\ud800", "priority": "low"}}'


def with_client(use: Callable[[Client, str], Awaitable[None]]) -> None:
    """Runs ``use`` with a client that has a session, and the server's own origin."""

    async def run() -> None:
        async with TestClient(TestServer(Server().application())) as client:
            answer = await client.get("/")
            assert answer.status == 200
            # The client's jar takes no cookies of an IP address.
            cookie = answer.cookies[COOKIE]
            assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/"
            client.session.headers["Cookie"] = f"{COOKIE}={cookie.value}"
            await use(client, str(client.make_url("/")).rstrip("/"))

    asyncio.run(run())


@pytest.mark.parametrize("origin", [None, "null", "", "http://example.com", "http://127.0.0.1", "http://[", "//", "\xff"])
def test_a_foreign_origin_is_refused(origin: str | None) -> None:
    async def use(client: Client, own: str) -> None:
        headers = {} if origin is None else {"Origin": origin}
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect("/", headers=headers)
        assert refused.value.status == 403
        answer = await client.post("/", json={"action": "increment_counter"}, headers=headers)
        assert answer.status == 403
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    with_client(use)


def test_bodies_that_are_no_action_are_refused() -> None:
    async def use(client: Client, own: str) -> None:
        async def post(body: str, kind: str = "application/json") -> int:
            answer = await client.post("/", data=body, headers={"Origin": own, "Content-Type": kind})
            return answer.status

        assert await post('{"action": "increment_counter"}') == 200
        assert await post('{"action": "increment_counter"}', "text/plain") == 415
        for body in ("", "x", "[]", "null", DEEP, '"a"'):
            assert await post(body) == 400, body[:20]
        assert await post(json.dumps({"action": "x" * MAX_MESSAGE})) == 413
        assert await post("{}", "application/json; charset=none-such") == 400
        assert await post(SURROGATE) == 200

    with_client(use)


def test_a_cookie_that_is_no_token_gets_a_new_session() -> None:
    async def use(client: Client, own: str) -> None:
        client.session.headers.clear()
        for token in ("x", "a.b.c", "\udcff"):
            reader, writer = await asyncio.open_connection(client.host, client.port)
            request = f"GET / HTTP/1.1\r\nHost: {client.host}:{client.port}\r\nCookie: {COOKIE}={token}\r\n\r\n"
            writer.write(request.encode("utf-8", "surrogateescape"))
            status = await reader.readline()
            writer.close()
            assert status == b"HTTP/1.1 200 OK\r\n", token

    with_client(use)


def test_a_visitor_has_so_many_sockets_and_no_more() -> None:
    async def use(client: Client, own: str) -> None:
        sockets = [await client.ws_connect("/", headers={"Origin": own}) for _ in range(MAX_CONNECTIONS)]
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.ws_connect("/", headers={"Origin": own})
        assert refused.value.status == 503
        await sockets.pop().close()
        again = await client.ws_connect("/", headers={"Origin": own})
        assert list(await again.receive_json()) == ["tree"]

    with_client(use)


def test_hostile_messages_end_nothing() -> None:
    async def use(client: Client, own: str) -> None:
        ws = await client.ws_connect("/", headers={"Origin": own})
        first = await ws.receive_json()
        assert list(first) == ["tree"]

        async def answer() -> Any:
            # Pushes of the clock may stand between.
            while True:
                message = await ws.receive(timeout=10)
                assert message.type is WSMsgType.TEXT
                parsed = json.loads(message.data)
                if "meta" in parsed or "tree" not in parsed:
                    return parsed

        for text in ("x", "[]", DEEP):
            await ws.send_str(text)
            assert (await answer())["code"] == "bad_message"
        for text in ("{}", '{"action": 5}', '{"action": "__class__"}', '{"action": "\\ud800"}', '{"action": "add_task", "data": []}'):
            await ws.send_str(text)
            assert (await answer())["meta"]["success"] is False
        await ws.send_str(SURROGATE)
        assert (await answer())["meta"]["success"] is True
        await ws.send_str('{"action": "add_task", "data": {"title": {"a": [1e400]}, "priority": "low"}}')
        assert (await answer())["meta"]["success"] is True
        await ws.send_str('{"action": "__ping__"}')
        assert await answer() == {"pong": True}
        await ws.close()

    with_client(use)


def test_the_dashboard_is_served_in_every_format() -> None:
    async def use(client: Client, own: str) -> None:
        for wire in WIRES:
            answer = await client.get(f"/?wire={wire}")
            assert answer.status == 200 and "Welcome" in await answer.text(), wire
            ws = await client.ws_connect(f"/?wire={wire}", headers={"Origin": own})
            first = await ws.receive(timeout=10)
            assert "Welcome" in first.data or wire == "tree", wire
            await ws.send_str('{"action": "increment_counter"}')
            await ws.receive(timeout=10)
            await ws.close()
        assert (await client.get("/?wire=none-such")).status == 400

    with_client(use)


class Note:
    """A state whose page shows a text."""

    def __init__(self) -> None:
        self.text = "one"

    def shown(self, wire: str) -> dict[str, Any]:
        return {"text": self.text}

    def act(self, action: str, fields: dict[str, Any]) -> dict[str, str]:
        self.text = action
        return {}


@pytest.fixture
def session() -> Iterator[Session]:
    """A visitor with a page in each format."""
    template = livetemplate.Template("<h1>It is {{.text}}, and it may be long, but it is not yet</h1><p>below</p>")
    session = Session(Note())
    with livetemplate.Application() as app:
        for wire in WIRES:
            session.pages[wire] = app.new_page(template, {"text": "one"}, wire=wire)  # type: ignore[arg-type]
        yield session


def tab(session: Session, wire: str, begun: bool = True) -> Connection:
    """One more tab, which got the whole state or is about to say what it has."""
    connection = Connection(session.pages[wire], lambda: None)
    connection.begun = begun
    session.connections[str(len(session.connections))] = connection
    return connection


def got(connection: Connection) -> list[Any]:
    """What a tab was sent since it was looked at last."""
    return [json.loads(message) for message in asyncio.run(connection.some(0))]


def test_a_tab_that_says_what_it_has_gets_what_it_lacks_and_nothing_before(session: Session) -> None:
    page = session.pages["operations"]
    versions = json.loads(page.resync())["versions"]
    hello = {"type": "cache_handshake", "client_version": "1", "supported_optimizations": [], "fragment_versions": versions}
    first, second = tab(session, "operations"), tab(session, "operations", begun=False)
    session.act(first, "two", {})
    assert [message["type"] for message in got(first)] == ["reply"]
    assert got(second) == []
    session.receive(second, json.dumps(hello))
    [answer] = got(second)
    assert answer["seq"] == 1
    assert [operation["action"] for operation in answer["operations"]] == ["replace"]
    session.act(first, "three", {})
    assert [message["seq"] for message in got(second)] == [2]


@pytest.mark.parametrize("text", ["x", '{"action": "two"}', '{"type": "cache_handshake", "fragment_versions": 5}', '{"type": "ack", "seq": 0}'])
@pytest.mark.parametrize("wire", ["operations", "patches"])
def test_a_tab_that_does_not_say_it_gets_the_state(session: Session, wire: str, text: str) -> None:
    connection = tab(session, wire, begun=False)
    session.receive(connection, text)
    assert [message for message in got(connection) if message.get("type") == "resync"]
    session.act(None, "three", {})
    assert len(got(connection)) == 1


def test_a_text_that_drifted_is_sent_to_all_tabs(session: Session) -> None:
    first, second, other = tab(session, "patches"), tab(session, "patches"), tab(session, "fragments")
    session.act(None, "two", {})
    [update] = got(first)
    assert got(second) == [update] and len(got(other)) == 1
    fragment = update["updates"][0]["fragment_id"]
    session.receive(first, json.dumps({"type": "ack", "seq": 1, "checksums": {fragment: "00000000"}}))
    [answer] = got(first)
    assert (answer["seq"], [update["action"] for update in answer["updates"]]) == (2, ["replace"])
    assert got(second) == [answer] and got(other) == []
    # What is wrong with a message is for whoever sent it.
    session.receive(first, '{"type": "ack", "seq": 9}')
    assert [message["type"] for message in got(first)] == ["error"]
    assert got(second) == []


@pytest.mark.parametrize("wire", ["tree", "operations", "fragments", "patches"])
def test_a_tab_that_lost_its_place_gets_the_state(session: Session, wire: str) -> None:
    connection = tab(session, wire)
    session.receive(connection, '{"type": "resync_request", "seq": 0}')
    assert got(connection) == [json.loads(session.pages[wire].resync())]
    session.receive(connection, '{"type": "resync_request", "version": "2.0", "seq": 0}')
    [answer] = got(connection)
    assert (answer.get("type") == "error") == (wire != "tree")


def test_a_long_update_goes_in_parts(session: Session) -> None:
    connection = tab(session, "patches")
    session.act(None, "x" * 600_000, {})
    messages = got(connection)
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    assert len(messages) > 2
