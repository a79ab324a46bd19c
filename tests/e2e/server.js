// The demo and the page of the browser tests as child processes, and a TCP proxy in front of it that can lose its connections.

import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

const ENVIRONMENT = path.join(ROOT, ".venv/bin/python");
const PYTHON = process.env.PYTHON ?? (existsSync(ENVIRONMENT) ? ENVIRONMENT : "python3");

/** Starts the demo on `port` (0: a free one) and waits until it serves. */
export function startServer(port = 0) {
  return start(["-m", "demo"], { HOST: "127.0.0.1", PORT: String(port) });
}

const ASK = `
import livetemplate
with livetemplate.Application() as app:
    for wire in ("tree", "operations", "fragments", "patches"):
        try:
            app.new_page(livetemplate.Template("<p>{{.}}</p>"), 1, wire=wire)
            print(wire)
        except livetemplate.InvalidArgument:
            pass
`;

/** Those formats of our own client that the engine has. */
export const wires = () => execFileSync(PYTHON, ["-c", ASK]).toString().trim().split("\n");

/** Starts the page of the browser tests, in the format `wire`; with `tick`, it changes by itself every so many seconds. */
export function startHost({ port = 0, wire = "tree", tick = 0 } = {}) {
  return start([path.join(ROOT, "tests/e2e/host.py")], { PORT: String(port), WIRE: wire, TICK: String(tick) });
}

async function start(args, env) {
  const child = spawn(PYTHON, args, {
    cwd: path.join(ROOT, "bindings/python"),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const address = await new Promise((resolve, reject) => {
    const look = (chunk) => {
      output += chunk;
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(output);
      if (found) resolve({ url: found[0], port: Number(found[1]) });
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${output}`)));
  });
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  return {
    ...address,
    output: () => output,
    /** Stops it as Ctrl-C does and gives how it ended. */
    stop() {
      child.kill("SIGINT");
      return ended;
    },
    /** Ends it as a crash does. */
    kill() {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

/** A proxy on a port of its own to `port`. */
export async function startProxy(port) {
  const open = new Set();
  let away = false;
  const server = net.createServer((client) => {
    if (away) return client.destroy();
    const upstream = net.connect(port, "127.0.0.1");
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      open.add(from);
      from.on("error", () => {});
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Loses all connections and takes no new ones until `restore`. */
    lose() {
      away = true;
      for (const socket of open) socket.destroy();
    },
    restore() {
      away = false;
    },
    close() {
      this.lose();
      server.close();
    },
  };
}
