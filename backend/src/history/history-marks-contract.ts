import { textReason, type Quality } from '@phloem/protocol';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryHistory } from './memory-history.ts';
import {
  type OpenHistory,
  id,
  fan,
  cursorAt,
  sample,
  batch,
  span,
  alarmMark,
  noteMark,
  past,
  minute,
  hour,
  forever,
} from './testing/history-bench.ts';

/** What every implementation of a history must do with marks, and with what it removes. */
export function describeMarks(name: string, setUp: () => OpenHistory): void {
  describe(`${name} keeps what it has`, () => {
    it('returns the alarms and notes of a location that touch a stretch, oldest first', async () => {
      const open = setUp();
      const history = open();
      await history.write(
        batch({
          cursor: cursorAt(9, 90),
          samples: [sample(0, 1)],
          marks: [
            { kind: 'open', mark: alarmMark('flower_room/climate/too-hot', 10, 1) },
            { kind: 'open', mark: noteMark('flower_room/front/temperature', 30, 2) },
            { kind: 'open', mark: alarmMark('device/flower_room/fan/discrepancy', 40, 3) },
            { kind: 'close', alarm: 'flower_room/climate/too-hot', to: 50, lsn: 4 },
            { kind: 'open', mark: noteMark('flower_room', 70, 5) },
            { kind: 'open', mark: alarmMark('other_room/climate/too-hot', 30, 6) },
            { kind: 'open', mark: alarmMark('bus/flower', 30, 7) },
            { kind: 'open', mark: { ...alarmMark('bus/cabinet', 80, 8), locations: ['cold_store', 'flower_room'] } },
          ],
        }),
      );
      await history.close();
      const again = open();
      expect((await again.load()).openAlarms.toSorted()).toEqual([
        'bus/cabinet',
        'bus/flower',
        'device/flower_room/fan/discrepancy',
        'other_room/climate/too-hot',
      ]);
      const told = async (from: number, to: number) =>
        (await again.marks({ location: 'flower_room', from, to })).marks.map(({ kind, at, until }) => [kind, at, until]);
      expect(await told(0, 100)).toEqual([
        ['alarm', 10, 50],
        ['note', 30, null],
        ['alarm', 40, null],
        ['note', 70, null],
        ['alarm', 80, null],
      ]);
      expect(await told(45, 60)).toEqual([
        ['alarm', 10, 50],
        ['alarm', 40, null],
      ]);
      expect(await told(0, 9)).toEqual([]);
      const [first, note] = (await again.marks({ location: 'flower_room', from: 0, to: 35 })).marks;
      expect(first).toEqual({
        kind: 'alarm',
        id: 'flower_room/climate/too-hot',
        at: 10,
        until: 50,
        priority: 'P1',
        text: '',
        why: textReason('words'),
        lsn: 1,
      });
      expect(note).toEqual({
        kind: 'note',
        at: 30,
        until: null,
        text: 'words',
        by: { kind: 'user', id: 'anna' },
        about: 'flower_room/front/temperature',
        lsn: 2,
      });
      await again.close();
    });

    it('returns the newest marks where there are too many, and says that there are older ones', async () => {
      const history = setUp()();
      const marks = Array.from({ length: 501 }, (_, n) => ({ kind: 'open', mark: noteMark('flower_room', n, n + 1) }) as const);
      await history.write(batch({ cursor: cursorAt(501, 501), samples: [sample(0, 1)], marks }));
      const told = await history.marks({ location: 'flower_room', from: 0, to: 1000 });
      expect([told.isCut, told.marks.length, told.marks[0]?.at, told.marks.at(-1)?.at]).toEqual([true, 500, 1, 500]);
      expect((await history.marks({ location: 'flower_room', from: 1, to: 1000 })).isCut).toBe(false);
      await history.close();
    });

    it('says in which times nobody listened for alarms', async () => {
      const history = setUp()();
      expect((await history.marks({ location: 'flower_room', from: 0, to: 1000 })).gaps).toMatchObject([{ from: 0, to: 1000 }]);
      await history.write(
        batch({
          cursor: cursorAt(5, 700),
          samples: [sample(100, 1)],
          gaps: [{ kind: 'past', point: null, from: 400, to: 700, why: textReason('the hub was not running') }],
        }),
      );
      expect((await history.marks({ location: 'flower_room', from: 0, to: 1000 })).gaps).toMatchObject([
        { from: 0, to: 100 },
        { from: 400, to: 700, why: textReason('the hub was not running') },
      ]);
      expect((await history.marks({ location: 'flower_room', from: 100, to: 300 })).gaps).toEqual([]);
      await history.close();
    });

    it('[EV6] forgets the marks whose entries the log has lost, and what ended them', async () => {
      const history = setUp()();
      await history.write(
        batch({
          cursor: cursorAt(9, 90),
          samples: [sample(0, 1)],
          marks: [
            { kind: 'open', mark: alarmMark('flower_room/climate/too-hot', 10, 2) },
            { kind: 'close', alarm: 'flower_room/climate/too-hot', to: 80, lsn: 8 },
            { kind: 'open', mark: noteMark('flower_room', 85, 9) },
          ],
        }),
      );
      const told = async () => (await history.marks({ location: 'flower_room', from: 0, to: 100 })).marks;
      await history.rewind({ epoch: 'BBBBBBBBBBBB', lsn: 5, at: 90, up: 90 }, false);
      expect(await told()).toMatchObject([{ kind: 'alarm', at: 10, until: null, lsn: 2 }]);
      expect((await history.load()).openAlarms).toEqual(['flower_room/climate/too-hot']);
      await history.rewind({ epoch: 'CCCCCCCCCCCC', lsn: 0, at: 90, up: 90 }, true);
      expect(await told()).toMatchObject([{ kind: 'alarm', at: 10, until: 90, lsn: null }]);
      await history.close();
    });

    it('takes a made-up past once, before the lived one, and says that it is made up', async () => {
      const history = setUp()();
      await history.write(
        batch({
          cursor: cursorAt(1, 1000),
          samples: [sample(1000, 20)],
          spans: [{ kind: 'open', device: fan, span: span({ from: 1000 }) }],
        }),
      );
      const made = past({
        samples: [
          { point: id, at: 800, v: 10, q: 'good' },
          { point: id, at: 850, v: null, q: 'bad', why: textReason('unplugged') },
          { point: id, at: 900, v: 11, q: 'good' },
          { point: id, at: 1000, v: 12, q: 'good' },
          { point: id, at: 1100, v: 13, q: 'good' },
        ],
        spans: [
          {
            device: fan,
            from: 700,
            to: 900,
            value: false,
            phase: 'confirmed',
            by: { kind: 'node', id: 'automation-1' },
            why: textReason('cool'),
          },
          {
            device: fan,
            from: 900,
            to: null,
            value: true,
            phase: 'confirmed',
            by: { kind: 'node', id: 'automation-1' },
            why: textReason('warm'),
          },
          { device: fan, from: 1200, to: null, value: true, phase: 'confirmed', by: null, why: null },
        ],
      });
      expect(await history.simulatedReach()).toEqual({ from: null, to: null, before: 1000 });
      expect(await history.importPast(made)).toEqual({ samples: 3, spans: 2, before: 1000 });
      expect(await history.importPast(made)).toEqual({ samples: 0, spans: 0, before: 1000 });
      expect(await history.simulatedReach()).toEqual({ from: 800, to: 900, before: 1000 });
      const shown = await history.pointHistory({ id, from: 800, to: 1199, buckets: 4 });
      expect([shown?.mean, shown?.isSimulated, shown?.good]).toEqual([
        [10, 11, 20, null],
        [true, true, false, false],
        [0.5, 1, 1, 0],
      ]);
      expect((await history.pointHistory({ id, from: 800, to: 999, buckets: 200 }))?.gaps).toEqual([
        { from: 850, to: 900, why: textReason('unplugged') },
      ]);
      const spans = (await history.timeline({ id: fan, from: 0, to: 2000 }))?.spans;
      expect(spans?.map(({ from, to, isSimulated, lsn }) => [from, to, isSimulated, lsn])).toEqual([
        [700, 900, true, null],
        [900, 1000, true, null],
        [1000, null, false, 4],
      ]);
      expect((await history.load()).openSpans).toHaveLength(1);
      await history.close();
    });

    it('keeps what samples came to when it lets them go', async () => {
      const history = setUp()();
      const samples = Array.from({ length: 48 }, (_, n) => sample(n * hour, n));
      await history.write(batch({ samples }));
      const limits = { ...forever, rawMs: 10 * hour, minuteMs: 24 * hour };
      while ((await history.retain(limits, 48 * hour)).isMore);
      const page = await history.samples({ id, from: 0, to: 48 * hour, after: null, limit: 100 });
      expect(page?.samples.map(({ at }) => at)).toEqual(samples.map(({ at }) => at).filter((at) => at >= 38 * hour));
      expect((await history.pointHistory({ id, from: 30 * hour, to: 30 * hour + 5 * minute, buckets: 1000 }))?.max[0]).toBe(30);
      // A closer look at a time of which the minutes have gone finds its hours.
      expect((await history.pointHistory({ id, from: 10 * hour, to: 12 * hour, buckets: 1000 }))?.max).toEqual([10, 11, 12]);
      expect((await history.pointHistory({ id, from: 0, to: 48 * hour - 1, buckets: 24 }))?.max).toEqual(
        Array.from({ length: 24 }, (_, n) => 2 * n + 1),
      );
      expect(await history.importPast(past({ samples: [{ point: id, at: -hour, v: 1, q: 'good' }] }))).toMatchObject({ samples: 0 });
      await history.close();
    });

    it('answers as the plain statement of it does, whatever was kept and is asked', async () => {
      const open = setUp;
      const reading = fc.record({
        at: fc.integer({ min: 0, max: 5 * hour }),
        v: fc.option(fc.integer({ min: -50, max: 50 }), { nil: null }),
        q: fc.constantFrom<Quality>('good', 'uncertain', 'simulated'),
      });
      const query = fc.record({
        from: fc.integer({ min: 0, max: 5 * hour }),
        length: fc.oneof(fc.integer({ min: 0, max: 5 * hour }), fc.integer({ min: 0, max: 3000 * hour })),
        buckets: fc.integer({ min: 1, max: 40 }),
      });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(reading, { maxLength: 20 }), { maxLength: 4 }),
          fc.array(query, { maxLength: 8 }),
          async (parts, queries) => {
            const [history, plain] = [open()(), createMemoryHistory()];
            let lsn = 0;
            for (const part of parts) {
              const samples = part.map(({ at, v, q }) => sample(at, v, v === null ? 'bad' : q, (lsn += 1)));
              const written = batch({ cursor: cursorAt(lsn, 0), samples });
              await history.write(written);
              await plain.write(written);
            }
            for (const { from, length, buckets } of queries) {
              const asked = { id, from, to: from + length, buckets };
              expect(await history.pointHistory(asked)).toEqual(await plain.pointHistory(asked));
              const page = { id, from, to: from + length, after: null, limit: buckets };
              expect(await history.samples(page)).toEqual(await plain.samples(page));
            }
            await history.close();
          },
        ),
        { seed: 11, numRuns: 60 },
      );
    });
  });
}
