// The Node side of the benchmark: eta, driven line by line on standard input. Fields are separated by tabs.
//
//     version            → the version of the renderer
//     load TEMPLATE DATA → LENGTH SHA256   makes this the page that is rendered, and shows that all sides do the same work
//     render MS          → OPERATIONS NANOSECONDS   renders it for about MS milliseconds

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Eta } from 'eta';

// It escapes by default. Go keeps the line ends that it would trim.
const eta = new Eta({ autoTrim: false });
let template;
let page;

function answer(line) {
  const [command, ...fields] = line.split('\t');
  switch (command) {
    case 'version':
      return `eta ${createRequire(import.meta.url)('eta/package.json').version} on Node ${process.versions.node}`;
    case 'load': {
      template = eta.compile(readFileSync(fields[0], 'utf8'));
      page = JSON.parse(readFileSync(fields[1], 'utf8'));
      const html = Buffer.from(eta.render(template, page));
      return `${html.length} ${createHash('sha256').update(html).digest('hex')}`;
    }
    default: {
      const start = process.hrtime.bigint();
      const end = start + BigInt(fields[0]) * 1_000_000n;
      let operations = 0;
      while (process.hrtime.bigint() < end) {
        eta.render(template, page);
        operations++;
      }
      return `${operations} ${process.hrtime.bigint() - start}`;
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${answer(line)}\n`);
}
