"""The demo's server: the dashboard in every wire format, with what each message costs in each of them."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path
from typing import Any

import livetemplate
from aiohttp import web

from .dashboard import Dashboard, Data
from .host import Host, Session

log = logging.getLogger("demo")

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
#: What the pages load: the published client for `tree`, ours for the others, and the libraries that `turbo` and `htmx` are for.
SCRIPTS = {
    "client.js": MODULES / "@livetemplate/client/dist/livetemplate-client.browser.js",
    "livetemplate.js": HERE.parents[1] / "browser/dist/livetemplate.js",
    "livetemplate-module.js": HERE.parents[1] / "browser/dist/index.js",
    "turbo.js": MODULES / "@hotwired/turbo/dist/turbo.es2017-umd.js",
    "htmx.js": MODULES / "htmx.org/dist/htmx.min.js",
}
#: All formats, the one of the page without `?wire=` first.
WIRES = ("tree", "fragments", "patches", "operations", "turbo", "htmx")

#: The one style element that the client 0.25.1 adds to the page, for animations this page does not use.
CLIENT_STYLE = "'sha256-6ZphanzaLuLsy/h29N+gmUlIjv0zp3A7L3iJxCr5PTU='"
#: The same of Turbo 8.0.23, for its progress bar.
TURBO_STYLE = "'sha256-WAyOw4V+FqDc35lQPyRADLBWbuNK8ahvYEaQIYF1+Ps='"

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'self'; style-src 'self' {CLIENT_STYLE} {TURBO_STYLE}; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Visit(Session):
    """One visitor's dashboard. It is kept in all formats, whichever is looked at, so that their messages can be compared."""

    state: Dashboard

    def __init__(self) -> None:
        super().__init__(Dashboard())
        self._totals = (0, 0, 0)

    def update(self) -> dict[str, livetemplate.Update]:
        updates = super().update()
        sent = {wire: update.stats.bytes for wire, update in updates.items()}
        if any(sent.values()):
            full = updates[WIRES[0]].stats.full_render_bytes
            count, total, total_full = self._totals
            self._totals = (count + 1, total + sent[WIRES[0]], total_full + full)
            # Shown with the next update: the cost of one is known when it is made.
            self.state.count(sent[WIRES[0]], full, self._totals)
            self.state.compare(sent)
        return updates

    def tick(self) -> None:
        """One second has passed."""
        self.state.tick()
        self.push(self.update())


class Server:
    """The dashboards of all visitors."""

    def __init__(self) -> None:
        template = livetemplate.Template.from_files(HERE / "dashboard.html")
        self.host = Host(template, Visit, headers=SECURITY_HEADERS, wires=WIRES)

    def application(self) -> web.Application:
        app = self.host.application()
        app.router.add_get("/scripts/{name}", self.script)
        app.router.add_static("/static", HERE / "static")
        app.cleanup_ctx.append(self.clock)
        return app

    async def script(self, request: web.Request) -> web.StreamResponse:
        """A script as its package has it."""
        path = SCRIPTS.get(request.match_info["name"])
        if path is None or not path.exists():
            raise web.HTTPNotFound(text="Run `make demo`, which installs the scripts.")
        return web.FileResponse(path)

    def tick(self, session: Visit) -> None:
        try:
            session.tick()
        except Exception:
            # One broken session must not stop the clock of the others: its tabs are sent to get a new start.
            log.exception("a session could not be updated")
            for connection in list(session.connections.values()):
                connection.end()

    async def clock(self, app: web.Application) -> Any:
        """Every second each session that someone looks at changes by itself."""

        async def run() -> None:
            while True:
                await asyncio.sleep(1)
                for session in list(self.host.sessions.values()):
                    if session.connections and isinstance(session, Visit):
                        self.tick(session)

        task = asyncio.create_task(run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


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
