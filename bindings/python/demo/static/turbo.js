// The page in the format `turbo`: Turbo applies the messages, our client has the connection and sends what the visitor does.
import { Client } from "/scripts/livetemplate-module.js";

const client = new Client(document.body, { apply: (html) => window.Turbo.renderStreamMessage(html) });
window.Turbo.session.drive = false;
client.start();
