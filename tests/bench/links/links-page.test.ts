import { expect, it } from 'vitest';
import { toLinksPage } from './links-page.ts';
import { wayNames, wayOf } from './ways.ts';

const machine = { cpu: 'a CPU', cores: 2, memoryGib: 24, system: 'linux', node: 'v26', loadBefore: 0.1 };
const finding = {
  name: 'links',
  title: 'A loop',
  unit: 'µs',
  columns: ['p50', 'lost'],
  rows: [
    { name: 'fdatasync of a page on this disk', figures: [{ median: 900, low: 800, high: 1200 }, null] },
    { name: 'Phloem', figures: [{ median: 2500, low: 2400, high: 2600 }, 0] },
  ],
  verdicts: [{ goal: 'ahead of the others', measured: '0.9 ×', isReached: true }],
  notes: ['15 rounds', 'Phloem needs Phloem'],
};

it('the page has the figures of the run and its machine, and says of every way when to choose it', () => {
  const page = toLinksPage(finding, machine);
  expect(page).toContain('| fdatasync of a page on this disk | 900.0 (800.0–1,200) |  |');
  expect(page).toContain('| Phloem | 2,500 (2,400–2,600) | 0.00 |');
  expect(page).toContain('load before the run 0.1');
  expect(page).toContain('- Reached: ahead of the others: 0.9 ×');
  const lines = page.split('\n');
  const choiceOf = (title: string): string =>
    lines.find((line) => line.startsWith(`| ${title} | `) && line.includes(' | Choose it ')) ?? '';
  expect(wayNames.filter((name) => !/ \| Choose it .*\. .*\. \|$/.test(choiceOf(wayOf(name).title)))).toEqual([]);
});
