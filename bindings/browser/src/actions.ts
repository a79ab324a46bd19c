// From what the user does to actions: the attributes of @livetemplate/client 0.25.1.

import type { Json, JsonObject } from "./messages.js";
import { Forms } from "./forms.js";

/** Where actions go. */
export interface Sender {
  /** Sends an action as JSON. */
  send(message: JsonObject): void;
  /** Sends a form that has files. */
  upload(form: FormData): void;
}

const BUBBLING = ["click", "submit", "change", "input", "search", "keydown", "keyup"];
const DRAG = ["dragstart", "dragover", "drop", "dragend", "dragenter", "dragleave"];
/** These are seen on their way down, and count for their own target only. */
const DIRECT = ["focus", "blur", "mouseenter", "mouseleave"];
const WINDOW = ["keydown", "keyup", "scroll", "resize", "focus", "blur"];
/** The type under which a dragged element's key travels; nothing outside the page takes it. */
const DRAG_TYPE = "application/x-lvt-key";
const TYPING =
  "input:not([type=button],[type=submit],[type=reset],[type=checkbox],[type=radio],[type=image],[type=file],[type=color])," +
  'textarea,select,[contenteditable=""],[contenteditable=true],[contenteditable=plaintext-only]';

/** Listens to a page and sends actions. */
export class Actions {
  #stops: (() => void)[] = [];
  #limits = new WeakMap<Element, Map<string, (call: () => void) => void>>();

  #root: Element;
  #forms: Forms;
  #sender: Sender;

  constructor(
    root: Element,
    forms: Forms,
    sender: Sender,
  ) {
    this.#root = root;
    this.#forms = forms;
    this.#sender = sender;
  }

  /** Begins to listen. */
  start(): void {
    const root = this.#root;
    const view = root.ownerDocument.defaultView;
    for (const type of [...BUBBLING, ...DRAG]) this.#listen(root, type, (event) => this.#bubbled(event), false);
    for (const type of DIRECT) this.#listen(root, type, (event) => this.#direct(event), true);
    if (view) for (const type of WINDOW) this.#listen(view, type, (event) => this.#atWindow(event), false);
  }

  /** Ends it. */
  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  #listen(target: EventTarget, type: string, listener: (event: Event) => void, capture: boolean): void {
    target.addEventListener(type, listener, capture);
    this.#stops.push(() => target.removeEventListener(type, listener, capture));
  }

  /** The nearest element that has an action for the event takes it. */
  #bubbled(event: Event): void {
    for (let at = event.target as Element | null; at && at !== this.#root.parentElement; at = at.parentElement) {
      const own = at.getAttribute(`lvt-on:${event.type}`);
      const action = own || implied(event, at) || own;
      const dragged = DRAG.includes(event.type);
      if (action === null || (action === "" && !dragged) || !keyFits(event, at)) continue;
      if (event.type === "submit") event.preventDefault();
      if (event.type === "submit" && at.nodeName === "FORM") {
        return this.#limited(at, event, action, () => this.#submit(at as HTMLFormElement, event as SubmitEvent, action, !own));
      }
      if (dragged && !drag(event as DragEvent, at, action)) return;
      const data = own ? dataOf(event, at) : buttonData(at as HTMLButtonElement);
      return this.#limited(at, event, action, () => this.#sender.send({ action, data: { ...values(event, at), ...data } }));
    }
  }

  #direct(event: Event): void {
    const target = event.target as Element;
    const action = target.getAttribute?.(`lvt-on:${event.type}`);
    if (action) this.#limited(target, event, action, () => this.#sender.send({ action, data: attributes(target) }));
  }

  #atWindow(event: Event): void {
    // Events of elements come by here as well, except those that do not bubble.
    const name = `lvt-on:window:${event.type}`;
    for (const element of this.#root.querySelectorAll(`[${name.replace(/:/g, "\\:")}]`)) {
      const action = element.getAttribute(name);
      if (!action || !keyFits(event, element)) continue;
      if (element.hasAttribute("lvt-mod:skip-when-typing") && event.type.startsWith("key") && typing(this.#root.ownerDocument)) continue;
      this.#limited(element, event, `window ${action}`, () => this.#sender.send({ action, data: attributes(element) }));
    }
  }

  /** The button counts where the form's action was not given by `lvt-on:submit`. */
  #submit(form: HTMLFormElement, event: SubmitEvent, action: string, counts: boolean): void {
    const submitter = event.submitter as HTMLButtonElement | null;
    const message: JsonObject = { action, data: fields(form, counts ? submitter : null) };
    if (counts && submitter?.name) message.submitter = submitter.name;
    const view = form.ownerDocument.defaultView!;
    const upload = [...form.querySelectorAll<HTMLInputElement>("input[type=file]:not([lvt-upload])")].some((input) => input.files?.length)
      ? new view.FormData(form)
      : null;
    if (upload) {
      if (submitter?.name) {
        upload.set(submitter.name, submitter.value);
        upload.set("lvt-submitter", submitter.name);
      }
      upload.set("lvt-action", action);
    }
    this.#forms.submit(form, submitter, message);
    if (upload) this.#sender.upload(upload);
    else this.#sender.send(message);
    if (form.getAttribute("method")?.toLowerCase() === "dialog") form.closest("dialog")?.close?.();
  }

  /** Does it now, or as often as `lvt-mod:throttle` or `lvt-mod:debounce` allow. */
  #limited(element: Element, event: Event, action: string, call: () => void): void {
    const throttle = element.getAttribute("lvt-mod:throttle");
    const debounce = element.getAttribute("lvt-mod:debounce");
    // To clear a search field is one act.
    if ((!throttle && !debounce) || event.type === "search") return call();
    let limits = this.#limits.get(element);
    if (!limits) this.#limits.set(element, (limits = new Map()));
    const key = `${event.type} ${action}`;
    let limit = limits.get(key);
    if (!limit) limits.set(key, (limit = throttle ? throttled(parseInt(throttle, 10)) : debounced(parseInt(debounce!, 10))));
    limit(call);
  }
}

