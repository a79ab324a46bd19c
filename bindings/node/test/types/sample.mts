// Compiled, never run: what the types must accept, and (`@ts-expect-error`) what they must refuse.
import { Application, HTML, Page, Template, URL, Update, codes } from 'livetemplate';
import type { ApplicationOptions, Data, Dependency, LivetemplateError, UpdateStats, Wire } from 'livetemplate';

interface Task {
  id: string;
  title: string;
  due?: Date;
}

const options: ApplicationOptions = { id: 'shop', signingKey: Buffer.alloc(32), maxPages: 10, pageTtl: 60_000 };
using app: Application = new Application(options);
const template = new Template('<p>{{.Name}}</p>', { name: 'page', missingKey: 'error', delims: ['[[', ']]'] });
const set = Template.fromSources([['a', '{{template "b"}}'], ['b', Buffer.from('b')]], { entry: 'a', numbers: 'strict' });
const called = new Template('{{f 1}}', { functions: { f: (n: number) => n, now: { call: () => new Date(), pure: false, maxArgs: 0 } } });
const rendered: Promise<string> = called.renderAsync(new Map([[1, () => 'x']]), { signal: new AbortController().signal });
const text: string = called.renderJson('{}', { times: true, timeout: 50 });
const tasks: Task[] = [{ id: 't1', title: 'Write', due: new Date() }];

const page: Page = app.newPage(template, { Name: new HTML('<b>x</b>'), Tasks: tasks, Link: new URL('/'), Big: 1n });
const html: string = page.render();
const update: Update = page.update({ Name: 'y' });
const payload: Buffer = update.payload;
const reply: Buffer = update.reply({ action: 'save', errors: { name: 'is empty' } });
const stats: UpdateStats = update.stats;
const reads: Dependency[] = template.dependencies();
const why: string | null = reads[0].kind === 'slot' ? reads[0].always : reads[0].paths.join();
const later: Promise<Update> = page.patchAsync([{ op: 'replace', path: '/Name', value: 'z' }]);
const data: Data = page.data();
const tree: string = page.tree({ action: 'save' });
const wire: Wire = app.newPage(template, {}, { wire: 'turbo', timeout: 50 }).wire;
const first: Buffer = page.resync();
const closed: 407 = codes.PageClosed;

function describe(error: LivetemplateError): string {
  return `${error.name} ${error.code} ${error.template ?? ''}:${error.line ?? 0}`;
}

export { closed, data, rendered, text, describe, first, html, later, payload, reply, set, stats, tree, why, wire };

// @ts-expect-error a page comes from an application
new Page();
// @ts-expect-error no such option
new Application({ maxpages: 1 });
// @ts-expect-error a template is not a string
app.newPage('<p>', {});
// @ts-expect-error no such format
app.newPage(template, {}, { wire: 'json' });
// @ts-expect-error no such value
new Template('', { missingKey: 'none' });
// @ts-expect-error a function must be there
new Template('', { functions: { f: { pure: true } } });
// @ts-expect-error a signal is no time
called.render({}, { signal: 50 });
// @ts-expect-error trusted text is a string
new HTML(5);
