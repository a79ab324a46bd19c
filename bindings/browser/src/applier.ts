// What the appliers of all formats have in common.

import { parse } from "./html.js";
import { text, type JsonObject } from "./messages.js";
import { morph, remember } from "./morph.js";

/** Brings a page from one state to the next. */
export interface Applier {
  /** Applies a payload as a whole, or throws and leaves the page as it is. */
  apply(message: JsonObject): void;
  /** Brings the page from any state to the one that a resync has. */
  resync(message: JsonObject): void;
  /** Applies a message that is HTML; other libraries' formats are. */
  html?(text: string): void;
  /** Checksums of the fragments in which values were updated since this was last asked. */
  checksums?(): { [id: string]: string };
  /** Hashes of the contents that are shown, by fragment. */
  versions?(): { [id: string]: string };
}

/** What is done to the page when all parts of a message have been found to fit. */
export type Step = () => void;

/** Applies to the content of `root`. */
export abstract class RootApplier implements Applier {
  constructor(readonly root: Element) {
    remember(root);
  }

  abstract apply(message: JsonObject): void;

  /** The content that `resync` has just got. */
  protected abstract reset(html: string, message: JsonObject): void;

  resync(message: JsonObject): void {
    const html = text(message, "html");
    const parsed = parse(html, this.root);
    this.reset(html, message);
    morph(this.root, parsed, "content");
  }
}
