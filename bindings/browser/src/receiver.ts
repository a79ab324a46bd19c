// Messages in their order: gaps, repeats, parts of long ones, compressed ones. What does not fit leads to a resync.

import type { Applier } from "./applier.js";
import { isObject, mismatch, objects, type Format, type Json, type JsonObject } from "./messages.js";

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

/** A fragment's update that comes in parts. */
interface Assembly {
  id: Json | undefined;
  /** The number before the first part. */
  before: number;
  data: Json[];
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
  /** By fragment. */
  #assemblies = new Map<Json | undefined, Assembly>();
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
    if (number <= this.seq) return;
    if (number > this.seq + 1) {
      if (this.#held.size < MOST_HELD) this.#held.set(number, message);
      return this.#lose(`message ${this.seq + 1} is missing`);
    }
    const updates = this.#format === "patches" ? objects(message, "updates") : [];
    if (updates[0] && isObject(updates[0].chunk)) this.#part(message, updates[0], number);
    else {
      for (const { fragment_id: id, action } of updates) {
        if (action === "replace") this.#drop(id);
        else if (this.#assemblies.has(id)) mismatch(`parts of ${id} are missing`);
      }
      this.#apply(message, number);
    }
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
    if (seq !== undefined) this.seq = seq;
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

  /** Parts follow one another in order. A newer update of a fragment takes the place of one that is not complete. */
  #part(message: JsonObject, { chunk, ...update }: JsonObject, number: number): void {
    const fragment = update.fragment_id;
    const { id, total, seq: at } = chunk as JsonObject;
    if (at === 1) {
      this.#drop(fragment);
      const before = this.seq;
      const timer = setTimeout(() => this.#fail(`parts of ${fragment} are missing`, before), PATIENCE);
      this.#assemblies.set(fragment, { id, before, data: [], timer });
    }
    this.seq = number;
    const assembly = this.#assemblies.get(fragment);
    if (assembly?.id !== id || at !== assembly!.data.push(update.data!)) return;
    if (at !== total) return;
    this.#drop(fragment);
    const { data, before } = assembly!;
    const joined = data.every((part) => typeof part === "string") ? data.join("") : data.flat();
    const joint = { ...message, updates: [{ ...update, data: joined }] };
    if (this.#attempt(() => this.#applier.apply(joint), before)) this.#outlet.updated(number);
  }

  #drop(fragment: Json | undefined): void {
    clearTimeout(this.#assemblies.get(fragment)?.timer);
    this.#assemblies.delete(fragment);
  }

  /** Nothing is waited for any more. */
  #settle(): void {
    if (this.#waiting) clearTimeout(this.#waiting);
    this.#waiting = null;
    this.#unwind();
  }

  /** Gives up what has come in parts. */
  #unwind(): void {
    for (const fragment of this.#assemblies.keys()) this.#drop(fragment);
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
