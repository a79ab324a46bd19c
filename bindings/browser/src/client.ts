// One page: its connection, its messages, its actions.

import type { Applier } from "./applier.js";
import { Actions } from "./actions.js";
import { newApplier } from "./appliers.js";
import { Connection, type ConnectionOptions } from "./connection.js";
import { Forms, emit } from "./forms.js";
import type { Format, JsonObject } from "./messages.js";
import { Receiver } from "./receiver.js";
import { Sentinel } from "./scroll.js";
import type { Transport } from "./transports.js";

/** What a client may be told; all of it has a default. */
export type Options = Partial<Omit<ConnectionOptions, "seq" | "greeting">> & {
  /** The format of the page; the value of `data-lvt-wire`, else `tree`. */
  format?: Format;
  /** Applies messages that are HTML (formats `turbo`, `htmx`), with the library they are for. */
  apply?: (html: string) => void;
  /** Whether the element `<lvt-status>` is put into the page; not with `data-lvt-loading="false"`. */
  indicator?: boolean;
};

/** What a page may show of its connection, in `<html data-lvt-connection>`. */
export type ConnectionState = "connecting" | "open" | "lost";

/** Actions that are kept while there is no connection. */
const MOST_WAITING = 100;
/** Acknowledgements within so many milliseconds are one. */
const ACK_PAUSE = 250;

/** Keeps the content of an element up to date. */
export class Client {
  /** The page's format; `html` when another library applies it. */
  readonly format: Format | "html";
  #applier: Applier;
  #receiver: Receiver;
  #connection: Connection;
  #forms = new Forms();
  #actions: Actions;
  #sentinel: Sentinel;
  #url: string;
  #environment: Required<ConnectionOptions["environment"]>;
  #messages = 0;
  /** Whether the connection has brought the state. */
  #open = false;
  #connected = 0;
  #waiting: string[] = [];
  #ack: ReturnType<typeof setTimeout> | undefined;
  #stops: (() => void)[] = [];
  #status: Element | null = null;

