// The page in the format `htmx`: htmx swaps the elements, our client has the connection and sends what the visitor does.
import { Client } from "/scripts/livetemplate-module.js";

const apply = (html) => window.htmx.swap(document.body, html, { swapStyle: "none", swapDelay: 0, settleDelay: 0 });
new Client(document.body, { apply }).start();
