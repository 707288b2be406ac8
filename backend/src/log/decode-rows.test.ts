import { reasonOf } from '@phloem/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRows, type FoundRow } from './decode-rows.ts';

const row = (lsn: number, body: string | null = '{"kind":"pulse"}'): FoundRow => ({ lsn, at: 1000 + lsn, up: lsn, offset: 0, body });

describe('rows become entries', () => {
  it('has number and times beside the words of the draft', () => {
    expect(decodeRows([row(1, '{"kind":"note","by":{"kind":"hub"},"about":"x","text":"y"}')], 0, 1)).toEqual([
      { lsn: 1, at: 1001, up: 1, kind: 'note', by: { kind: 'hub' }, about: 'x', text: 'y' },
    ]);
  });

  it('[EV5] says missing numbers in their place', () => {
    expect(decodeRows([row(1), row(5)], 0, 1)).toEqual([
      { lsn: 1, at: 1001, up: 1, kind: 'pulse' },
      { lsn: 4, at: 1005, up: 5, kind: 'gap', from: 2, to: 4, why: reasonOf('log/not-found') },
      { lsn: 5, at: 1005, up: 5, kind: 'pulse' },
    ]);
  });

  it('[EV5] says damaged rows in their place, those in a row at once', () => {
    expect(decodeRows([row(1), row(2, null), row(3, 'no json'), row(4)], 0, 1)).toEqual([
      { lsn: 1, at: 1001, up: 1, kind: 'pulse' },
      { lsn: 3, at: 1003, up: 3, kind: 'gap', from: 2, to: 3, why: reasonOf('log/damaged') },
      { lsn: 4, at: 1004, up: 4, kind: 'pulse' },
    ]);
  });

  it('[EV5] says a damaged row at the end', () => {
    expect(decodeRows([row(7), row(8, null)], 6, 1).at(-1)).toMatchObject({ lsn: 8, kind: 'gap', from: 8, to: 8 });
  });

  it('[EV5] distinguishes what has expired from what was lost', () => {
    expect(decodeRows([row(12), row(13)], 3, 10)).toMatchObject([
      { lsn: 9, kind: 'gap', from: 4, to: 9, why: reasonOf('log/expired') },
      { lsn: 11, kind: 'gap', from: 10, to: 11, why: reasonOf('log/not-found') },
      { lsn: 12 },
      { lsn: 13 },
    ]);
  });

  it('[IN10] accounts for every number, in order, whatever is lost', () => {
    const fates = fc.array(fc.constantFrom('there', 'damaged', 'missing'), { maxLength: 40 });
    fc.assert(
      fc.property(fates, fc.nat(5), (fate, after) => {
        const rows = fate.flatMap((each, index) => {
          const lsn = after + 1 + index;
          return each === 'missing' ? [] : [row(lsn, each === 'damaged' ? null : '{"kind":"pulse"}')];
        });
        let covered = after;
        for (const entry of decodeRows(rows, after, after + 1)) {
          expect(entry.kind === 'gap' ? entry.from : entry.lsn).toBe(covered + 1);
          expect(entry.kind === 'gap' ? entry.to === entry.lsn : fate[entry.lsn - after - 1] === 'there').toBe(true);
          covered = entry.lsn;
        }
        expect(covered).toBe(rows.at(-1)?.lsn ?? after);
      }),
      { seed: 3 },
    );
  });
});
