"""The demo's server against requests that no browser page of its own makes."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Awaitable, Callable

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer
from demo.host import COOKIE, MAX_CONNECTIONS, MAX_MESSAGE
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
