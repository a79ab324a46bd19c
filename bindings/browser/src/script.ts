// The package as a script: it starts by itself, and shows what pages may use as the global `livetemplate`.

import { newApplier } from "./appliers.js";
import { Client, rootOf } from "./client.js";
import { Receiver } from "./receiver.js";

const livetemplate = { Client, Receiver, newApplier, rootOf };

declare global {
  interface Window {
    livetemplate: typeof livetemplate;
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

window.livetemplate = livetemplate;
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
