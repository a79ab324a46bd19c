// The demo in a real browser: what a visitor sees and does.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import http from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { ROOT, startProxy, startServer } from "./server.js";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const SHOTS = path.join(ROOT, "target/e2e");

let browser;
let server;

before(async () => {
  server = await startServer();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** A visitor: a browser context of its own, closed when the test ends. */
async function visitor(t, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 960 }, ...options });
  t.after(() => context.close());
  await context.addInitScript(() => {
    // Messages since the socket was opened.
    window.messages = 0;
    document.addEventListener("lvt:connected", () => { window.messages = 0; }, true);
    document.addEventListener("lvt:updated", () => { window.messages += 1; }, true);
  });
  return context;
}

/** Opens a tab and waits until its socket has brought the first state. Whatever it complains about fails the test. */
async function open(t, context, url = server.url, { quiet = true } = {}) {
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  if (quiet) t.after(() => assert.deepEqual(complaints, []));
  await page.goto(url);
  await live(page);
  return page;
}

/** Waits until the socket is open and its first message, the whole state, was applied. */
const live = (page) =>
  page.waitForFunction(() => document.documentElement.dataset.connection === "open" && window.messages > 0);

/** Waits for the next push. */
async function push(page) {
  const messages = await page.evaluate(() => window.messages);
  await page.waitForFunction((n) => window.messages > n, messages);
}

const counter = async (page) => Number(await page.textContent("#counter-display"));
const counts = (page, value) =>
  page.waitForFunction((n) => document.querySelector("#counter-display").textContent === String(n), value);
const titles = (page) => page.$$eval("#task-list label", (labels) => labels.map((label) => label.textContent));
const until = (page, wanted) =>
  page.waitForFunction(
    (list) => JSON.stringify([...document.querySelectorAll("#task-list label")].map((l) => l.textContent)) === list,
    JSON.stringify(wanted),
  );

/** Sees that the page in the browser is what the server renders now: nothing drifted. */
async function same(page) {
  const differences = () =>
    page.evaluate(async () => {
      // Attributes that an update adds come last, whatever their place in the template.
      const canonical = (region) => {
        const copy = region.cloneNode(true);
        for (const element of copy.querySelectorAll("*")) {
          const attributes = [...element.attributes].sort((a, b) => (a.name < b.name ? -1 : 1));
          for (const attribute of attributes) {
            element.removeAttributeNode(attribute);
            element.setAttributeNode(attribute);
          }
        }
        return copy.innerHTML;
      };
      const html = await (await fetch("/", { headers: { Accept: "text/html" } })).text();
      const server = canonical(new DOMParser().parseFromString(html, "text/html").querySelector("[data-lvt-id]"));
      const browser = canonical(document.querySelector("[data-lvt-id]"));
      return server === browser ? null : { server, browser };
    });
  let found;
  // A push may fall between the two.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    found = await differences();
    if (found === null) return;
    await page.waitForTimeout(130);
  }
  let at = 0;
  while (found.browser[at] === found.server[at]) at += 1;
  const around = (html) => html.slice(Math.max(0, at - 200), at + 200);
  assert.equal(around(found.browser), around(found.server));
}

test("a click changes the counter without a page load", async (t) => {
  const page = await open(t, await visitor(t));
  await page.evaluate(() => { window.marker = "still here"; });
  let loads = 0;
  page.on("framenavigated", () => { loads += 1; });
  page.on("load", () => { loads += 1; });
  const before = await counter(page);
  await page.click("#increment");
  await counts(page, before + 1);
  assert.match(await page.textContent("#counter-history li:first-child"), /Increment/);
  for (let n = before + 1; n < 10; n += 1) {
    await page.click("#increment");
    await counts(page, n + 1);
  }
  await page.waitForSelector("#increment[disabled]");
  await page.click("#reset");
  await counts(page, 0);
  await page.waitForSelector("#decrement[disabled]");
  await page.waitForSelector("#increment:not([disabled])");
  assert.equal(await page.evaluate(() => window.marker), "still here");
  assert.equal(loads, 0);
  await same(page);
});

