// A form's life while its action is under way: events, busy state, what happens with the answer.

import type { JsonObject } from "./messages.js";

/** A form that waits for its answer. */
interface Submission {
  action: string;
  form: HTMLFormElement;
  button: HTMLButtonElement | null;
  /** The button's own text. */
  label: string | null;
}

/** Follows the forms that were submitted. Answers come in the order of the actions. */
export class Forms {
  #pending: Submission[] = [];

  /** A form's action is about to be sent. */
  submit(form: HTMLFormElement, button: HTMLElement | null, message: JsonObject): void {
    const withText = button?.hasAttribute("lvt-form:disable-with") ? (button as HTMLButtonElement) : null;
    this.#pending.push({ action: String(message.action), form, button: withText, label: null });
    this.refresh();
    emit(form, "lvt:pending", message);
  }

  /** An answer has come. */
  reply(reply: JsonObject): void {
    const at = this.#pending.findIndex(({ action }) => reply.action === undefined || action === reply.action);
    const [submission] = at < 0 ? [] : this.#pending.splice(at, 1);
    if (!submission) return;
    const { form } = submission;
    this.#restore(submission);
    emit(form, "lvt:done", reply);
    if (reply.success !== true) return emit(form, "lvt:error", reply);
    emit(form, "lvt:success", reply);
    form.closest("dialog")?.close?.();
    if (!form.hasAttribute("lvt-form:preserve")) form.reset();
  }

  /** The connection was lost: no answer will come. */
  fail(): void {
    for (const submission of this.#pending.splice(0)) {
      const reply = { success: false, errors: {}, action: submission.action, code: "disconnected" };
      this.#restore(submission);
      emit(submission.form, "lvt:done", reply);
      emit(submission.form, "lvt:error", reply);
    }
  }

  /** Puts the state of waiting forms into the page, again after each update. */
  refresh(): void {
    for (const submission of this.#pending) {
      const { form, button } = submission;
      form.setAttribute("aria-busy", "true");
      const fieldset = form.querySelector("fieldset");
      if (fieldset) fieldset.disabled = true;
      if (!button) continue;
      const text = button.getAttribute("lvt-form:disable-with")!;
      if (button.textContent !== text) {
        submission.label = button.textContent;
        button.textContent = text;
      }
      button.disabled = true;
    }
  }

  #restore({ form, button, label }: Submission): void {
    form.removeAttribute("aria-busy");
    const fieldset = form.querySelector("fieldset");
    if (fieldset) fieldset.disabled = false;
    if (!button) return;
    button.disabled = false;
    if (label !== null) button.textContent = label;
  }
}

/** Dispatches an event that does not bubble, as the published client does. */
export function emit(target: EventTarget, name: string, detail: unknown): void {
  const view = ((target as Node).ownerDocument?.defaultView ?? globalThis) as { CustomEvent: typeof CustomEvent };
  target.dispatchEvent(new view.CustomEvent(name, { detail }));
}
