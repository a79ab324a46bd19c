"""A page for the browser tests: lists, forms, things a user opens and scrolls. PORT, WIRE and TICK (seconds) are read from
the environment."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings/python"))

import livetemplate  # noqa: E402
from aiohttp import web  # noqa: E402
from demo.host import Data, Errors, Host, Session  # noqa: E402

DIST = ROOT / "bindings/browser/dist"
HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types livetemplate"
    ),
    "X-Content-Type-Options": "nosniff",
}


class Board:
    """What the page shows, and what can be done to it."""

    def __init__(self) -> None:
        self.made = 5
        self.data: Data = {
            "Ticks": 0,
            "Count": 0,
            "Class": "low",
            "Rows": [{"ID": f"r{n}", "Text": f"Row {n}", "Done": n == 2} for n in range(1, 6)],
            "Notes": [f"Line {n}" for n in range(1, 101)],
            "Open": False,
            "Saved": "",
            "Error": "",
        }

    def shown(self, wire: str) -> Data:
        return self.data

    def act(self, action: str, fields: Data) -> Errors:
        data = self.data
        rows = data["Rows"]
        data["Error"] = ""
        if action == "increment":
            data["Count"] += 1
            data["Class"] = "high" if data["Count"] > 2 else "low"
        elif action == "add":
            self.made += 1
            rows.append({"ID": f"r{self.made}", "Text": f"Row <{self.made}>", "Done": False})
        elif action == "remove":
            data["Rows"] = [row for row in rows if row["ID"] != fields.get("id")]
        elif action == "reverse":
            rows.reverse()
        elif action == "rotate":
            data["Rows"] = rows[1:] + rows[:1]
        elif action == "toggle":
            for row in rows:
                if row["ID"] == fields.get("id"):
                    row["Done"] = not row["Done"]
        elif action == "panel":
            data["Open"] = not data["Open"]
        elif action == "save":
            if str(fields.get("title", "")).strip() == "":
                data["Error"] = "A title is needed."
                return {"title": data["Error"]}
            data["Saved"] = str(fields["title"])
        else:
            return {"action": "unknown action"}
        return {}


async def files(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    path = HERE / "static" / name if (HERE / "static" / name).exists() else DIST / name
    return web.FileResponse(path) if path.is_file() else web.Response(status=404)


async def no_icon(_: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


async def serve() -> None:
    template = livetemplate.Template.from_files(HERE / "page.html")
    host = Host(template, lambda: Session(Board()), os.environ.get("WIRE", "tree"), HEADERS)
    app = host.application()
    app.router.add_get("/static/{name:[a-z.]+}", files)
    app.router.add_get("/favicon.ico", no_icon)
    pause = float(os.environ.get("TICK", "0"))

    async def clock(_: web.Application) -> Any:
        async def run() -> None:
            while True:
                await asyncio.sleep(pause)
                for session in list(host.sessions.values()):
                    tick(session)

        task = asyncio.create_task(run()) if pause else None
        yield
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def tick(session: Session) -> None:
        session.state.data["Ticks"] += 1
        session.push(session.update())

    app.cleanup_ctx.append(clock)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", int(os.environ.get("PORT", "0")), reuse_address=True).start()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        print(f"The page is at http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


asyncio.run(serve())
