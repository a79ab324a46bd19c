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

const APPLIERS = { tree: TreeApplier, operations: OperationsApplier, fragments: FragmentsApplier, patches: PatchesApplier };

/** What applies messages of a format to the content of `root`. */
export function newApplier(format: Format, root: Element): Applier {
  const Class = APPLIERS[format] as (new (root: Element) => Applier) | undefined;
  if (!Class) throw new TypeError(`unknown format ${String(format)}`);
  return new Class(root);
}