test("the page changes by itself, and the updates stay small", async (t) => {
  const page = await open(t, await visitor(t));
  const bar = () => page.getAttribute(".bars i:last-child", "data-key");
  const old = await bar();
  await page.waitForFunction((key) => document.querySelector(".bars i:last-child").dataset.key !== key, old);
  await page.waitForFunction(() => Number(document.querySelector("#traffic-updates").textContent) >= 4);
  const saved = parseFloat(await page.textContent("#traffic-saved"));
  assert.ok(saved > 90, `saved ${saved} %`);
  t.diagnostic(
    `${await page.textContent("#traffic-updates")} updates: ${await page.textContent("#traffic-sent")} instead of ` +
    `${await page.textContent("#traffic-full")}, ${saved} % less; the last ${await page.textContent("#traffic-last")}`,
  );
  await same(page);
});

test("text being typed survives the updates meanwhile", async (t) => {
  const page = await open(t, await visitor(t));
  const field = page.locator("input[name=title]");
  await field.click();
  for (const letter of "half a tit") {
    await field.press(letter === " " ? "Space" : letter);
    await page.waitForTimeout(220);
  }
  const updates = Number(await page.textContent("#traffic-updates"));
  await page.waitForFunction((n) => Number(document.querySelector("#traffic-updates").textContent) > n, updates);
  assert.equal(await field.inputValue(), "half a tit");
  assert.equal(await page.evaluate(() => document.activeElement.name), "title");
  await field.press("ArrowLeft");
  await field.press("x");
  assert.equal(await field.inputValue(), "half a tixt");
  // Not focused any more: the text stays, and the focus is not taken back.
  await page.focus("#increment");
  await page.waitForFunction((n) => Number(document.querySelector("#traffic-updates").textContent) > n, updates + 2);
  assert.equal(await field.inputValue(), "half a tixt");
  assert.equal(await page.evaluate(() => document.activeElement.id), "increment");
});

test("a second browser has a session of its own", async (t) => {
  const [one, two] = [await open(t, await visitor(t)), await open(t, await visitor(t))];
  assert.notEqual(await one.textContent("#session-info"), await two.textContent("#session-info"));
  const [first, second] = [await counter(one), await counter(two)];
  await one.click("#increment");
  await counts(one, first + 1);
  await push(two);
  assert.equal(await counter(two), second);
  await same(two);
});

test("two tabs of one browser show the same session", async (t) => {
  const context = await visitor(t);
  const [one, two] = [await open(t, context), await open(t, context)];
  assert.equal(await one.textContent("#session-info"), await two.textContent("#session-info"));
  const value = await counter(one);
  await one.click("#increment");
  await counts(two, value + 1);
  await two.click("#decrement");
  await counts(one, value);
  const check = "#task-list li:nth-child(2) input";
  await one.click(check);
  await two.waitForFunction((selector) => document.querySelector(selector).checked, check);
  await two.click(check);
  await one.waitForFunction((selector) => !document.querySelector(selector).checked, check);
  await same(one);
  await same(two);
});

test("each tab gets the answer to its own action alone", async (t) => {
  const context = await visitor(t);
  const [one, two] = [await open(t, context), await open(t, context)];
  const listen = (page) =>
    page.evaluate(() => {
      window.answers = [];
      document.addEventListener("lvt:updated", (event) => window.answers.push(event.detail.action), true);
    });
  await listen(one);
  await listen(two);
  const value = await counter(one);
  await one.click("#increment");
  await counts(two, value + 1);
  await push(one);
  const answers = (page) => page.evaluate(() => window.answers.filter((action) => action !== undefined));
  assert.deepEqual(await answers(one), ["increment_counter"]);
  assert.deepEqual(await answers(two), []);
});

