import { expect, it } from 'vitest';
import { createLedger } from './ledger.ts';

const time = { clockMs: 0, simulatorMs: 0, wallMs: 0 };
const power = { kind: 'power', units: [10] } as const;

it('a ledger numbers without holes and hands out what came after a number', () => {
  const ledger = createLedger();
  for (let turn = 0; turn < 5; turn += 1) ledger.append(time, power);
  expect(ledger.after(0).map((entry) => entry.n)).toEqual([1, 2, 3, 4, 5]);
  expect(ledger.after(3).map((entry) => entry.n)).toEqual([4, 5]);
  expect(ledger.after(9)).toEqual([]);
});

it('a full ledger forgets the oldest and keeps the numbers', () => {
  const ledger = createLedger(100);
  for (let turn = 0; turn < 1000; turn += 1) ledger.append(time, power);
  const held = ledger.after(0);
  expect(held.length).toBeGreaterThanOrEqual(100);
  expect(held.length).toBeLessThanOrEqual(110);
  expect(held.at(-1)?.n).toBe(1000);
  expect(ledger.after(995).map((entry) => entry.n)).toEqual([996, 997, 998, 999, 1000]);
});