function throttled(pause: number): (call: () => void) => void {
  let closed = false;
  return (call) => {
    if (closed) return;
    closed = true;
    setTimeout(() => (closed = false), pause);
    call();
  };
}

function debounced(pause: number): (call: () => void) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (call) => {
    clearTimeout(timer);
    timer = setTimeout(call, pause);
  };
}

/** The action of an element that has no attribute for the event: a form's, or that of a button outside of forms. */
function implied(event: Event, element: Element): string | null {
  if (event.type === "click" && element.nodeName === "BUTTON") {
    const button = element as HTMLButtonElement;
    const plain = button.name && !button.disabled && button.type !== "reset" && !button.form && !button.hasAttribute("commandfor");
    return plain ? button.name : null;
  }
  if (event.type !== "submit" || element.nodeName !== "FORM") return null;
  const submitter = (event as SubmitEvent).submitter as HTMLButtonElement | null;
  const table = element.getAttribute("lvt-persist");
  if (table) return `persist:${table}`;
  if (element.hasAttribute("lvt-form:no-intercept")) {
    if (element.hasAttribute("lvt-form:emit-submitter")) emitSubmitter(element as HTMLFormElement, submitter);
    return null;
  }
  const named = submitter?.nodeName === "BUTTON" ? submitter.name : "";
  return element.getAttribute("lvt-form:action") || named || element.getAttribute("name") || "submit";
}

/** Tells a server that gets the form from the browser which button it was. */
function emitSubmitter(form: HTMLFormElement, submitter: HTMLButtonElement | null): void {
  let field = form.querySelector<HTMLInputElement>('input[type="hidden"][name="lvt-submitter"]');
  if (!submitter?.name) return field?.remove();
  if (!field) {
    field = form.ownerDocument.createElement("input");
    field.type = "hidden";
    field.name = "lvt-submitter";
    form.append(field);
  }
  field.value = submitter.name;
}

/** Whether a key event is one that `lvt-key` names. A combination does nothing else then. */
function keyFits(event: Event, element: Element): boolean {
  const filter = element.getAttribute("lvt-key");
  if (!filter || !/^key(down|up)$/.test(event.type)) return true;
  const { key, metaKey, ctrlKey, shiftKey, altKey } = event as KeyboardEvent;
  if (!filter.includes("+") || filter === "+") return key === filter && !ctrlKey && !metaKey && !altKey;
  const parts = filter.split("+");
  const held: { [name: string]: boolean } = {
    mod: metaKey || ctrlKey, meta: metaKey, cmd: metaKey, ctrl: ctrlKey, control: ctrlKey, shift: shiftKey, alt: altKey, option: altKey,
  };
  if (key !== parts.pop() || !parts.every((part) => held[part.toLowerCase()])) return false;
  event.preventDefault();
  return true;
}

