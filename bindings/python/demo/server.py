"""The web side: pages by cookie, sockets, actions, and the pushes of every second.

Everything that touches a session runs in the event loop without an ``await`` in between: it changes the data, has the
engine compute the update, and puts the messages into the sockets' queues. So each socket gets the updates in the order
in which the engine made them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import time
from pathlib import Path
from typing import Any

import livetemplate
from aiohttp import WSCloseCode, WSMsgType, web

from .dashboard import Dashboard, Data, Errors

log = logging.getLogger("demo")

HERE = Path(__file__).parent
CLIENT = HERE / "node_modules/@livetemplate/client/dist/livetemplate-client.browser.js"

COOKIE = "lvt_token"
SESSION_TTL = 3600.0
TOKEN_TTL = 24 * 3600.0
MAX_PAGES = 1000
#: Tabs of one visitor.
MAX_SOCKETS = 32
#: Nothing this page sends is longer.
MAX_MESSAGE = 16 * 1024
#: Messages a socket may lag behind before it is closed; it comes back by itself and gets the whole state.
MAX_QUEUE = 64

#: The one style element that the client 0.25.1 adds to the page, for animations this page does not use.
CLIENT_STYLE = "'sha256-6ZphanzaLuLsy/h29N+gmUlIjv0zp3A7L3iJxCr5PTU='"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'self'; style-src 'self' {CLIENT_STYLE}; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Socket:
    """One tab's WebSocket. What is put into it goes out in order, without making anyone wait."""

    def __init__(self, ws: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.ws = ws
        self._transport = transport
        self._queue: asyncio.Queue[str] = asyncio.Queue(MAX_QUEUE)

    def put(self, message: str) -> None:
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            self.abort()

    def abort(self) -> None:
        """Ends the connection without a farewell, which a client that does not read would not take."""
        if self._transport is not None:
            self._transport.abort()

    async def write(self) -> None:
        """Sends what is put, until the connection ends."""
        try:
            while True:
                await self.ws.send_str(await self._queue.get())
        except ConnectionError:
            return


class Session:
    """One visitor: the dashboard, the engine's page that shows it, and the sockets of all tabs."""

    def __init__(self, dashboard: Dashboard, page: livetemplate.Page) -> None:
        self.dashboard = dashboard
        self.page = page
        self.sockets: set[Socket] = set()
        self.seen = time.monotonic()
        self._totals = (0, 0, 0)

    def join(self, socket: Socket) -> None:
        """The first message of a socket is the whole state; from then on it gets the updates."""
        socket.put(self.page.tree())
        self.sockets.add(socket)

    def tick(self) -> None:
        self.dashboard.tick()
        self._push(self._update())

    def act(self, message: Data, actor: Socket) -> None:
        """Carries out an action: the tab that acted gets the answer, the others the push."""
        action, fields = read_action(message)
        errors = self.dashboard.act(action, fields)
        update = self._update()
        actor.put(update.reply(action, errors).decode())
        self._push(update, but=actor)

    def act_over_http(self, message: Data) -> str:
        """The same without a socket: nobody knows what that tab holds, so it gets the whole state."""
        action, fields = read_action(message)
        errors = self.dashboard.act(action, fields)
        self._push(self._update())
        return self.page.tree(action, errors)

    def _update(self) -> livetemplate.Update:
        update = self.page.update(self.dashboard.data)
        stats = update.stats
        if not update.is_empty:
            updates, sent, full = self._totals
            self._totals = (updates + 1, sent + stats.bytes, full + stats.full_render_bytes)
            # Shown with the next update: the cost of one is known when it is made.
            self.dashboard.count(stats.bytes, stats.full_render_bytes, self._totals)
        return update

    def _push(self, update: livetemplate.Update, but: Socket | None = None) -> None:
        if update.is_empty:
            return
        payload = update.payload.decode()
        for socket in self.sockets:
            if socket is not but:
                socket.put(payload)


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


class Server:
    """All sessions of this process."""

    def __init__(self) -> None:
        self.template = livetemplate.Template.from_files(HERE / "dashboard.html")
        self.engine = livetemplate.Application(max_pages=MAX_PAGES, page_ttl=SESSION_TTL, token_ttl=TOKEN_TTL)
        self.sessions: dict[str, Session] = {}

    def application(self) -> web.Application:
        app = web.Application(client_max_size=MAX_MESSAGE, middlewares=[guard])
        # aiohttp answers HEAD with the same handler.
        app.router.add_get("/", self.index)
        app.router.add_post("/", self.post)
        app.router.add_get("/client.js", self.client)
        app.router.add_static("/static", HERE / "static")
        app.cleanup_ctx.append(self.clock)
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

    def find_or_make(self, request: web.Request) -> Session:
        session = self.find(request)
        if session is not None:
            return session
        dashboard = Dashboard()
        try:
            page = self.engine.new_page(self.template, dashboard.data)
        except livetemplate.MaxPagesExceeded:
            raise web.HTTPServiceUnavailable(text="Too many sessions; try again later.", headers={"Retry-After": "60"})
        session = self.sessions[page.id] = Session(dashboard, page)
        return session

    def forget(self) -> None:
        """Drops sessions nobody has looked at for an hour."""
        oldest = time.monotonic() - SESSION_TTL
        for key, session in list(self.sessions.items()):
            if session.sockets:
                session.seen = time.monotonic()
            elif session.seen < oldest:
                session.page.close()
                del self.sessions[key]
        self.engine.cleanup()

    def tick(self, session: Session) -> None:
        try:
            session.tick()
        except Exception:
            # One broken session must not stop the clock of the others: its tabs are sent to get a new start.
            log.exception("a session could not be updated")
            for socket in session.sockets:
                socket.abort()

    async def clock(self, app: web.Application) -> Any:
        """Every second each session that someone looks at changes by itself."""

        async def run() -> None:
            ticks = 0
            while True:
                await asyncio.sleep(1)
                ticks += 1
                for session in self.sessions.values():
                    if session.sockets:
                        self.tick(session)
                if ticks % 60 == 0:
                    self.forget()

        task = asyncio.create_task(run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def shutdown(self, app: web.Application) -> None:
        sockets = [socket for session in self.sessions.values() for socket in session.sockets]
        closing = (socket.ws.close(code=WSCloseCode.GOING_AWAY, message=b"the server stops") for socket in sockets)
        await asyncio.gather(*closing, return_exceptions=True)
        self.engine.close()

    # Requests

    async def client(self, request: web.Request) -> web.StreamResponse:
        """The browser bundle of the published npm package, as it was installed."""
        if not CLIENT.exists():
            raise web.HTTPNotFound(text="Run `npm ci` in bindings/python/demo first.")
        return web.FileResponse(CLIENT)

    async def index(self, request: web.Request) -> web.StreamResponse:
        """The page as HTML, its state as JSON for a client without sockets, or the socket itself."""
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self.socket(request)
        session = self.find_or_make(request)
        if "application/json" in request.headers.get("Accept", ""):
            response = web.Response(text=session.page.tree(), content_type="application/json")
        else:
            response = web.Response(text=session.page.render(), content_type="text/html")
        return self.identify(request, response, session)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """An action over HTTP."""
        require_own_origin(request)
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="application/json expected")
        try:
            message = read_message(await request.text())
        except (UnicodeDecodeError, LookupError):
            # Not in the charset that it names, or there is no such charset.
            message = None
        if message is None:
            raise web.HTTPBadRequest(text="a JSON object expected")
        session = self.find_or_make(request)
        response = web.Response(text=session.act_over_http(message), content_type="application/json")
        return self.identify(request, response, session)

    def identify(self, request: web.Request, response: web.Response, session: Session) -> web.Response:
        response.headers["X-LiveTemplate-WebSocket"] = "enabled"
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie(
            COOKIE,
            session.page.token,
            max_age=int(TOKEN_TTL),
            path="/",
            httponly=True,
            samesite="Strict",
            secure=request.secure,
        )
        return response

    async def socket(self, request: web.Request) -> web.StreamResponse:
        require_own_origin(request)
        session = self.find(request)
        if session is None:
            # The client asks again over HTTP, which makes a session.
            raise web.HTTPUnauthorized(text="no session")
        if len(session.sockets) >= MAX_SOCKETS:
            raise web.HTTPServiceUnavailable(text="Too many tabs; close one.")
        ws = web.WebSocketResponse(max_msg_size=MAX_MESSAGE)
        await ws.prepare(request)
        socket = Socket(ws, request.transport)
        writer = asyncio.create_task(socket.write())
        session.join(socket)
        try:
            async for message in ws:
                if message.type is not WSMsgType.TEXT:
                    break
                self.receive(session, socket, message.data)
        finally:
            session.sockets.discard(socket)
            session.seen = time.monotonic()
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        return ws

    def receive(self, session: Session, socket: Socket, text: str) -> None:
        message = read_message(text)
        if message is None:
            socket.put('{"type":"error","code":"bad_message"}')
        elif message.get("action") == "__ping__":
            socket.put('{"pong":true}')
        else:
            session.act(message, socket)


def require_own_origin(request: web.Request) -> None:
    """Refuses what another site's page sends with this visitor's cookie, and what does not say where it comes from."""
    origin = request.headers.get("Origin")
    # Either scheme: behind a proxy that ends TLS the two sides see different ones.
    if origin not in (f"http://{request.host}", f"https://{request.host}"):
        raise web.HTTPForbidden(text="foreign origin")


@web.middleware
async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
    """Puts the security headers on every answer."""
    try:
        response: web.StreamResponse = await handler(request)
    except web.HTTPException as answer:
        answer.headers.update(SECURITY_HEADERS)
        raise
    if not response.prepared:
        response.headers.update(SECURITY_HEADERS)
    return response


async def serve(host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM."""
    runner = web.AppRunner(Server().application(), access_log=None, shutdown_timeout=3)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        bound = runner.addresses[0]
        print(f"The dashboard is at http://{bound[0]}:{bound[1]} (stop with Ctrl-C)", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()
