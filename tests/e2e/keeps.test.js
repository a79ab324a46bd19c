// What stays as the user and the page have it while our client applies updates, in a real browser and without a server.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { ROOT } from "./server.js";

let browser;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu"] });
});
after(() => browser?.close());

const SCRIPT = readFileSync(path.join(ROOT, "bindings/browser/dist/livetemplate.js"), "utf8");
/** Elements with a state that is not in their HTML. */
const KEPT = `
  <input id="field" name="field"><textarea id="area"></textarea>
  <select id="many" multiple><option>one</option><option>two</option><option>three</option></select>
  <input id="file" type="file"><input id="some" type="checkbox">
  <iframe id="frame" srcdoc="<p>frame</p>"></iframe>
  <x-clock id="clock"></x-clock>
  <video id="video" muted></video>
  <canvas id="canvas" width="8" height="8"></canvas>
  <div id="popover" popover>over</div>
  <dialog id="dialog"><p>modal</p></dialog>
  <div id="editor" contenteditable>edit</div>
  <p id="scripted" lvt-ignore-attrs>scripted</p>`;
const item = (key, content = key) => ({ _k: key, 0: key, 1: content });
/** A page in which the elements stand in the row `kept`. */
const TREE = {
  s: ['<div id="box" class="', '"><b id="n">', "</b><ul>", "</ul></div>"],
  0: "first",
  1: "0",
  2: { s: ['<li data-key="', '">', "</li>"], d: [item("a"), item("kept", KEPT), item("b"), item("e")] },
};
/** What changes around them: a text, an attribute of the element around, rows, and the place of their own row. */
const UPDATES = {
  "a text": { 1: "1" },
  "the tag around": { 0: "second" },
  "rows that come and go": { 2: [["i", "a", item("c")], ["r", "b"]] },
  "its own row, which moves": { 2: [["o", ["a", "b", "e", "kept"]]] },
};

/** A page that shows `TREE`, in which the user and scripts have done what they do. */
async function used(t) {
  const page = await browser.newPage();
  t.after(() => page.close());
  await page.setContent('<!DOCTYPE html><body><div id="root"></div></body>');
  await page.addScriptTag({ content: SCRIPT });
  await page.evaluate((tree) => {
    window.connections = 0;
    window.frames = 0;
    customElements.define("x-clock", class extends HTMLElement {
      connectedCallback() {
        window.connections += 1;
        this.attachShadow({ mode: "open" }).innerHTML = "<i>tick</i>";
      }
      connectedMoveCallback() {}
    });
    window.applier = livetemplate.newApplier("tree", document.querySelector("#root"));
    window.applier.apply({ tree });
  }, TREE);
  await page.frameLocator("#frame").locator("p").waitFor();
  await page.selectOption("#many", ["one", "three"]);
  await page.setInputFiles("#file", { name: "chosen.txt", mimeType: "text/plain", buffer: Buffer.from("text") });
  await page.evaluate(async () => {
    const at = (id) => document.getElementById(id);
    at("some").indeterminate = true;
    at("frame").contentWindow.here = true;
    at("canvas").getContext("2d").fillRect(0, 0, 8, 8);
    at("video").srcObject = at("canvas").captureStream();
    await at("video").play();
    at("video").addEventListener("pause", () => (window.paused = true));
    at("popover").showPopover();
    at("scripted").className = "theirs";
    at("editor").textContent = "edited";
  });
  return page;
}

const state = (page) =>
  page.evaluate(() => {
    const at = (id) => document.getElementById(id);
    return {
      many: [...at("many").selectedOptions].map((option) => option.value),
      file: at("file").files[0]?.name,
      some: at("some").indeterminate,
      frame: at("frame").contentWindow.here,
      clock: [window.connections, at("clock").shadowRoot.textContent],
      video: [at("video").srcObject !== null, window.paused ?? false],
      canvas: at("canvas").getContext("2d").getImageData(1, 1, 1, 1).data[3],
      popover: at("popover").matches(":popover-open"),
      scripted: at("scripted").className,
    };
  });
const KEPT_STATE = {
  many: ["one", "three"], file: "chosen.txt", some: true, frame: true, clock: [1, "tick"], video: [true, false], canvas: 255, popover: true, scripted: "theirs",
};

for (const [what, update] of Object.entries(UPDATES)) {
  test(`what is not in the HTML stays when this changes: ${what}`, async (t) => {
    const page = await used(t);
    await page.evaluate((tree) => window.applier.apply({ tree }), update);
    assert.deepEqual(await state(page), KEPT_STATE);
  });

  test(`text that is being composed stays when this changes: ${what}`, async (t) => {
    const page = await used(t);
    const input = await page.context().newCDPSession(page);
    for (const id of ["field", "area", "editor"]) {
      await page.evaluate(([id, tree]) => {
        window.applier.forget();
        window.applier.apply({ tree });
        window.ended = 0;
        document.getElementById(id).addEventListener("compositionend", () => (window.ended += 1));
        document.getElementById(id).focus();
      }, [id, TREE]);
      await input.send("Input.imeSetComposition", { text: "にほ", selectionStart: 2, selectionEnd: 2 });
      await page.evaluate((tree) => window.applier.apply({ tree }), update);
      const shown = () => page.evaluate((id) => [document.activeElement.id, window.ended, document.getElementById(id).value ?? document.getElementById(id).textContent], id);
      const [focus, ended, text] = await shown();
      assert.deepEqual([focus, ended], [id, 0]);
      assert.match(text, /にほ/);
      await input.send("Input.insertText", { text: "日本" });
      assert.match((await shown())[2], /日本/);
      assert.doesNotMatch((await shown())[2], /にほ/);
    }
  });
}

test("a modal dialog stays modal", async (t) => {
  const page = await used(t);
  await page.evaluate(() => document.querySelector("#dialog").showModal());
  for (const update of Object.values(UPDATES).slice(0, 3)) {
    await page.evaluate((tree) => window.applier.apply({ tree }), update);
    assert.ok(await page.evaluate(() => document.querySelector("#dialog").matches(":modal")));
  }
});

test("custom elements that come are connected once, and attributes of other scripts go where the element is compared", async (t) => {
  const page = await used(t);
  const shown = await page.evaluate((item) => {
    document.querySelector("#n").className = "theirs";
    window.applier.apply({ tree: { 2: [["a", item]] } });
    return [window.connections, document.querySelectorAll("x-clock")[1].shadowRoot.textContent, document.querySelector("#n").className];
  }, item("d", "<x-clock></x-clock>"));
  assert.deepEqual(shown, [2, "tick", ""]);
});

for (const doctype of ["<!DOCTYPE html>", ""]) {
  test(`a table behind an open paragraph is what the page's own parser makes of it ${doctype || "in quirks mode"}`, async (t) => {
    const page = await browser.newPage();
    t.after(() => page.close());
    const html = "<p>One<table><tr><td>x</table>";
    await page.setContent(`${doctype}<body><div id="root"></div></body>`);
    await page.addScriptTag({ content: SCRIPT });
    const [shown, wanted] = await page.evaluate(([doctype, html]) => {
      const root = document.querySelector("#root");
      livetemplate.newApplier("operations", root).resync({ type: "resync", seq: 0, html });
      return [root.innerHTML, new DOMParser().parseFromString(`${doctype}<body>${html}`, "text/html").body.innerHTML];
    }, [doctype, html]);
    assert.equal(shown, wanted);
  });
}
