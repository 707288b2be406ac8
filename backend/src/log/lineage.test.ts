import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toEpoch, toEpochAtStart, type FoundTail, type LastRun } from './lineage.ts';

const last: LastRun = { epoch: 'AAAAAAAAAAAA', lineage: [{ epoch: '000000000000', end: 10 }], bootId: 'boot', cleanHead: null };
const found: FoundTail = { head: 50, isIntact: true, seen: { epoch: 'AAAAAAAAAAAA', lsn: 50 }, file: null };
const next = (): string => 'BBBBBBBBBBBB';
const kept = { epoch: last.epoch, lineage: last.lineage };
const begun = { epoch: 'BBBBBBBBBBBB', lineage: [...last.lineage, { epoch: last.epoch, end: 50 }] };

describe('the epoch at a start', () => {
  it.each([
    ['nothing was there before', null, found, 'boot', { epoch: 'BBBBBBBBBBBB', lineage: [] }],
    ['killed, and the machine stayed up', last, found, 'boot', kept],
    ['killed between the write and the note of it', last, { ...found, seen: { epoch: last.epoch, lsn: 49 } }, 'boot', kept],
    ['killed, and the log ends before what was seen', last, { ...found, seen: { epoch: last.epoch, lsn: 51 } }, 'boot', begun],
    ['killed, and nobody knows what was seen', last, { ...found, seen: null }, 'boot', begun],
    ['killed, and the note is of another epoch', last, { ...found, seen: { epoch: '000000000000', lsn: 3 } }, 'boot', begun],
    ['killed, and the newest entry is damaged', last, { ...found, isIntact: false }, 'boot', begun],
    ['the machine was restarted', last, found, 'other', begun],
    ['stopped in order, and the machine was restarted', { ...last, cleanHead: 50 }, found, 'other', kept],
    ['stopped in order, and the log is not what it was', { ...last, cleanHead: 51 }, found, 'other', begun],
    ['killed, and it is the file that it was', { ...last, file: 'a' }, { ...found, file: 'a' }, 'boot', kept],
    ['killed, and it is a copy', { ...last, file: 'a' }, { ...found, file: 'b' }, 'boot', begun],
    ['stopped in order, and it is a copy', { ...last, file: 'a', cleanHead: 50 }, { ...found, file: 'b' }, 'boot', begun],
    ['stopped in order, and nobody noted the file', { ...last, cleanHead: 50 }, { ...found, file: 'b' }, 'other', kept],
    ['stopped in order, and the file cannot be told', { ...last, file: 'a', cleanHead: 50 }, found, 'other', kept],
    ['stopped in order, and the newest entry is damaged', { ...last, cleanHead: 50 }, { ...found, isIntact: false }, 'other', begun],
  ] as const)('[EV6] %s', (_, run, tail, boot, expected) => {
    expect(toEpochAtStart(run, tail, boot, next)).toEqual(expected);
  });

  it('is named by twelve letters or digits', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (value) => {
        expect(toEpoch(() => value)).toMatch(/^[A-Za-z0-9]{12}$/);
      }),
      { seed: 1 },
    );
  });
});
