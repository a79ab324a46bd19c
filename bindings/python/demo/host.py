"""The web side of a live page: its HTML, and messages over a WebSocket, server-sent events or long polls.

The contract with the browser is in ``bindings/browser/README.md``. What the page shows is the business of a ``State``.

Everything that touches a session runs in the event loop without an ``await`` in between: it changes the data, has the
engine compute the updates, and puts the messages into the queues of the connections. So each connection gets the updates in
the order in which the engine made them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any, Callable, Protocol, Sequence

import livetemplate
from aiohttp import WSMsgType, web

log = logging.getLogger("host")

Data = dict[str, Any]
#: What is wrong with an action's fields: field name to text.
Errors = dict[str, str]

COOKIE = "lvt_token"
SESSION_TTL = 3600.0
TOKEN_TTL = 24 * 3600.0
MAX_PAGES = 1000
#: Tabs of one visitor.
MAX_CONNECTIONS = 32
#: Nothing a page sends is longer.
MAX_MESSAGE = 256 * 1024
#: Messages that a connection may lag behind before it is ended; it comes back by itself and gets the whole state.
MAX_QUEUE = 64
#: How long a poll waits for a message; server-sent events are never silent for longer either.
POLL_WAIT = 25.0
#: A client that has not polled for so long is gone.
POLL_TTL = 60.0
#: The formats that are HTML, which other libraries apply.
HTML_WIRES = ("turbo", "htmx")
#: The messages that are answered with the whole state, or with what a client lacks of it.
GREETINGS = ("resync_request", "cache_handshake")
#: The formats of our own client, whose control messages the engine answers.
OWN_WIRES = ("operations", "fragments", "patches")


class State(Protocol):
    """What one visitor's page shows."""

    def shown(self, wire: str) -> Data:
        """What the page in this format shows."""

    def act(self, action: str, fields: Data) -> Errors:
        """Carries out an action: changes ``data`` and says what was wrong."""


class Connection:
    """One tab's way to get messages. What is put into it goes out in order, without making anyone wait."""

    def __init__(self, page: livetemplate.Page, end: Callable[[], None]) -> None:
        self.page = page
        self.end = end
        self.seen = time.monotonic()
        #: Whether the whole state, or what stands for it, was put in. Nothing may come before.
        self.begun = False
        self._queue: asyncio.Queue[str] = asyncio.Queue(MAX_QUEUE)

    def put(self, message: str | bytes) -> None:
        if not message:
            return
        try:
            self._queue.put_nowait(message if isinstance(message, str) else message.decode())
        except asyncio.QueueFull:
            self.end()

    def begin(self) -> None:
        """Begins with the whole state."""
        self.begun = True
        self.put(self.page.resync())

    async def next(self) -> str:
        return await self._queue.get()

    async def some(self, wait: float) -> list[str]:
        """All messages there are; without one, those that come until the time is over."""
        messages: list[str] = []
        try:
            messages.append(await asyncio.wait_for(self._queue.get(), wait))
        except TimeoutError:
            pass
        while not self._queue.empty():
            messages.append(self._queue.get_nowait())
        return messages


class Session:
    """One visitor: the state, a page for each format that is looked at, and the connections of all tabs."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.pages: dict[str, livetemplate.Page] = {}
        self.connections: dict[str, Connection] = {}
        self.seen = time.monotonic()

    def update(self) -> dict[str, livetemplate.Update]:
        """Brings all pages to the state's data."""
        return {wire: page.update(self.state.shown(wire)) for wire, page in self.pages.items()}

    def push(self, updates: dict[str, livetemplate.Update], but: Connection | None = None) -> None:
        """Sends updates to all tabs."""
        for connection in list(self.connections.values()):
            if connection is not but and connection.begun:
                for part in updates[connection.page.wire].messages:
                    connection.put(part)

    def act(self, actor: Connection | None, action: str, fields: Data) -> None:
        """The tab that acted gets the answer, the others the push."""
        errors = self.state.act(action, fields)
        updates = self.update()
        if actor is not None:
            update = updates[actor.page.wire]
            if actor.page.wire in HTML_WIRES:
                actor.put(update.payload)
                actor.put(json.dumps({"type": "reply", "success": not errors, "errors": errors, "action": action}))
            else:
                actor.put(update.reply(action, errors))
        self.push(updates, but=actor)

    def receive(self, connection: Connection, text: str) -> None:
        """Takes a message of a tab."""
        message = read_message(text)
        if not connection.begun and (message is None or message.get("type") not in GREETINGS):
            connection.begin()
        if message is None:
            connection.put('{"type":"error","code":"bad_message","message":"a JSON object expected"}')
        elif message.get("action") == "__ping__":
            connection.put('{"pong":true}')
        elif "type" in message:
            self.control(connection, message, text)
        else:
            self.act(connection, *read_action(message))

    def act_alone(self, page: livetemplate.Page, action: str, fields: Data) -> str:
        """An action over HTTP without a connection, as the published client sends them: nobody knows what that tab holds, so
        it gets the whole state."""
        errors = self.state.act(action, fields)
        self.push(self.update())
        return page.tree(action, errors)

    def control(self, connection: Connection, message: Data, text: str) -> None:
        """Answers a control message."""
        page = connection.page
        if page.wire not in OWN_WIRES:
            if message["type"] in GREETINGS:
                connection.begin()
            return
        answer = page.receive(text)
        if message["type"] == "ack" and not answer.startswith(b'{"type"'):
            # What drifted in one tab is sent under the next number, so that all have to take it.
            for other in list(self.connections.values()):
                if other.page is page and other.begun:
                    other.put(answer)
            return
        connection.put(answer)
        if not connection.begun:
            connection.begun = True
            if answer.startswith(b'{"type":"error"'):
                connection.begin()


