// Journeys that are always the same: the steps of the dashboard, and the operations of js-framework-benchmark.
import { readFileSync } from 'node:fs';
import { applyOps } from './data.mjs';
import { readVectors } from './vectors.mjs';

const steps = new URL('../../vectors/dashboard/steps.json', import.meta.url);

/** `{name, ops}` of each step, a time as `Date`. */
const dashboardSteps = () => JSON.parse(readFileSync(steps, 'utf8'), (_, value) => (value?.$time ? new Date(value.$time) : value)).map(({ name, patch }) => ({ name, ops: patch }));

/** A journey whose steps are given as operations, each on the data before it. */
function journey(name, { sources, options, first }, changes) {
  let data = first;
  const made = changes.map(({ name: tag, ops }) => {
    data = applyOps(data, typeof ops === 'function' ? ops(data) : ops);
    return { how: 'update', ops: [], data, tags: [tag] };
  });
  return { name, sources, options, first, steps: made, tags: [] };
}

/** The operations, with so many rows in place of 1,000 and ten times as many in place of 10,000. */
function operations(rows) {
  let made = 0;
  const lines = (count) => Array.from({ length: count }, () => ({ ID: `r${++made}`, Label: `pretty <red> table ${made}`, Picked: false }));
  const all = (change) => ({ Rows: before }) => [{ op: 'replace', path: '/Rows', value: change(before) }];
  const line = (number, change) => all((before) => before.map((row, at) => (at === number ? change(row) : row)));
  const select = (number) => all((before) => before.map((row, at) => (row.Picked === (at === number) ? row : { ...row, Picked: at === number })));
  const swap = (a, b) => all((before) => before.map((row, at) => before[at === a ? b : at === b ? a : at]));
  return [
    { name: 'create', ops: all(() => lines(rows)) },
    { name: 'replace all', ops: all(() => lines(rows)) },
    { name: 'update every tenth', ops: all((before) => before.map((row, at) => (at % 10 === 0 ? { ...row, Label: `${row.Label} !!!` } : row))) },
    { name: 'select', ops: select(1) },
    { name: 'select another', ops: select(rows >> 1) },
    { name: 'swap', ops: swap(1, rows - 2) },
    { name: 'swap back', ops: swap(1, rows - 2) },
    { name: 'change one', ops: line(3, (row) => ({ ...row, Label: 'another' })) },
    { name: 'remove', ops: all((before) => before.filter((_, at) => at !== rows >> 1)) },
    { name: 'remove the first', ops: all((before) => before.slice(1)) },
    { name: 'append as many', ops: all((before) => [...before, ...lines(rows)]) },
    { name: 'clear', ops: all(() => []) },
    { name: 'create ten times as many', ops: all(() => lines(10 * rows)) },
    { name: 'append to many', ops: all((before) => [...before, ...lines(rows)]) },
    { name: 'clear many', ops: all(() => []) },
  ];
}

/** The table of js-framework-benchmark; the rows are named by `attribute`. */
const table = (attribute) =>
  '<div class="container"><h1>Rows</h1><table class="table"><tbody id="tbody">' +
  `{{range .Rows}}<tr ${attribute}="{{.ID}}"{{if .Picked}} class="danger"{{end}}><td class="col-md-1">{{.ID}}</td><td class="col-md-4"><a>{{.Label}}</a></td>` +
  '<td class="col-md-1"><a><span class="glyphicon glyphicon-remove" aria-hidden="true"></span></a></td><td class="col-md-6"></td></tr>{{end}}</tbody></table></div>';

/** All of them; those of js-framework-benchmark with so many rows. */
export function fixedJourneys(rows) {
  const dashboard = readVectors().find(({ name }) => name === 'dashboard/dashboard.txtar');
  const benchmark = (attribute) => journey(`js-framework-benchmark, rows by ${attribute}`, { sources: table(attribute), first: { Rows: [] } }, operations(rows));
  return [journey('dashboard', dashboard, dashboardSteps()), benchmark('data-key'), benchmark('id')];
}
