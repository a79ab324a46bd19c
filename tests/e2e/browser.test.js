// Our own client in a real browser: transports, losses, what the user has done to the page, and a strict policy.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { ROOT, startHost, startProxy, wires } from "./server.js";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const SHOTS = path.join(ROOT, "target/e2e");
/** The formats of the engine that our client applies; WIRES names some of them. */
const WIRES = process.env.WIRES?.split(",") ?? wires();

let browser;
before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
});
after(() => browser?.close());

/** A page of a visitor of its own. `prepare` sees it before it loads. Whatever it complains about fails the test. */
async function open(t, url, { prepare = () => {}, quiet = true, transport = "socket" } = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 500 } });
  t.after(() => context.close());
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  if (quiet) t.after(() => assert.deepEqual(complaints, []));
  await page.addInitScript(() => {
    window.events = [];
    window.violations = [];
    for (const name of ["connected", "disconnected", "reconnected", "updated", "error"]) {
      document.addEventListener(`lvt:${name}`, (event) => window.events.push([name, event.detail]), true);
    }
    document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
  });
  await prepare(page);
  await page.goto(url);
  await live(page, transport);
  return page;
}

const live = (page, transport = "socket") => page.waitForSelector(`html[data-lvt-connection=open][data-lvt-transport=${transport}]`, { state: "attached" });
const lost = (page) => page.waitForSelector("html[data-lvt-connection=lost]", { state: "attached" });
const text = (page, selector, wanted) =>
  page.waitForFunction(([at, value]) => document.querySelector(at)?.textContent === value, [selector, String(wanted)]);
const rows = (page) => page.$$eval("#rows li", (items) => items.map((item) => item.id).join(" "));
const order = (page, wanted) =>
  page.waitForFunction((ids) => [...document.querySelectorAll("#rows li")].map((item) => item.id).join(" ") === ids, wanted);
const resyncs = (page) => page.evaluate(() => window.events.filter(([name, detail]) => name === "error" && detail.code === "resync").length);
const shot = (page, name) => page.screenshot({ path: path.join(SHOTS, `browser-${name}.png`), fullPage: true });

/** Sees that the page in the browser is what the server renders now. */
async function same(page) {
  const found = await page.evaluate(async () => {
    const root = (document) => document.querySelector("[data-lvt-wire],[data-lvt-id]");
    // Attributes that an update adds come last; what the user has opened is the user's.
    const canonical = (element) => {
      const copy = element.cloneNode(true);
      for (const inner of copy.querySelectorAll("*")) {
        if (/^(DETAILS|DIALOG)$/.test(inner.nodeName)) inner.removeAttribute("open");
        const attributes = [...inner.attributes].sort((a, b) => (a.name < b.name ? -1 : 1));
        for (const attribute of attributes) inner.removeAttributeNode(attribute);
        for (const attribute of attributes) inner.setAttributeNode(attribute);
      }
      // A parser puts what stands behind </body> into the body.
      return copy.innerHTML.trimEnd();
    };
    // The page's policy forbids to parse HTML by hand: the browser parses the answer.
    const parsed = await new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("GET", location.href);
      request.responseType = "document";
      request.onload = () => resolve(request.response);
      request.onerror = reject;
      request.send();
    });
    const server = canonical(root(parsed));
    const shown = canonical(root(document));
    return server === shown ? null : { server, shown };
  });
  if (found === null) return;
  let at = 0;
  while (found.shown[at] === found.server[at]) at += 1;
  const around = (html) => html.slice(Math.max(0, at - 200), at + 200);
  assert.equal(around(found.shown), around(found.server));
}

/** Everything that changes the page, by its buttons. */
async function useIt(page) {
  await page.click("#increment");
  await text(page, "#count", 1);
  await page.click("#increment");
  await page.click("#increment");
  await text(page, "#count", 3);
  await page.waitForSelector("#top.high");
  await page.click("[name=add]");
  await order(page, "r1 r2 r3 r4 r5 r6");
  assert.equal(await page.textContent("#text-r6"), "Row <6>");
  await page.click("#remove-r3");
  await order(page, "r1 r2 r4 r5 r6");
  await page.click("[name=reverse]");
  await order(page, "r6 r5 r4 r2 r1");
  await page.click("[name=rotate]");
  await order(page, "r5 r4 r2 r1 r6");
  await page.click("#r5 [type=checkbox]");
  await page.waitForSelector("#r5.done");
  await page.click("[name=panel]");
  await text(page, "#panel-title", "Panel of 5 rows");
  await page.click("#save");
  await text(page, "#error", "A title is needed.");
  await page.fill("#field", 'A "title" & <more>');
  await page.click("#save");
  await text(page, "#saved", 'A "title" & <more>');
  assert.equal(await page.getAttribute("#saved", "title"), 'saved: A "title" & <more>');
  assert.equal(await page.inputValue("#field"), "");
  await page.waitForSelector("#save:not([disabled])");
  for (const id of ["r5", "r4", "r2", "r1", "r6"]) await page.click(`#remove-${id}`);
  await page.waitForSelector("#none");
  await page.click("[name=add]");
  await order(page, "r7");
  await page.click("[name=panel]");
  await page.waitForSelector("#panel", { state: "detached" });
  await same(page);
}