def read_message(text: str) -> Data | None:
    """The object that the JSON text is; nothing when it is something else, or no JSON."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def read_action(message: Data) -> tuple[str, Data]:
    """Name and fields of ``{"action": …, "data": {…}}``; what is not of that form has the empty name, which no action has."""
    action, fields = message.get("action"), message.get("data", {})
    if isinstance(action, str) and isinstance(fields, dict):
        return action, fields
    return "", {}


class Host:
    """All sessions of a process. ``make`` gives a new visitor's session; pages are of the format ``wire``, or of the one that
    ``?wire=`` in their address names. A session has pages in the formats ``wires`` from the start, and in others when they are
    asked for."""

    def __init__(
        self,
        template: livetemplate.Template,
        make: Callable[[], Session],
        wire: str = "tree",
        headers: dict[str, str] | None = None,
        wires: Sequence[str] = (),
    ) -> None:
        self.template = template
        self.make = make
        self.wire = wire
        self.wires = wires
        self.headers = headers or {}
        self.engine = livetemplate.Application(max_pages=MAX_PAGES, page_ttl=SESSION_TTL, token_ttl=TOKEN_TTL)
        self.sessions: dict[str, Session] = {}

    def application(self, path: str = "/") -> web.Application:
        """An application that serves the page at ``path``."""
        app = web.Application(client_max_size=MAX_MESSAGE, middlewares=[self.guard])
        app.router.add_get(path, self.get)
        app.router.add_post(path, self.post)
        app.cleanup_ctx.append(self.sweeping)
        app.on_shutdown.append(self.shutdown)
        return app

    # Sessions

    def find(self, request: web.Request) -> Session | None:
        """The session that the request's cookie names."""
        token = request.cookies.get(COOKIE)
        if token is None:
            return None
        try:
            page = self.engine.get_page(token)
        except livetemplate.SessionError:
            # Expired, forged, of another application or of an earlier run: all the same to a visitor.
            return None
        session = self.sessions.get(page.id)
        if session is not None:
            session.seen = time.monotonic()
        return session

    def visit(self, request: web.Request) -> tuple[Session, livetemplate.Page, bool]:
        """The session of a request, the page it looks at, and whether the session is new."""
        wire = request.query.get("wire", self.wire)
        session = self.find(request)
        new = session is None
        try:
            if session is None:
                session = self.make()
            for kind in (wire, *self.wires):
                if kind not in session.pages:
                    data = session.state.shown(kind)
                    session.pages[kind] = self.engine.new_page(self.template, data, wire=kind)  # type: ignore[arg-type]
            if new:
                # The first page's token names the session.
                self.sessions[next(iter(session.pages.values())).id] = session
        except livetemplate.MaxPagesExceeded:
            raise web.HTTPServiceUnavailable(text="Too many sessions; try again later.", headers={"Retry-After": "60"})
        except livetemplate.Error as error:
            raise web.HTTPBadRequest(text=str(error))
        return session, session.pages[wire], new

    def join(self, request: web.Request, session: Session, connection: Connection) -> str:
        """A connection begins with the whole state, unless the client says first what it has."""
        if len(session.connections) >= MAX_CONNECTIONS:
            raise web.HTTPServiceUnavailable(text="Too many tabs; close one.")
        if "lvt-cache" not in request.query:
            connection.begin()
        key = request.query.get("lvt-connection") or f"socket {id(connection)}"
        session.connections[key] = connection
        return key

    def leave(self, session: Session, key: str) -> None:
        session.connections.pop(key, None)
        session.seen = time.monotonic()

    def identify(self, request: web.Request, response: web.StreamResponse, session: Session) -> None:
        response.headers["X-LiveTemplate-WebSocket"] = "enabled"
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie(
            COOKIE,
            next(iter(session.pages.values())).token,
            max_age=int(TOKEN_TTL),
            path="/",
            httponly=True,
            samesite="Strict",
            secure=request.secure,
        )

    def forget(self) -> None:
        """Drops clients that poll no more, and sessions that nobody has looked at for an hour."""
        now = time.monotonic()
        for key, session in list(self.sessions.items()):
            for name, connection in list(session.connections.items()):
                if connection.seen < now - POLL_TTL:
                    session.connections.pop(name)
            if session.connections:
                session.seen = now
            elif session.seen < now - SESSION_TTL:
                for page in session.pages.values():
                    page.close()
                del self.sessions[key]
        self.engine.cleanup()

    async def sweeping(self, app: web.Application) -> Any:
        async def run() -> None:
            while True:
                await asyncio.sleep(10)
                self.forget()

        task = asyncio.create_task(run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def shutdown(self, app: web.Application) -> None:
        for session in self.sessions.values():
            for connection in list(session.connections.values()):
                connection.end()
        self.engine.close()

    # Requests

    async def get(self, request: web.Request) -> web.StreamResponse:
        """The page as HTML, or one of the three transports."""
        accept = request.headers.get("Accept", "")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self.socket(request)
        if "text/event-stream" in accept:
            return await self.events(request)
        if "lvt-poll" in request.query:
            return await self.poll(request)
        session, page, _ = self.visit(request)
        whole = "application/json" in accept and page.wire == "tree"
        response = web.Response(
            text=page.tree() if whole else page.render(), content_type="application/json" if whole else "text/html"
        )
        self.identify(request, response, session)
        return response

    async def socket(self, request: web.Request) -> web.StreamResponse:
        require_own_origin(request)
        session, page, new = self.visit(request)
        ws = web.WebSocketResponse(max_msg_size=MAX_MESSAGE)
        transport = request.transport
        connection = Connection(page, lambda: transport.abort() if transport else None)
        key = self.join(request, session, connection)
        if new:
            self.identify(request, ws, session)
        await ws.prepare(request)

        async def write() -> None:
            while True:
                await ws.send_str(await connection.next())

        writer = asyncio.create_task(write())
        try:
            async for message in ws:
                if message.type is not WSMsgType.TEXT:
                    break
                connection.seen = time.monotonic()
                session.receive(connection, message.data)
        finally:
            self.leave(session, key)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return ws

    async def events(self, request: web.Request) -> web.StreamResponse:
        session, page, _ = self.visit(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        transport = request.transport
        connection = Connection(page, lambda: transport.abort() if transport else None)
        key = self.join(request, session, connection)
        self.identify(request, response, session)
        response.headers.update(self.headers)
        await response.prepare(request)
        try:
            while True:
                connection.seen = time.monotonic()
                for message in await connection.some(POLL_WAIT) or ['{"pong":true}']:
                    await response.write(event(message).encode())
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.leave(session, key)
        return response

    async def poll(self, request: web.Request) -> web.StreamResponse:
        session, page, _ = self.visit(request)
        connection = session.connections.get(request.query.get("lvt-connection", ""))
        if connection is None:
            connection = Connection(page, lambda: self.leave(session, key))
            key = self.join(request, session, connection)
        connection.seen = time.monotonic()
        messages = await connection.some(POLL_WAIT)
        connection.seen = time.monotonic()
        body = ",".join(message if message.startswith(("{", "[")) else json.dumps(message) for message in messages)
        response = web.Response(text=f"[{body}]", content_type="application/json")
        self.identify(request, response, session)
        return response

    async def post(self, request: web.Request) -> web.StreamResponse:
        """What a socket would have brought."""
        require_own_origin(request)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="application/json expected")
        try:
            text = await request.text()
        except (UnicodeDecodeError, LookupError):
            raise web.HTTPBadRequest(text="not in the charset that it names")
        if "lvt-connection" not in request.query:
            return self.answer(request, text)
        session = self.find(request)
        connection = session.connections.get(request.query["lvt-connection"]) if session else None
        if session is None or connection is None:
            # The client begins anew, and gets the whole state.
            raise web.HTTPConflict(text="unknown connection")
        session.receive(connection, text)
        return web.Response(status=204)

    def answer(self, request: web.Request, text: str) -> web.StreamResponse:
        """The published client's HTTP mode."""
        message = read_message(text)
        if message is None:
            raise web.HTTPBadRequest(text="a JSON object expected")
        session, page, _ = self.visit(request)
        body = session.act_alone(page, *read_action(message))
        response = web.Response(text=body, content_type="application/json")
        self.identify(request, response, session)
        return response

    @web.middleware
    async def guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Puts the security headers on every answer."""
        try:
            response: web.StreamResponse = await handler(request)
        except web.HTTPException as answer:
            answer.headers.update(self.headers)
            raise
        if not response.prepared:
            response.headers.update(self.headers)
        return response


def event(message: str) -> str:
    """A message as a server-sent event, with its number as the id."""
    number = read_message(message) if message.startswith("{") else None
    lines = "".join(f"data: {line}\n" for line in message.split("\n"))
    identity = f"id: {number['seq']}\n" if number and "seq" in number else ""
    return f"{identity}{lines}\n"


def require_own_origin(request: web.Request) -> None:
    """Refuses what another site's page sends with this visitor's cookie, and what does not say where it comes from."""
    origin = request.headers.get("Origin")
    # Either scheme: behind a proxy that ends TLS the two sides see different ones.
    if origin not in (f"http://{request.host}", f"https://{request.host}"):
        raise web.HTTPForbidden(text="foreign origin")
