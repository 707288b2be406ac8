import { textReason, type Quality } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { describeMarks } from './history-marks-contract.ts';
import { type OpenHistory, id, fan, cursorAt, sample, batch, span, minute, hour } from './testing/history-bench.ts';

/** What every implementation of a history must do. `setUp` makes a fresh one for each test. */
export function describeHistory(name: string, setUp: () => OpenHistory): void {
  describe(`${name} keeps the contract of a history`, () => {
    it('knows nothing before the first entry, and what it kept after that, over starts', async () => {
      const open = setUp();
      const history = open();
      expect(await history.load()).toEqual({ cursor: null, openGaps: [], openSpans: [], openAlarms: [] });
      expect(await history.pointHistory({ id, from: 0, to: 10, buckets: 5 })).toBeNull();
      expect(await history.samples({ id, from: 0, to: 10, after: null, limit: 5 })).toBeNull();
      expect(await history.timeline({ id: fan, from: 0, to: 10 })).toBeNull();
      await history.write(
        batch({
          cursor: cursorAt(7, 70),
          samples: [sample(5, 20)],
          gaps: [{ kind: 'open', point: id, from: 60, why: textReason('no answer') }],
          spans: [{ kind: 'open', device: fan, span: span({ from: 6 }) }],
        }),
      );
      await history.close();
      const again = open();
      expect(await again.load()).toEqual({
        cursor: cursorAt(7, 70),
        openGaps: [id],
        openSpans: [{ device: fan, span: span({ from: 6 }) }],
        openAlarms: [],
      });
      expect((await again.pointHistory({ id, from: 0, to: 10, buckets: 1 }))?.mean).toEqual([20]);
      await again.close();
    });

    it('shows the smallest and largest value of each bucket, however short they were', async () => {
      const history = setUp()();
      const samples = Array.from({ length: 7200 }, (_, second) => sample(second * 1000, second === 4321 ? 99 : second === 4322 ? -99 : 20));
      await history.write(batch({ samples }));
      for (const buckets of [1, 3, 7, 119, 120, 500, 2000]) {
        const shown = await history.pointHistory({ id, from: 0, to: 2 * hour - 1, buckets });
        expect([Math.max(...(shown?.max ?? []).map(Number)), Math.min(...(shown?.min ?? []).map(Number))]).toEqual([99, -99]);
        expect(shown?.at.length).toBeLessThanOrEqual(buckets);
        const bucket = shown?.at.findLastIndex((at) => at <= 4_321_000) ?? -1;
        expect(shown?.max[bucket]).toBe(99);
      }
      await history.close();
    });

    it('counts bad and stale readings into the share of good ones, never into a value', async () => {
      const history = setUp()();
      const qualities: readonly Quality[] = ['good', 'uncertain', 'stale', 'bad', 'maintenance', 'simulated'];
      await history.write(batch({ samples: qualities.map((q, n) => sample(n * 10, q === 'stale' || q === 'bad' ? null : n, q)) }));
      for (const [from, to] of [
        [0, minute - 1],
        [0, 40 * minute],
        [0, 40 * hour],
      ] as const) {
        const shown = await history.pointHistory({ id, from, to, buckets: 1 });
        expect([shown?.min[0], shown?.mean[0], shown?.max[0]]).toEqual([0, (0 + 1 + 4 + 5) / 4, 5]);
        expect(shown?.good[0]).toBeCloseTo(2 / 6, 12);
        expect(shown?.isSimulated[0]).toBe(true);
      }
      await history.close();
    });

    it('shows a bucket without samples as nothing, never as zero or as the last value', async () => {
      const history = setUp()();
      await history.write(batch({ samples: [sample(0, 21), sample(1, null), sample(90, 22)] }));
      const shown = await history.pointHistory({ id, from: 0, to: 99, buckets: 10 });
      expect(shown?.mean).toEqual([21, null, null, null, null, null, null, null, null, 22]);
      expect(shown?.good).toEqual([0.5, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
      await history.close();
    });

    it('says what is missing and why: of the point, of the hub, and what lasts still', async () => {
      const history = setUp()();
      await history.write(
        batch({
          samples: [sample(100, null)],
          gaps: [
            { kind: 'open', point: id, from: 100, why: textReason('no answer') },
            { kind: 'close', point: id, to: 200 },
            { kind: 'past', point: null, from: 400, to: 700, why: textReason('the hub was not running') },
            { kind: 'open', point: id, from: 900, why: textReason('no reading for 15 s') },
          ],
        }),
      );
      expect((await history.pointHistory({ id, from: 150, to: 1000, buckets: 850 }))?.gaps).toEqual([
        { from: 150, to: 200, why: textReason('no answer') },
        { from: 400, to: 700, why: textReason('the hub was not running') },
        { from: 900, to: 1000, why: textReason('no reading for 15 s') },
      ]);
      expect((await history.pointHistory({ id, from: 200, to: 400, buckets: 100 }))?.gaps).toEqual([]);
      expect((await history.pointHistory({ id, from: 0, to: 1000, buckets: 4 }))?.gaps).toEqual([
        { from: 100, to: 1000, why: textReason('the hub was not running') },
      ]);
      await history.close();
    });

    it('hands out samples page by page, each once, though two have the same time', async () => {
      const history = setUp()();
      const samples = [sample(10, 1, 'good', 1), sample(10, 2, 'good', 2), sample(20, null, 'bad', 3), sample(30, 4, 'good', 4)];
      await history.write(batch({ samples, gaps: [{ kind: 'open', point: id, from: 20, why: textReason('no answer') }] }));
      const told: unknown[] = [];
      let after = null;
      do {
        const page = await history.samples({ id, from: 10, to: 30, after, limit: 1 });
        expect(page?.samples).toHaveLength(1);
        told.push(...(page?.samples ?? []).map(({ at, v, why }) => [at, v, why]));
        after = page?.next ?? null;
      } while (after !== null);
      expect(told).toEqual([
        [10, 1, null],
        [10, 2, null],
        [20, null, textReason('no answer')],
        [30, 4, null],
      ]);
      await history.close();
    });

    it('says what a device was, oldest first, with the spans that reach into the stretch', async () => {
      const history = setUp()();
      const spans = [span({ from: 10, lsn: 4 }), span({ from: 50, lsn: 9, value: false }), span({ from: 80, lsn: 12, value: 40 })];
      await history.write(
        batch({
          spans: spans.flatMap((each, n) => [
            ...(n === 0 ? [] : [{ kind: 'close', device: fan, to: each.from } as const]),
            { kind: 'open', device: fan, span: each } as const,
          ]),
        }),
      );
      expect(await history.timeline({ id: fan, from: 60, to: 100 })).toEqual({
        id: fan,
        from: 60,
        to: 100,
        spans: [span({ from: 50, to: 80, lsn: 9, value: false }), span({ from: 80, lsn: 12, value: 40 })],
      });
      expect((await history.timeline({ id: fan, from: 0, to: 9 }))?.spans).toEqual([]);
      await history.close();
    });

    it('[EV6] forgets the spans whose entries the log has lost, and keeps what was measured', async () => {
      const history = setUp()();
      await history.write(
        batch({
          cursor: cursorAt(9, 90),
          samples: [sample(10, 1), sample(90, 2)],
          spans: [
            { kind: 'open', device: fan, span: span({ from: 10, lsn: 2 }) },
            { kind: 'close', device: fan, to: 80 },
            { kind: 'open', device: fan, span: span({ from: 80, lsn: 8, value: false }) },
          ],
        }),
      );
      await history.rewind({ epoch: 'BBBBBBBBBBBB', lsn: 5, at: 90, up: 90 }, false);
      expect((await history.load()).cursor).toEqual({ epoch: 'BBBBBBBBBBBB', lsn: 5, at: 90, up: 90 });
      expect((await history.load()).openSpans).toEqual([{ device: fan, span: span({ from: 10, lsn: 2 }) }]);
      expect((await history.samples({ id, from: 0, to: 100, after: null, limit: 9 }))?.samples).toHaveLength(2);
      await history.rewind({ epoch: 'CCCCCCCCCCCC', lsn: 0, at: 90, up: 90 }, true);
      expect((await history.timeline({ id: fan, from: 0, to: 99 }))?.spans).toEqual([span({ from: 10, lsn: null, cause: null })]);
      await history.close();
    });
  });
  describeMarks(name, setUp);
}
