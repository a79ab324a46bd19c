import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizes } from '../size.mjs';

test('what one format needs weighs no more than its goal', async () => {
  for (const { name, goal, gzip } of await sizes()) {
    if (goal) assert.ok(gzip <= goal, `${name} has ${gzip} bytes with gzip, the goal is ${goal}`);
  }
});