test("tasks are added, completed, moved and deleted", async (t) => {
  const page = await open(t, await visitor(t));
  const start = await titles(page);
  const rows = await page.$$("#task-list li");
  await page.evaluate(() => { document.querySelector("#task-list li").marker = true; });

  await page.fill("input[name=title]", 'Ship <b>it</b> & "rest"');
  await page.selectOption("select[name=priority]", "high");
  await page.keyboard.press("Tab");
  await page.click("#task-form button");
  const added = [...start, 'Ship <b>it</b> & "rest"'];
  await until(page, added);
  assert.equal(await page.inputValue("input[name=title]"), "");
  assert.equal(await page.textContent("#task-list li:last-child .badge"), "High");
  assert.equal(await page.textContent("#task-count"), String(rows.length + 1));
  await same(page);

  const last = page.locator("#task-list li:last-child");
  await last.locator("input").click();
  await page.waitForSelector("#task-list li:last-child.completed");
  assert.equal(await last.locator("input").isChecked(), true);
  await page.click("#toggle-completed");
  await page.waitForSelector("#task-list.hide-completed");
  assert.equal(await last.isVisible(), false);
  await page.click("#toggle-completed");
  await page.waitForSelector("#task-list:not(.hide-completed)");
  await last.locator("input").click();
  await page.waitForSelector("#task-list li:last-child:not(.completed)");

  await page.click("#task-list li:last-child .up");
  const moved = [...added.slice(0, -2), added.at(-1), added.at(-2)];
  await until(page, moved);
  await page.click("#task-list li:first-child .down");
  const swapped = [moved[1], moved[0], ...moved.slice(2)];
  await until(page, swapped);
  // The first row is still the same element, now in second place: it was moved, not made again.
  assert.equal(await page.evaluate(() => document.querySelector("#task-list li:nth-child(2)").marker), true);
  await same(page);

  await page.dragAndDrop("#task-list li:nth-child(1) label", "#task-list li:nth-child(3) label");
  const dragged = [swapped[1], swapped[2], swapped[0], ...swapped.slice(3)];
  await until(page, dragged);

  for (let left = dragged.slice(1); ; left = left.slice(1)) {
    await page.click("#task-list li:first-child .delete");
    if (left.length === 0) break;
    await until(page, left);
  }
  await page.waitForSelector("#no-tasks");
  assert.equal(await page.$("#task-list"), null);
  await same(page);

  await page.fill("input[name=title]", "0042");
  await page.press("input[name=title]", "Enter");
  await until(page, ["0042"]);
  await page.fill("input[name=title]", "12");
  await page.press("input[name=title]", "Enter");
  await until(page, ["0042", "12"]);
  await same(page);
});

test("a task without a title is refused in the page and in the answer", async (t) => {
  const page = await open(t, await visitor(t));
  const before = await titles(page);
  await page.evaluate(() => {
    document.querySelector("#task-form").addEventListener("lvt:error", (event) => { window.refused = event.detail; });
  });
  await page.fill("input[name=title]", "   ");
  await page.click("#task-form button");
  await page.waitForSelector("#task-error");
  assert.match(await page.textContent("#task-error"), /needs a title/);
  const meta = await page.evaluate(() => window.refused);
  assert.equal(meta.success, false);
  assert.match(meta.errors.title, /needs a title/);
  assert.deepEqual(await titles(page), before);
  await same(page);
  await page.fill("input[name=title]", "Better");
  await page.click("#task-form button");
  await until(page, [...before, "Better"]);
  assert.equal(await page.$("#task-error"), null);
  await same(page);
});

test("notifications come and go", async (t) => {
  const page = await open(t, await visitor(t));
  const number = () => page.locator(".notification").count();
  assert.equal(await number(), 2);
  await page.click("#add-notification");
  await page.waitForFunction(() => document.querySelectorAll(".notification").length === 3);
  assert.equal(await page.textContent("#notification-count"), "3");
  for (let left = 2; left >= 0; left -= 1) {
    await page.click(".notification:first-child .dismiss");
    await page.waitForFunction((n) => document.querySelectorAll(".notification").length === n, left);
    await same(page);
  }
  assert.equal(await page.isVisible("#no-notifications"), true);
  await page.click("#add-notification");
  await page.waitForFunction(() => document.querySelectorAll(".notification").length === 1);
  assert.equal(await page.$("#no-notifications"), null);
  await same(page);
});