/** Whether the user is writing somewhere. */
function typing(document: Document): boolean {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active?.closest(TYPING) != null;
}

/** What the browser wants to be done at once in a drag. Whether the action is to be sent. */
function drag(event: DragEvent, element: Element, action: string): boolean {
  const { dataTransfer } = event;
  if (event.type === "dragstart" && dataTransfer) {
    dataTransfer.setData(DRAG_TYPE, element.closest("[data-key]")?.getAttribute("data-key") ?? "");
    dataTransfer.effectAllowed = "move";
  } else if (event.type === "dragover" || event.type === "drop") {
    event.preventDefault();
    if (event.type === "dragover" && dataTransfer) dataTransfer.dropEffect = "move";
  } else if (/enter|leave/.test(event.type) && element.contains(event.relatedTarget as Node | null)) {
    // Between the parts of the same target.
    return false;
  }
  return action !== "";
}

/** What must be read while the event lasts. */
function dataOf(event: Event, element: Element): JsonObject {
  const data = element.nodeName === "FORM" ? {} : attributes(element);
  if (event.type === "drop") {
    const source = (event as DragEvent).dataTransfer?.getData(DRAG_TYPE);
    const target = element.closest("[data-key]")?.getAttribute("data-key");
    if (source) data.dragSourceKey = source;
    if (target) data.dragTargetKey = target;
  }
  return data;
}

/** The value of a field or of all of a form's, as it is when the action is sent. */
function values(event: Event, element: Element): JsonObject {
  if (element.nodeName === "FORM") return fields(element as HTMLFormElement, null);
  if (!/^(change|input|search)$/.test(event.type) || !/^(INPUT|SELECT|TEXTAREA)$/.test(element.nodeName)) return {};
  const field = element as HTMLInputElement;
  return { [field.name || "value"]: parseValue(field.value) };
}

function attributes(element: Element): JsonObject {
  const data: JsonObject = {};
  for (const { name, value } of element.attributes) {
    if (name.startsWith("data-") && name !== "data-key" && name !== "data-lvt-id") data[name.slice(5)] = parseValue(value);
  }
  return data;
}

function buttonData(button: HTMLButtonElement): JsonObject {
  return { ...(button.value ? { value: parseValue(button.value) } : {}), ...attributes(button) };
}

/** A form's fields, and what its button adds. */
function fields(form: HTMLFormElement, submitter: HTMLButtonElement | null): JsonObject {
  const data: JsonObject = {};
  const boxes = new Map<string, HTMLInputElement[]>();
  for (const box of form.querySelectorAll<HTMLInputElement>("input[type=checkbox][name]")) {
    boxes.set(box.name, [...(boxes.get(box.name) ?? []), box]);
  }
  for (const [name, group] of boxes) {
    data[name] = group.length === 1 ? group[0]!.checked : group.filter((box) => box.checked).map((box) => box.value);
  }
  const secret = new Set([...form.querySelectorAll<HTMLInputElement>("input[type=password][name]")].map((field) => field.name));
  new (form.ownerDocument.defaultView!.FormData)(form).forEach((value, name) => {
    if (typeof value !== "string" || (submitter?.name && name === submitter.name) || boxes.has(name)) return;
    data[name] = secret.has(name) ? value : parseValue(value);
  });
  return submitter ? { ...data, ...buttonData(submitter) } : data;
}

/** A number or a boolean where the text is exactly how that is written. */
export function parseValue(value: string): Json {
  const trimmed = value.trim();
  const number = parseFloat(trimmed);
  if (!Number.isNaN(number)) {
    if (Number.isInteger(number) && !Number.isSafeInteger(number)) return trimmed;
    if (trimmed === String(number) && Number.isFinite(number)) return number;
  }
  if (value === "true") return true;
  if (value === "false") return false;
  return value;
}
