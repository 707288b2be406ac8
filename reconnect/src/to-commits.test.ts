import type { CommandReason } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { messageLimits, toCommits } from './to-commits.ts';

const value = (n: number) => ({ name: `${n}`.padEnd(160, 'n'), v: '"'.repeat(200), q: 'uncertain' as const });
const alarm = (n: number) => ({
  alarm: `${n}`.padEnd(200, 'a'),
  state: 'active' as const,
  priority: 'P1' as const,
  reason: '"'.repeat(400),
});
/** The longest reason of a command: three rules that could have asked. */
const longest: CommandReason = {
  code: 'device/no-request',
  params: {
    value: true,
    rules: [1, 2, 3].map((n) => ({
      code: 'lead-lag/assigns',
      params: { rule: `${n}`.padEnd(160, 'r'), value: true, isRequesting: false, because: '"'.repeat(150), memory: '"'.repeat(150) },
    })),
  },
};
const frame = (n: number) => ({
  id: `${n}`.padEnd(160, 'i'),
  device: `room/${'d'.repeat(63)}`,
  value: true,
  op: 'set' as const,
  cause: { epoch: 'epochAepochA', lsn: 9_007_199_254_740_991 },
  ttlMs: 3_600_000,
  why: longest,
});
const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

describe('commits on the wire', () => {
  it('[EV4] what fits is one message with cursor and commands together', () => {
    expect(toCommits(3, 9, { commands: [frame(1)], alarms: [], values: [value(1)] })).toMatchObject([
      { cursor: 9, commands: [{}], values: [{}] },
    ]);
  });

  it('[EV4] where it takes several, only the last one moves the cursor, and nothing is left out', () => {
    const parts = toCommits(3, 9, { commands: many(130, frame), alarms: many(100, alarm), values: many(10, value) });
    expect(parts.map(({ cursor }) => cursor)).toEqual([3, 3, 3, 3, 9]);
    expect(parts.flatMap(({ commands }) => commands).map(({ id }) => Number.parseInt(id, 10))).toEqual(many(130, (n) => n));
    expect(parts.flatMap(({ alarms }) => alarms)).toHaveLength(100);
  });

  it('[PI1] a message stays below 128 KiB even when every part of it is full', () => {
    const largest = (cargo: Parameters<typeof toCommits>[2]) =>
      Math.max(...toCommits(0, 1, cargo).map((part) => JSON.stringify(part).length));
    expect(largest({ commands: many(messageLimits.commands, frame), alarms: [], values: [] })).toBeLessThan(110_000);
    expect(largest({ commands: [], alarms: many(messageLimits.alarms, alarm), values: [] })).toBeLessThan(128 * 1024);
    expect(largest({ commands: [], alarms: [], values: many(messageLimits.values, value) })).toBeLessThan(128 * 1024);
  });
});
