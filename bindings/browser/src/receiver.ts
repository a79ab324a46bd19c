// Messages in their order: gaps, repeats, parts of long ones, compressed ones. What does not fit leads to a resync.

import type { Applier } from "./applier.js";
import { count, isObject, objects, type Format, type Json, type JsonObject } from "./messages.js";

/** What a receiver tells its surroundings. */
export interface Outlet {
  /** The page has lost its place: `seq` is the number of the last payload that was applied, `reason` says why. */
  lost(seq: number, reason: string): void;
  /** No resync came for too long. */
  stuck(): void;
  /** A payload or a resync was applied. `seq` is missing where messages have no numbers; in `tree` an answer may come with it. */
  updated(seq: number | undefined, reply?: JsonObject): void;
  /** The answer to an action, by itself. */
  reply(reply: JsonObject): void;
  /** The engine reports an error. */
  error(error: JsonObject): void;
  /** The answer to a ping. */
  pong?(): void;
}

/** How long parts of a message, or a resync, may take. */
const PATIENCE = 10_000;
/** Messages that wait for one before them. */
const MOST_HELD = 100;

const PAYLOAD: { [format: string]: string } = { tree: "tree", operations: "operations", fragments: "fragments", patches: "updates" };

/** A message that comes in parts. */
interface Assembly {
  /** The number before the first part. */
  before: number;
  fragment: Json | undefined;
  parts: Map<number, JsonObject>;
  timer: ReturnType<typeof setTimeout>;
}

/** Takes messages from a connection and has the applier apply them, each once and in order. */
export class Receiver {
  /** The number of the last payload that was taken; -1 before the first. */
  seq = -1;
  /** Whether this connection has brought the whole state. */
  #fresh = false;
  /** Whether the answer to a cache handshake is to come, which has any number. */
  #greeted = false;
  #waiting: ReturnType<typeof setTimeout> | null = null;
  #held = new Map<number, JsonObject>();
  #assemblies = new Map<string, Assembly>();
  #assembled = new Set<string>();
  /** Whole messages that came while parts of one before them were missing. */
  #queue: JsonObject[] = [];
  #work: Promise<void> | null = null;

  #applier: Applier;
  #format: Format | "html";
  #outlet: Outlet;

  constructor(
    applier: Applier,
    format: Format | "html",
    outlet: Outlet,
  ) {
    this.#applier = applier;
    this.#format = format;
    this.#outlet = outlet;
  }