test("a reload keeps the state", async (t) => {
  const page = await open(t, await visitor(t));
  const session = await page.textContent("#session-info");
  const value = await counter(page);
  await page.click("#increment");
  await counts(page, value + 1);
  await page.reload();
  assert.equal(await counter(page), value + 1);
  assert.equal(await page.textContent("#session-info"), session);
  await live(page);
  await same(page);
});

test("a lost connection comes back with the state", async (t) => {
  const proxy = await startProxy(server.port);
  t.after(() => proxy.close());
  const page = await open(t, await visitor(t), proxy.url, { quiet: false });
  await page.evaluate(() => { window.marker = "still here"; });
  const value = await counter(page);
  await page.click("#increment");
  await counts(page, value + 1);
  proxy.lose();
  await page.waitForSelector("html[data-connection=lost]");
  assert.equal(await page.isVisible(".connection .off"), true);
  await page.waitForTimeout(1500);
  proxy.restore();
  await live(page);
  assert.equal(await counter(page), value + 1);
  await page.click("#increment");
  await counts(page, value + 2);
  assert.equal(await page.evaluate(() => window.marker), "still here");
  await same(page);
});

test("a restarted server gets its visitors back, with new sessions", async (t) => {
  let own = await startServer();
  t.after(() => own.stop());
  const page = await open(t, await visitor(t), own.url, { quiet: false });
  const session = await page.textContent("#session-info");
  const end = await own.stop();
  assert.equal(end.code, 0, own.output());
  await page.waitForSelector("html[data-connection=lost]");
  own = await startServer(own.port);
  await live(page);
  assert.notEqual(await page.textContent("#session-info"), session);
  const value = await counter(page);
  await page.click("#increment");
  await counts(page, value + 1);
  await same(page);
});

test("the cookie is out of reach of scripts and of other sites", async (t) => {
  const context = await visitor(t);
  const page = await open(t, context);
  const cookies = await context.cookies();
  assert.equal(cookies.length, 1);
  const [{ httpOnly, sameSite, path: where }] = cookies;
  assert.deepEqual({ httpOnly, sameSite, where }, { httpOnly: true, sameSite: "Strict", where: "/" });
  assert.equal(await page.evaluate(() => document.cookie), "");
});

/** A request without a browser: status, headers and text. */
function ask(method, headers = {}, body = undefined) {
  return new Promise((resolve, reject) => {
    const request = http.request(server.url, { method, headers }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => { text += chunk; });
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    request.on("upgrade", (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode, headers: answer.headers, text: "" });
    });
    request.on("error", reject);
    request.end(body);
  });
}

const identity = async () => (await ask("GET")).headers["set-cookie"][0].split(";")[0];

test("a socket is refused for a foreign origin and without one", async () => {
  const upgrade = {
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    Cookie: await identity(),
  };
  assert.equal((await ask("GET", { ...upgrade, Origin: server.url })).status, 101);
  const port = new URL(server.url).port;
  const foreign = ["http://evil.example", "null", `http://127.0.0.1:${port}.evil.example`, "http://127.0.0.1:1", `http://evil.example/127.0.0.1:${port}`];
  for (const origin of foreign) {
    assert.equal((await ask("GET", { ...upgrade, Origin: origin })).status, 403, origin);
  }
  assert.equal((await ask("GET", upgrade)).status, 403);
  const { Cookie, ...stranger } = upgrade;
  // A stranger gets a session of its own.
  for (const cookie of [{}, { Cookie: "lvt_token=forged" }]) {
    const answer = await ask("GET", { ...stranger, ...cookie, Origin: server.url });
    assert.equal(answer.status, 101);
    assert.notEqual(answer.headers["set-cookie"][0].split(";")[0], Cookie);
  }
});

