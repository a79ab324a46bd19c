// What goes over the wire: docs/wire.md has the formats, README.md the transports.

/** The formats that this client applies. */
export type Format = "tree" | "operations" | "fragments" | "patches";

/** A JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A message of the engine, or a part of one. */
export type JsonObject = { [name: string]: Json };

/** A message does not fit the page that is shown: it was made for another state, or it is damaged. Nothing was changed. */
export class Mismatch extends Error {
  override name = "Mismatch";
}

/** Throws a `Mismatch`. */
export function mismatch(text: string): never {
  throw new Mismatch(text);
}

/** Throws a `Mismatch` that names the part of the message that is to blame. */
export function misfit(name: string): never {
  mismatch(`${name} does not fit`);
}

/** Whether a value is an object that is no list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member `name`, a string. */
export function text(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === "string" ? value : misfit(name);
}

/** The objects in the member `name`, a list. */
export function objects(object: JsonObject, name: string): JsonObject[] {
  const value = object[name];
  return Array.isArray(value) && value.every(isObject) ? (value as JsonObject[]) : misfit(name);
}

/** The member `name`, an object; without it an empty one. */
export function members(object: JsonObject, name: string): JsonObject {
  const value = object[name] ?? {};
  return isObject(value) ? value : misfit(name);
}

/** Whether a value is a count. */
export function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The member `name`, a count of UTF-16 units or elements; `otherwise` when there is none. */
export function count(object: JsonObject, name: string, otherwise?: number): number {
  const value = object[name] ?? otherwise;
  return isCount(value) ? value : misfit(name);
}