const BLOCKS = {
  socket: (page) => page.routeWebSocket(/./, (ws) => ws.close()),
  sse: (page) =>
    page.route(/./, (route) => (route.request().headers().accept === "text/event-stream" ? route.abort() : route.fallback())),
  poll: (page) => page.route(/lvt-poll/, (route) => route.abort()),
};

for (const wire of WIRES) {
  describe(wire, () => {
    let host;
    before(async () => { host = await startHost({ wire }); });
    after(() => host?.stop());

    for (const [transport, blocked] of [
      ["socket", []],
      ["socket", ["sse", "poll"]],
      ["sse", ["socket"]],
      ["sse", ["socket", "poll"]],
      ["poll", ["socket", "sse"]],
    ]) {
      test(`${transport}${blocked.length ? `, without ${blocked.join(" and ")}` : ""}`, async (t) => {
        const prepare = async (page) => { for (const name of blocked) await BLOCKS[name](page); };
        const page = await open(t, host.url, { prepare, transport, quiet: blocked.length === 0 });
        await useIt(page);
        assert.equal(await resyncs(page), 0);
        assert.deepEqual(await page.evaluate(() => window.violations), []);
        await shot(page, `${wire}-${transport}`);
      });
    }

    test("a second tab of the same visitor gets what the first one does", async (t) => {
      const one = await open(t, host.url);
      const two = await one.context().newPage();
      await two.goto(host.url);
      await live(two);
      await one.click("#increment");
      await text(two, "#count", 1);
      await two.click("[name=reverse]");
      await order(one, "r5 r4 r3 r2 r1");
      await same(one);
      await same(two);
    });

    test("messages lost, repeated, swapped and cut lead to the right page", async (t) => {
      let fault = null;
      const prepare = (page) =>
        page.routeWebSocket(/./, (ws) => {
          const server = ws.connectToServer();
          let kept = null;
          server.onMessage((message) => {
            const now = /"(pong|resync)"/.test(message) ? null : fault;
            if (now === "swap" && kept === null) return void (kept = message);
            if (now !== null) fault = null;
            if (now === "lose") return;
            ws.send(now === "cut" ? message.slice(0, -3) : message);
            if (now === "repeat") ws.send(message);
            if (now === "swap") ws.send(kept);
          });
        });
      const page = await open(t, host.url, { prepare });
      for (const [n, kind] of ["lose", "repeat", "swap", "cut", "lose"].entries()) {
        // In `tree` messages have no numbers: what a lost or repeated one leaves is not seen.
        if (wire === "tree" && kind !== "cut") continue;
        fault = kind;
        await page.click("[name=add]");
        if (kind === "swap") await page.click("#increment");
        await page.waitForFunction(() => window.events.length > 0);
        await page.click("[name=rotate]");
        await page.waitForFunction((count) => document.querySelectorAll("#rows li").length === count, 6 + (wire === "tree" ? 0 : n));
        await live(page);
        await page.waitForTimeout(100);
        await same(page);
      }
      assert.ok((await resyncs(page)) > 0);
    });

    test("what the user does stays while the page changes: focus, selection, text, scrolling, what is open", async (t) => {
      const own = await startHost({ wire, tick: 0.05 });
      let page = null;
      t.after(async () => {
        // The page first: it would complain about the server.
        await page?.context().close();
        await own.stop();
      });
      page = await open(t, own.url);
      const ticks = async () => Number(await page.textContent("#ticks"));
      const pass = async () => {
        const start = await ticks();
        await page.waitForFunction((n) => Number(document.querySelector("#ticks").textContent) > n + 3, start);
      };
      await page.click("#summary");
      await page.evaluate(() => {
        document.querySelector("#dialog").show();
        document.querySelector("#scroll").scrollTop = 200;
        window.scrollTo(0, 40);
      });
      await page.fill("#area", "several\nlines");
      await page.selectOption("#choice", "three");
      await page.fill("#note-r3", "a note");
      await page.click("#field");
      for (const letter of "half a title") await page.keyboard.press(letter === " " ? "Space" : letter, { delay: 20 });
      await page.evaluate(() => document.querySelector("#field").setSelectionRange(2, 6));
      await pass();
      const state = () =>
        page.evaluate(() => {
          const field = document.querySelector("#field");
          return {
            focus: document.activeElement.id,
            text: field.value,
            selection: [field.selectionStart, field.selectionEnd],
            area: document.querySelector("#area").value,
            choice: document.querySelector("#choice").value,
            note: document.querySelector("#note-r3").value,
            details: document.querySelector("#details").open,
            dialog: document.querySelector("#dialog").open,
            inner: document.querySelector("#scroll").scrollTop,
            outer: window.scrollY,
          };
        });
      const wanted = {
        focus: "field", text: "half a title", selection: [2, 6], area: "several\nlines", choice: "three", note: "a note",
        details: true, dialog: true, inner: 200, outer: 40,
      };
      assert.deepEqual(await state(), wanted);
      assert.match(await page.textContent("#more"), /Ticks: \d+/);
      await shot(page, `${wire}-typing`);

      // A row that moves takes the focus and the text in it along.
      await page.focus("#note-r3");
      await page.evaluate(() => {
        window.row = document.querySelector("#r3");
        window.blurs = 0;
        document.querySelector("#note-r3").addEventListener("blur", () => { window.blurs += 1; });
        document.querySelector("#note-r3").setSelectionRange(1, 3);
        window.liveTemplateClient.send("reverse");
      });
      await order(page, "r5 r4 r3 r2 r1");
      await page.evaluate(() => window.liveTemplateClient.send("rotate"));
      await order(page, "r4 r3 r2 r1 r5");
      await pass();
      assert.deepEqual(
        await page.evaluate(() => {
          const note = document.querySelector("#note-r3");
          return [document.activeElement === note, note.value, note.selectionStart, note.selectionEnd, window.row === document.querySelector("#r3"), window.blurs];
        }),
        [true, "a note", 1, 3, true, 0],
      );
      assert.equal(await resyncs(page), 0);
    });

    for (const [transport, blocked] of [["socket", []], ["sse", ["socket"]], ["poll", ["socket", "sse"]]]) {
      test(`the server is killed and comes back in mid-typing: ${transport}`, async (t) => {
        let own = await startHost({ wire, tick: 0.1 });
        t.after(() => own.stop());
        const prepare = async (page) => { for (const name of blocked) await BLOCKS[name](page); };
        const page = await open(t, own.url, { prepare, transport, quiet: false });
        await page.click("#increment");
        await text(page, "#count", 1);
        await page.click("#field");
        await page.keyboard.type("half ", { delay: 20 });
        const { port } = own;
        await own.kill();
        await lost(page);
        if (transport === "socket") await shot(page, `${wire}-lost`);
        await page.keyboard.type("a ti", { delay: 20 });
        own = await startHost({ wire, tick: 0.1, port });
        await page.keyboard.type("tle", { delay: 20 });
        await live(page, transport);
        // The new server knows nothing of the old one's sessions: its state is a new one.
        await text(page, "#count", 0);
        assert.equal(await page.inputValue("#field"), "half a title");
        assert.equal(await page.evaluate(() => document.activeElement.id), "field");
        await page.keyboard.press("Enter");
        await text(page, "#saved", "half a title");
        const names = await page.evaluate(() => window.events.map(([name]) => name));
        assert.ok(names.includes("disconnected") && names.includes("reconnected"));
      });
    }

    test("what is sent without a connection arrives when it is back", async (t) => {
      const proxy = await startProxy(host.port);
      t.after(() => proxy.close());
      const page = await open(t, proxy.url, { quiet: false });
      proxy.lose();
      await lost(page);
      await page.click("#increment");
      await page.click("[name=reverse]");
      assert.equal(await page.textContent("#count"), "0");
      proxy.restore();
      await text(page, "#count", 1);
      await order(page, "r5 r4 r3 r2 r1");
      await same(page);
    });
  });
}

test("the policy forbids what it should, and the page works under it", async (t) => {
  const host = await startHost();
  t.after(() => host.stop());
  const page = await open(t, host.url, { quiet: false });
  const header = (await page.request.get(host.url)).headers()["content-security-policy"];
  assert.match(header, /require-trusted-types-for 'script'; trusted-types livetemplate/);
  assert.doesNotMatch(header, /unsafe/);
  const refused = await page.evaluate(() => {
    const tried = [];
    try { document.createElement("div").innerHTML = "<b></b>"; } catch { tried.push("innerHTML"); }
    try { window.trustedTypes.createPolicy("other", {}); } catch { tried.push("policy"); }
    return tried;
  });
  assert.deepEqual(refused, ["innerHTML", "policy"]);
  await page.click("#increment");
  await text(page, "#count", 1);
});
