// The package as a module. Importing it does nothing.

export { Client, type ConnectionState, type Options } from "./client.js";
export { Receiver, type Outlet } from "./receiver.js";
export type { Environment, Transport } from "./transports.js";
export * from "./appliers.js";

/** The element of a page that the engine owns: the one that names its format, or the published client's. */
export function rootOf(document: Document): HTMLElement | null {
  return document.querySelector<HTMLElement>("[data-lvt-wire],[data-lvt-id]");
}
