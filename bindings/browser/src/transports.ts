// Three ways to the server, the best first: a WebSocket, server-sent events, long polls. README.md has what a server does.

/** What carries messages both ways until it is closed. */
export interface Link {
  /** Sends a JSON text. */
  send(text: string): void;
  /** Ends it. No event comes any more. */
  close(): void;
}

/** What a link tells. */
export interface LinkEvents {
  /** It can send. */
  opened(): void;
  /** Messages of the engine. */
  message(data: string | ArrayBuffer): void;
  /** It did not open, or has ended. */
  closed(): void;
}

/** Where a link leads. */
export interface Target {
  /** The page's own address. */
  url: string;
  /** The number of the last message that was applied; -1 without one. */
  seq(): number;
  /** Whether the client will say first which contents it has. */
  cached: boolean;
  /** What a browser has. */
  environment: Environment;
}

/** What the transports use of the browser. */
export interface Environment {
  WebSocket?: typeof WebSocket;
  EventSource?: typeof EventSource;
  fetch?: typeof fetch;
}

/** The names of the transports, in the order in which they are tried. */
export type Transport = "socket" | "sse" | "poll";

/** Opens links, by name. */
export const TRANSPORTS: Record<Transport, (target: Target, events: LinkEvents) => Link> = { socket, sse, poll };

const JSON_TYPE = "application/json";

/** The page's address with more parameters. */
function address(target: Target, parameters: { [name: string]: string }): URL {
  const url = new URL(target.url);
  url.hash = "";
  if (target.seq() >= 0) parameters["lvt-seq"] = String(target.seq());
  if (target.cached) parameters["lvt-cache"] = "1";
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

function socket(target: Target, events: LinkEvents): Link {
  const url = address(target, {});
  url.protocol = url.protocol.replace("http", "ws");
  const ws = new target.environment.WebSocket!(url.href);
  ws.binaryType = "arraybuffer";
  ws.onopen = () => events.opened();
  ws.onmessage = ({ data }) => events.message(data as string | ArrayBuffer);
  ws.onclose = () => events.closed();
  return {
    send: (text) => ws.send(text),
    close() {
      ws.onopen = ws.onmessage = ws.onclose = null;
      ws.close();
    },
  };
}

/** What the two transports over plain requests share: messages to the server are requests of their own, one after the other. */
function requests(target: Target, events: LinkEvents): Link & { id: string; open: boolean; fetch: typeof fetch; signal: AbortSignal } {
  const id = Math.random().toString(36).slice(2);
  const controller = new AbortController();
  let last = Promise.resolve();
  const link = {
    id,
    open: true,
    signal: controller.signal,
    fetch: (input: RequestInfo | URL, init?: RequestInit) =>
      target.environment.fetch!(input, { ...init, signal: controller.signal, cache: "no-store", credentials: "same-origin" }),
    send(text: string) {
      last = last.then(async () => {
        if (!link.open) return;
        const answer = await link.fetch(address(target, { "lvt-connection": id }), {
          method: "POST",
          headers: { "Content-Type": JSON_TYPE, Accept: JSON_TYPE },
          body: text,
        });
        if (!answer.ok) throw new Error(String(answer.status));
        const body = await answer.text();
        if (link.open && body !== "") events.message(body);
      }).catch(() => {
        if (link.open) events.closed();
      });
    },
    close() {
      link.open = false;
      controller.abort();
    },
  };
  return link;
}

function sse(target: Target, events: LinkEvents): Link {
  const link = requests(target, events);
  const source = new target.environment.EventSource!(address(target, { "lvt-connection": link.id }).href);
  source.onopen = () => events.opened();
  source.onmessage = ({ data }) => events.message(data as string);
  // It would open itself again; the pauses between attempts are ours.
  source.onerror = () => {
    source.close();
    if (link.open) events.closed();
  };
  return {
    send: link.send,
    close() {
      source.close();
      link.close();
    },
  };
}

function poll(target: Target, events: LinkEvents): Link {
  const link = requests(target, events);
  const run = async (): Promise<void> => {
    await null;
    events.opened();
    while (link.open) {
      const start = Date.now();
      const url = address(target, { "lvt-connection": link.id, "lvt-poll": String(target.seq()) });
      const answer = await link.fetch(url, { headers: { Accept: JSON_TYPE } });
      if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith(JSON_TYPE)) throw new Error(String(answer.status));
      const body = await answer.text();
      if (!link.open) return;
      events.message(body);
      // A server that gives its whole state as an object keeps nothing for this client: there is nothing to wait for.
      if (!body.trimStart().startsWith("[")) return;
      if (body.length < 3 && Date.now() - start < 1000) await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  };
  run().catch(() => {
    if (link.open) events.closed();
  });
  return link;
}
