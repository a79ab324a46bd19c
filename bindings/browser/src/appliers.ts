// The appliers alone, for tests and for hosts with a transport of their own.

import type { Applier } from "./applier.js";
import { FragmentsApplier } from "./fragments.js";
import type { Format } from "./messages.js";
import { OperationsApplier } from "./operations.js";
import { PatchesApplier } from "./patches.js";
import { TreeApplier } from "./tree.js";

export type { Applier } from "./applier.js";
export { POLICY } from "./html.js";
export { Mismatch, type Format, type Json, type JsonObject } from "./messages.js";
export { elementEnds } from "./scan.js";
export { checksum } from "./texts.js";
export { FragmentsApplier, OperationsApplier, PatchesApplier, TreeApplier };

/** In a script for pages of one format, its name; else all formats are there. The build says so. */
declare const ONLY: string;

/** What applies messages of a format to the content of `root`. */
export function newApplier(format: Format, root: Element): Applier {
  if ((ONLY === "" || ONLY === "tree") && format === "tree") return new TreeApplier(root);
  if ((ONLY === "" || ONLY === "operations") && format === "operations") return new OperationsApplier(root);
  if ((ONLY === "" || ONLY === "fragments") && format === "fragments") return new FragmentsApplier(root);
  if ((ONLY === "" || ONLY === "patches") && format === "patches") return new PatchesApplier(root);
  throw new TypeError(`unknown format ${String(format)}`);
}
