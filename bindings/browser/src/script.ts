// The package as a script: it starts by itself.

import { Client, rootOf } from "./index.js";

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
