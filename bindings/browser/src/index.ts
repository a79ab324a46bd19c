// The package as a module. Importing it does nothing.

export { Client, rootOf, type ConnectionState, type Options } from "./client.js";
export { Receiver, type Outlet } from "./receiver.js";
export type { Environment, Transport } from "./transports.js";
export * from "./appliers.js";
