import { readFileSync } from 'node:fs';
import type { Entry } from '@phloem/protocol';
import { readExample } from './documents.ts';
import { replay } from './replay.ts';

// A process of its own that replays a recorded log: `node run-replay.ts <file with a JSON entry a line>`.
const [, , file = ''] = process.argv;
const entries = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Entry);
process.stdout.write(JSON.stringify(replay(readExample('handbook', { timeZone: 'Europe/Amsterdam' }).plan, entries)));
