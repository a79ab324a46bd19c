// What the page does beside the published client: it shows whether the socket is open, and opens it again soon after a loss.
// The client itself looks once in 20 seconds and gives sockets up for good when the server is away at that moment.
"use strict";
{
  const root = document.documentElement;
  let connected = false;
  let attempts = 0;
  let timer = 0;

  const retry = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (connected) return;
      attempts += 1;
      try {
        // Before the client tries: a failed attempt would leave it without a socket for the rest of its life.
        const answer = await fetch(location.href, { method: "HEAD" });
        if (answer.ok && !connected) {
          window.liveTemplateClient.disconnect();
          await window.liveTemplateClient.connect();
        }
      } catch {
        // The server is still away.
      }
      if (!connected) retry();
    }, Math.min(500 * 2 ** attempts, 15000));
  };

  // The client's events do not bubble: they are caught on their way down.
  document.addEventListener("lvt:connected", () => {
    connected = true;
    attempts = 0;
    root.dataset.connection = "open";
  }, true);
  document.addEventListener("lvt:disconnected", () => {
    connected = false;
    root.dataset.connection = "lost";
    retry();
  }, true);
}