  /** `root` is the element whose content the engine owns. */
  constructor(
    readonly root: HTMLElement,
    options: Options = {},
  ) {
    const view = root.ownerDocument.defaultView as Window & typeof globalThis;
    const { heartbeat, loading } = { heartbeat: root.dataset.lvtHeartbeatMs, loading: root.dataset.lvtLoading };
    const { apply } = options;
    const format = (this.format = apply ? "html" : (options.format ?? ((root.dataset.lvtWire || "tree") as Format)));
    this.#url = options.url ?? view.location.href;
    this.#environment = {
      WebSocket: view.WebSocket,
      EventSource: view.EventSource,
      fetch: view.fetch?.bind(view),
      ...options.environment,
    };
    this.#applier = format === "html" ? { html: apply!, apply() {}, resync() {} } : newApplier(format, root);
    this.#receiver = new Receiver(this.#applier, format, {
      // Not all formats have a request for the state: a new connection brings it.
      lost: (seq, reason) => {
        emit(root, "lvt:error", { code: "resync", reason });
        if (format === "tree" || format === "html") this.#connection.reconnect();
        else this.#post({ type: "resync_request", seq: Math.max(seq, 0) });
      },
      stuck: () => this.#connection.reconnect(),
      updated: (seq, reply) => this.#updated(seq, reply),
      reply: (reply) => {
        this.#answered(reply);
        this.#report(reply);
      },
      error: (error) => emit(root, "lvt:error", error),
    });
    this.#connection = new Connection(
      {
        url: this.#url,
        transports: options.transports ?? ["socket", "sse", "poll"],
        environment: this.#environment,
        heartbeat: options.heartbeat ?? (heartbeat ? Number(heartbeat) : 20_000),
        backoff: options.backoff ?? [500, 30_000],
        patience: options.patience ?? 10_000,
        seq: () => this.#receiver.seq,
        greeting: () => this.#greeting(),
      },
      {
        opening: (greeted) => this.#receiver.opened(greeted),
        message: (data) => void this.#receiver.receive(data),
        lost: () => this.#lost(),
      },
    );
    this.#sentinel = new Sentinel(root, () => this.send("load_more"));
    this.#actions = new Actions(root, this.#forms, {
      send: (message) => this.#post(message),
      upload: (form) => void this.#upload(form),
    });
    if (options.indicator ?? loading !== "false") this.#status = root.ownerDocument.createElement("lvt-status");
  }

  /** Connects, listens, and keeps at it. */
  start(): void {
    const root = this.root;
    const connection = this.#connection;
    const document = root.ownerDocument;
    const view = document.defaultView!;
    this.#show("connecting");
    // Beside the body, which may be what the engine owns.
    if (this.#status) document.documentElement.append(this.#status);
    this.#actions.start();
    this.#sentinel.refresh();
    connection.start();
    const listen = (target: EventTarget, type: string, listener: () => void): void => {
      target.addEventListener(type, listener);
      this.#stops.push(() => target.removeEventListener(type, listener));
    };
    listen(document, "visibilitychange", () => (document.visibilityState === "hidden" ? connection.sleep() : connection.wake()));
    listen(view, "pageshow", () => connection.wake());
    listen(view, "online", () => connection.wake());
  }

  /** Ends all of it; the page stays as it is. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    clearTimeout(this.#ack);
    this.#actions.stop();
    this.#sentinel.stop();
    this.#receiver.clear();
    this.#connection.stop();
    this.#status?.remove();
  }

  /** Sends an action; without a connection, as soon as there is one. */
  send(action: string, data: JsonObject = {}): void {
    this.#post({ action, data });
  }

  /** The transport in use; null without a connection. */
  get transport(): Transport | null {
    return this.#open ? this.#connection.transport : null;
  }

  #post(message: JsonObject): void {
    const text = JSON.stringify(message);
    if (this.#connection.send(text)) return;
    // What is said about a connection ends with it.
    if (message.type !== undefined) return;
    this.#waiting.push(text);
    if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
  }

  async #upload(form: FormData): Promise<void> {
    try {
      const init = { method: "POST", body: form, headers: { Accept: "application/json" } };
      const answer = await this.#environment.fetch(this.#url, { ...init, credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (text !== "") await this.#receiver.receive(text);
    } catch {
      this.#forms.fail();
    }
  }

  #greeting(): string | null {
    const versions = this.#applier.versions?.() ?? {};
    if (Object.keys(versions).length === 0) return null;
    return JSON.stringify({
      type: "cache_handshake",
      client_version: "1.0",
      supported_optimizations: ["content", "structural", "styling"],
      max_cache_size: 1000,
      fragment_versions: versions,
    });
  }

  #updated(seq: number | undefined, reply?: JsonObject): void {
    this.#messages += 1;
    this.#forms.refresh();
    this.#sentinel.refresh();
    if (!this.#open) this.#opened();
    if (reply) this.#answered(reply);
    this.#report(reply);
    if (seq === undefined || this.format === "tree") return;
    clearTimeout(this.#ack);
    this.#ack = setTimeout(() => {
      const checksums = this.#applier.checksums?.() ?? {};
      this.#post({ type: "ack", seq, ...(Object.keys(checksums).length > 0 && { checksums }) });
    }, ACK_PAUSE);
  }

  #answered(reply: JsonObject): void {
    this.#forms.reply(reply);
    if (reply.action === "load_more") this.#sentinel.answered();
  }

  #report(reply?: JsonObject): void {
    emit(this.root, "lvt:updated", { messageCount: this.#messages, action: reply?.action, success: reply?.success });
  }

  /** The connection has brought the state. */
  #opened(): void {
    this.#open = true;
    this.#connected += 1;
    const detail = { transport: this.#connection.transport };
    this.#show("open");
    emit(this.root, "lvt:connected", detail);
    if (this.#connected > 1) emit(this.root, "lvt:reconnected", detail);
    for (const text of this.#waiting.splice(0)) this.#connection.send(text);
  }

  #lost(): void {
    this.#open = false;
    clearTimeout(this.#ack);
    this.#show("lost");
    this.#forms.fail();
    emit(this.root, "lvt:disconnected", {});
  }

  #show(state: ConnectionState): void {
    const { dataset } = this.root.ownerDocument.documentElement;
    dataset.lvtConnection = state;
    if (this.#connection.transport) dataset.lvtTransport = this.#connection.transport;
    else delete dataset.lvtTransport;
  }
}

/** The element of a page that the engine owns: the one that names its format, or the published client's. */
export function rootOf(document: Document): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-lvt-wire],[data-lvt-id]");
}
