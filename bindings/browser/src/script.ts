// The package as a script: it starts by itself. What it exports are members of the global `livetemplate`.

import { Client, rootOf } from "./client.js";

export { Client, rootOf };
export { newApplier } from "./appliers.js";
export { Receiver } from "./receiver.js";

declare global {
  interface Window {
    /** The page's client, once the page was read. */
    liveTemplateClient?: Client;
  }
}

function start(): void {
  const root = rootOf(document);
  if (!root) return;
  window.liveTemplateClient = new Client(root);
  window.liveTemplateClient.start();
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
