// Keeps a link to the server: chooses the transport, comes back after a loss, notices when the other end is silent.

import { TRANSPORTS, type Environment, type Link, type Transport } from "./transports.js";

/** What a connection is made with. */
export interface ConnectionOptions {
  url: string;
  transports: Transport[];
  environment: Environment;
  /** Milliseconds between pings. */
  heartbeat: number;
  /** The shortest and the longest pause between two rounds of attempts, in milliseconds. */
  backoff: [first: number, most: number];
  /** Milliseconds that a transport has to bring the first message. */
  patience: number;
  /** The number of the last message that was applied; -1 without one. */
  seq(): number;
  /** What the client says first on a new link, in `operations`. */
  greeting(): string | null;
}

/** What a connection tells. */
export interface ConnectionEvents {
  /** A link is about to be opened, and whether the greeting goes first. */
  opening(greeted: boolean): void;
  /** Messages of the engine. */
  message(data: string | ArrayBuffer): void;
  /** The link that worked is lost. */
  lost(): void;
}

/** The other end has been silent for so many times the pause between pings. */
const SILENCE = 2.5;
/** After being hidden for so long, a page sees whether its link is alive. */
const HIDDEN = 3000;

/** One page's connection. */
export class Connection {
  /** The transport in use, once it has brought a message. */
  transport: Transport | null = null;
  #link: Link | null = null;
  #at = 0;
  /** The best transport that has worked. */
  #best = Infinity;
  #rounds = 0;
  #heard = 0;
  #hidden = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #stopped = true;

  #options: ConnectionOptions;
  #events: ConnectionEvents;

  constructor(
    options: ConnectionOptions,
    events: ConnectionEvents,
  ) {
    this.#options = options;
    this.#events = events;
  }

  /** Opens it and keeps it open. */
  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#beat = setInterval(() => this.#check(), this.#options.heartbeat || 20_000);
    this.#round();
  }

  /** Ends it. */
  stop(): void {
    this.#stopped = true;
    clearInterval(this.#beat);
    this.#cut();
  }

  /** Sends a JSON text; false when there is nothing to send it with. */
  send(text: string): boolean {
    if (!this.transport) return false;
    this.#pass(text);
    return true;
  }

  /** Begins anew, soon. */
  reconnect(): void {
    if (!this.#stopped) this.#pause();
  }

  /** The page is in use again: what was waited for may be possible now, and what was open may be dead. */
  wake(): void {
    if (this.#stopped) return;
    if (!this.transport && !this.#link) return this.#round();
    if (!this.transport || this.#hidden === 0 || Date.now() - this.#hidden < HIDDEN) return;
    this.#hidden = 0;
    if (this.transport !== "socket") return this.#check();
    const asked = Date.now();
    this.#ping();
    setTimeout(() => {
      if (this.transport && this.#heard < asked) this.reconnect();
    }, HIDDEN);
  }

  /** The page is out of sight. */
  sleep(): void {
    this.#hidden = Date.now();
  }

  /** Tries all transports, beginning with the best that is known to work. */
  #round(): void {
    this.#at = this.#best < Infinity ? this.#best : 0;
    this.#open(0);
  }

  #open(tried: number): void {
    this.#cut();
    const { transports, patience, environment, url, seq } = this.#options;
    const name = transports[this.#at]!;
    // A poll and a POST are on their way at the same time: which comes first is not known.
    const greeting = name === "poll" ? null : this.#options.greeting();
    const next = (): void => {
      if (this.transport) return this.#pause();
      this.#at = (this.#at + 1) % transports.length;
      if (tried + 1 < transports.length) this.#open(tried + 1);
      else this.#pause();
    };
    this.#timer = setTimeout(next, patience);
    this.#events.opening(greeting !== null);
    try {
      const link: Link = TRANSPORTS[name]({ url, seq, environment, cached: greeting !== null }, {
        opened: () => {
          if (greeting !== null) link.send(greeting);
        },
        message: (data) => {
          this.#heard = Date.now();
          if (!this.transport) this.#works(name);
          this.#events.message(data);
        },
        closed: () => {
          if (this.#link === link) next();
        },
      });
      this.#link = link;
    } catch {
      // The browser does not have it, or the page's policy forbids it.
      clearTimeout(this.#timer);
      this.#timer = setTimeout(next);
    }
  }

  #works(name: Transport): void {
    clearTimeout(this.#timer);
    this.transport = name;
    this.#rounds = 0;
    this.#best = Math.min(this.#best, this.#at);
  }

  #pause(): void {
    this.#cut();
    const [first, most] = this.#options.backoff;
    const pause = Math.min(most, first * 2 ** this.#rounds) * (0.5 + Math.random() / 2);
    this.#rounds += 1;
    this.#timer = setTimeout(() => this.#round(), pause);
  }

  #cut(): void {
    clearTimeout(this.#timer);
    const worked = this.transport !== null;
    this.transport = null;
    this.#link?.close();
    this.#link = null;
    if (worked) this.#events.lost();
  }

  #check(): void {
    if (!this.transport) return;
    if (this.#options.heartbeat === 0) return;
    if (Date.now() - this.#heard > SILENCE * this.#options.heartbeat) this.reconnect();
    else if (this.transport === "socket") this.#ping();
  }

  #ping(): void {
    this.#pass('{"action":"__ping__"}');
  }

  #pass(text: string): void {
    try {
      this.#link!.send(text);
    } catch {
      // It has closed meanwhile, and says so.
    }
  }
}