test("without a socket the page works over HTTP", async () => {
  const head = await ask("HEAD");
  assert.equal(head.headers["x-livetemplate-websocket"], "enabled");
  const headers = { Cookie: await identity(), Origin: server.url, "Content-Type": "application/json", Accept: "application/json" };
  const state = JSON.parse((await ask("GET", headers)).text);
  assert.ok(Array.isArray(state.tree.s));
  const act = async (action, data = {}) => JSON.parse((await ask("POST", headers, JSON.stringify({ action, data }))).text);
  const good = await act("increment_counter");
  assert.ok(Array.isArray(good.tree.s));
  assert.deepEqual([good.meta.action, good.meta.success], ["increment_counter", true]);
  const bad = await act("add_task", { title: "" });
  assert.equal(bad.meta.success, false);
  assert.match(bad.meta.errors.title, /needs a title/);
  assert.equal((await act("no_such_action")).meta.success, false);
});

test("bad requests are refused and harm nobody", async () => {
  const headers = { Cookie: await identity(), Origin: server.url, "Content-Type": "application/json" };
  assert.equal((await ask("POST", headers, "{")).status, 400);
  assert.equal((await ask("POST", headers, "[]")).status, 400);
  assert.equal((await ask("POST", headers, JSON.stringify({ action: "x".repeat(300_000) }))).status, 413);
  assert.equal((await ask("POST", { ...headers, Origin: "http://evil.example" }, "{}")).status, 403);
  assert.equal((await ask("POST", { ...headers, "Content-Type": "text/plain" }, "{}")).status, 415);
  const fresh = await ask("GET", { Cookie: "lvt_token=forged" });
  assert.equal(fresh.status, 200);
  assert.match(fresh.headers["set-cookie"][0], /^lvt_token=ey.*HttpOnly; .*Path=\/; SameSite=Strict/);
  assert.match(fresh.headers["content-security-policy"], /script-src 'self'/);
});

test("it looks like something to show", async (t) => {
  mkdirSync(SHOTS, { recursive: true });
  const looks = [
    ["dashboard-light", { colorScheme: "light" }],
    ["dashboard-dark", { colorScheme: "dark" }],
    ["dashboard-phone", { colorScheme: "light", viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }],
  ];
  for (const [name, options] of looks) {
    const page = await open(t, await visitor(t, options));
    await page.click("#increment");
    await page.click("#add-notification");
    // The newcomers have arrived, and the numbers have moved once.
    await page.waitForTimeout(400);
    await push(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, "nothing is cut off at the side");
    const file = path.join(SHOTS, `${name}.png`);
    await page.screenshot({ path: file, fullPage: true });
    console.log(`screenshot: ${file}`);
  }
});

for (const wire of ["fragments", "patches", "operations", "turbo", "htmx"]) {
  test(`the dashboard in ${wire}, and what each format costs`, async (t) => {
    const context = await visitor(t);
    const page = await context.newPage();
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    await page.goto(server.url);
    await live(page);
    await page.click(`#wire-${wire} a`);
    await page.waitForFunction(() => document.documentElement.dataset.lvtConnection === "open");
    assert.equal(await page.textContent(`[aria-current="page"]`), wire);
    const before = await counter(page);
    await page.click("#increment");
    await counts(page, before + 1);
    await page.click("#task-list li:nth-child(2) .down");
    await page.fill("input[name=title]", `In ${wire}`);
    await page.press("input[name=title]", "Enter");
    await page.waitForFunction((title) => document.querySelector("#task-list li:last-child label").textContent === title, `In ${wire}`);
    await page.click("#task-list li:last-child .delete");
    await page.waitForFunction((title) => document.querySelector("#task-list li:last-child label").textContent !== title, `In ${wire}`);
    await page.waitForFunction((name) => document.querySelector(`#wire-${name} td`).textContent !== "0 B", wire);
    const rows = await page.$$eval("#wires tr", (all) => all.map((row) => [...row.children].slice(0, 3).map((cell) => cell.textContent)));
    t.diagnostic(rows.map((row) => row.join(" ")).join("; "));
    assert.ok(rows.length >= 4);
    mkdirSync(SHOTS, { recursive: true });
    await page.screenshot({ path: path.join(SHOTS, `demo-${wire}.png`) });
    assert.deepEqual(complaints, []);
  });
}