  /** A new connection begins: its first message is the whole state, or the answer to a cache handshake. */
  opened(handshake = false): void {
    this.clear();
    this.#fresh = this.#greeted = handshake;
    (this.#applier as { forget?(): void }).forget?.();
  }

  /** Takes what a socket gives. Compressed messages are read one after the other. */
  receive(data: string | ArrayBuffer | Uint8Array | Blob): Promise<void> | void {
    if (typeof data === "string" && !this.#work) return this.#read(data);
    const work = (this.#work ?? Promise.resolve())
      .then(() => decode(data))
      .then((text) => this.#read(text), () => this.#lose("a message could not be decompressed"))
      .then(() => {
        if (this.#work === work) this.#work = null;
      });
    return (this.#work = work);
  }

  /** Gives up what waits, when the page goes. */
  clear(): void {
    this.#settle();
    this.#held.clear();
    this.#fresh = false;
  }

  #read(text: string): void {
    if (this.#applier.html && /^\s*[^\s[{]/.test(text)) return this.#html(text);
    let value: Json;
    try {
      value = JSON.parse(text) as Json;
    } catch {
      return this.#lose("a message is no JSON");
    }
    this.#each(value);
  }

  /** A message, or a list of them. */
  #each(value: Json): void {
    for (const message of Array.isArray(value) ? value : [value]) {
      if (isObject(message)) this.#take(message);
      else if (typeof message === "string" && this.#applier.html) this.#html(message);
      else this.#lose("a message is no object");
    }
  }

  #html(html: string): void {
    if (this.#attempt(() => this.#applier.html!(html))) this.#outlet.updated(undefined);
  }

  #take(message: JsonObject): void {
    if (message.pong) this.#outlet.pong?.();
    else if (message.type === "error") this.#outlet.error(message);
    else if (message.type === "reply") {
      const { update, ...reply } = message;
      if (update !== undefined) this.#each(update);
      this.#outlet.reply(reply);
    }
    else if (message.type === "resync") this.#resync(message);
    else if (PAYLOAD[this.#format]! in message) this.#attempt(() => this.#order(message));
    // Control messages that are not known are for other clients.
    else if (message.type === undefined) this.#lose("a message is of another format");
  }

  #resync(message: JsonObject): void {
    const { seq } = message;
    if (!Number.isSafeInteger(seq)) return this.#lose("a resync has no number");
    // It was overtaken.
    if (this.#fresh && !this.#greeted && !this.#waiting && (seq as number) < this.seq) return;
    if (this.#attempt(() => this.#applier.resync(message))) this.#placed(seq as number);
  }

  /** The page has the whole state of a number. */
  #placed(seq: number, reply?: JsonObject): void {
    this.#settle();
    this.#fresh = true;
    this.#greeted = false;
    this.seq = seq;
    for (const number of this.#held.keys()) if (number <= seq) this.#held.delete(number);
    this.#outlet.updated(seq, reply);
    this.#drain();
  }

  #order(message: JsonObject): void {
    const { seq, tree } = message;
    if (this.#format === "tree") {
      const whole = isObject(tree) && Array.isArray(tree.s);
      if (seq === undefined) return this.#apply(message, undefined);
      if (whole && (!this.#fresh || (seq as number) >= this.seq)) {
        if (this.#attempt(() => this.#applier.apply(message))) this.#placed(seq as number, answer(message));
        return;
      }
    }
    if (!Number.isSafeInteger(seq)) return this.#lose("a message has no number");
    const number = seq as number;
    if (!this.#fresh) return this.#lose("the whole state did not come first");
    if (this.#greeted) this.seq = number - 1;
    this.#greeted = false;
    const chunk = this.#chunk(message);
    if (number <= this.seq) {
      // All parts may have the number of their payload.
      const open = chunk && (this.#assemblies.has(chunk) || (number === this.seq && !this.#assembled.has(chunk)));
      return open ? this.#part(message, chunk, number) : undefined;
    }
    if (number > this.seq + 1) {
      if (this.#held.size < MOST_HELD) this.#held.set(number, message);
      return this.#lose(`the message ${this.seq + 1} is missing`);
    }
    if (chunk) this.#part(message, chunk, number);
    else if (this.#assemblies.size > 0) this.#behind(message, number);
    else this.#apply(message, number);
    this.#drain();
  }

  /** The message that comes next may have come before. */
  #drain(): void {
    const next = this.#held.get(this.seq + 1);
    if (!next) return;
    this.#held.delete(this.seq + 1);
    this.#order(next);
  }

  #apply(message: JsonObject, seq: number | undefined): void {
    if (!this.#attempt(() => this.#applier.apply(message))) return;
    if (seq !== undefined) this.seq = Math.max(this.seq, seq);
    this.#outlet.updated(seq, answer(message));
  }

  /** Does something that throws when a message does not fit; the page then is at the number `before`. */
  #attempt(action: () => void, before = this.seq): boolean {
    try {
      action();
      return true;
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error), before);
      return false;
    }
  }

  #fail(reason: string, before: number): void {
    this.seq = before;
    this.#unwind();
    this.#lose(reason);
  }

  /** The id of the message whose part this is. */
  #chunk(message: JsonObject): string | null {
    if (this.#format !== "patches" || !Array.isArray(message.updates)) return null;
    const update = message.updates[0];
    if (!isObject(update) || !isObject(update.chunk)) return null;
    return String(update.chunk.id);
  }

  #part(message: JsonObject, id: string, number: number): void {
    const [update] = objects(message, "updates");
    const at = count(update!.chunk as JsonObject, "seq");
    const total = count(update!.chunk as JsonObject, "total");
    if (at < 1 || at > total) return this.#lose("a part of a message has a wrong number");
    let assembly = this.#assemblies.get(id);
    if (!assembly) {
      const timer = setTimeout(() => {
        this.#fail("parts of a message are missing", assembly!.before);
      }, PATIENCE);
      assembly = { before: this.seq, fragment: update!.fragment_id, parts: new Map(), timer };
      this.#assemblies.set(id, assembly);
    }
    this.seq = Math.max(this.seq, number);
    const { parts } = assembly;
    parts.set(at, update!);
    if (parts.size < total) return;
    this.#drop(id);
    const data: Json[] = [];
    for (let index = 1; index <= parts.size; index += 1) data.push(parts.get(index)?.data ?? null);
    const { chunk: _, ...whole } = update!;
    const joined = data.every((part) => typeof part === "string") ? data.join("") : data.flat();
    const joint = { ...message, updates: [{ ...whole, data: joined }] };
    if (!this.#attempt(() => this.#applier.apply(joint), assembly.before)) return;
    this.#outlet.updated(number);
    this.#forward();
  }

  /** A message behind one of which parts are missing. It waits, or takes its place. */
  #behind(message: JsonObject, number: number): void {
    this.seq = number;
    this.#queue.push(message);
    const replaced = new Set(objects(message, "updates").map((update) => (update.action === "replace" ? update.fragment_id : null)));
    for (const [id, { fragment }] of this.#assemblies) if (replaced.has(fragment!)) this.#drop(id);
    this.#forward();
  }

  /** Applies what has waited for parts. */
  #forward(): void {
    while (this.#assemblies.size === 0 && this.#queue.length > 0) {
      const message = this.#queue.shift()!;
      const seq = message.seq as number;
      if (!this.#attempt(() => this.#applier.apply(message), seq - 1)) return;
      this.#outlet.updated(seq);
    }
  }

  #drop(id: string): void {
    clearTimeout(this.#assemblies.get(id)!.timer);
    this.#assemblies.delete(id);
    this.#assembled.add(id);
    if (this.#assembled.size > 100) this.#assembled.delete(this.#assembled.values().next().value!);
  }

  /** Nothing is waited for any more. */
  #settle(): void {
    if (this.#waiting) clearTimeout(this.#waiting);
    this.#waiting = null;
    this.#unwind();
  }

  /** Gives up messages in parts and what waits behind them. */
  #unwind(): void {
    for (const id of [...this.#assemblies.keys()]) this.#drop(id);
    this.#queue = [];
  }

  #lose(reason: string): void {
    if (this.#waiting) return;
    this.#waiting = setTimeout(() => {
      this.#waiting = null;
      this.#outlet.stuck();
    }, PATIENCE);
    const [assembly] = this.#assemblies.values();
    this.#outlet.lost(assembly?.before ?? this.seq, reason);
  }
}

/** In `tree` an answer comes with the update. */
function answer(message: JsonObject): JsonObject | undefined {
  return isObject(message.meta) ? message.meta : undefined;
}

/** The text of a message that came as bytes, compressed with gzip or not. */
async function decode(data: string | ArrayBuffer | Uint8Array | Blob): Promise<string> {
  if (typeof data === "string") return data;
  const bytes = new Uint8Array("arrayBuffer" in data ? await data.arrayBuffer() : data);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes);
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(plain).text();
}
