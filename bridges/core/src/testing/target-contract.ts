import { isFault, type FaultCode } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { Batch, BridgeRecord, Place } from '../record.ts';
import type { Target } from '../target.ts';
import { sampleEpoch, toBatch, toEntryRecords, toEpochRecord } from './sample-records.ts';

/** One empty target of a test, with what a stranger sees in it. */
export interface TargetRig extends AsyncDisposable {
  /** A new connection, as a bridge makes one. */
  connect(): Promise<Target>;
  /** The places of the records that a foreign reader finds, in order, void ones left out where the target deletes them. */
  places(): Promise<readonly string[]>;
  /** Takes the newest records away behind everybody's back, so that the first `count` are left. */
  restore(count: number): Promise<void>;
  /** Lets the next batch reach the server, and breaks the connection before the answer comes back. */
  loseNextAnswer(): Promise<void>;
  /** Carries nothing any more on the connections that are there, without ending them. */
  blackHole(): Promise<void>;
}

export type TargetContractOptions = {
  /** Records past the end of an epoch are deleted when the next one begins. */
  readonly deletesVoid: boolean;
};

const codeOf = async (asked: Promise<unknown>): Promise<FaultCode | 'none' | 'no fault'> =>
  asked.then(
    () => 'none',
    (error: unknown) => (isFault(error) ? error.code : 'no fault'),
  );

const names = (records: readonly BridgeRecord[]): readonly string[] => records.map(({ ordinal, lsn }) => `${ordinal}-${lsn}`);

/** What every target of a bridge must hold. `openRig` gives an empty one. */
export const describeTargetContract = (
  name: string,
  openRig: () => Promise<TargetRig>,
  { deletesVoid }: TargetContractOptions = { deletesVoid: false },
): void => {
  describe(`the target ${name}`, () => {
    const using = async (test: (rig: TargetRig, target: Target) => Promise<void>): Promise<void> => {
      await using rig = await openRig();
      const target = await rig.connect();
      await test(rig, target);
      await target.close();
    };
    const records = toEntryRecords(1, 0, 10);
    const [first, second] = [records.slice(0, 6), records.slice(6)];
    const put = async (target: Target, ...batches: readonly Batch[]): Promise<void> => {
      for (const batch of batches) await target.put(batch);
    };

    it('holds nothing at first', () => using(async (_rig, target) => expect(await target.position()).toBeNull()));

    it('holds what it was given, in order, and says where it ends', () =>
      using(async (rig, target) => {
        await put(target, toBatch(null, first), toBatch(first.at(-1), second));
        expect(await rig.places()).toEqual(names(records));
        expect(await target.position()).toEqual({ ordinal: 1, epoch: sampleEpoch(1), lsn: 10 } satisfies Place);
        const other = await rig.connect();
        expect(await other.position()).toMatchObject({ ordinal: 1, lsn: 10 });
        await other.close();
      }));

    it('keeps a batch that is sent again once', () =>
      using(async (rig, target) => {
        await put(target, toBatch(null, first), toBatch(null, first), toBatch(null, records));
        expect(await rig.places()).toEqual(names(records));
      }));

    it('has all of a batch whose answer was lost', async () => {
      await using rig = await openRig();
      const target = await rig.connect();
      await put(target, toBatch(null, first));
      await rig.loseNextAnswer();
      expect(await codeOf(target.put(toBatch(first.at(-1), second)))).toBe('bridge/unreachable');
      await target.close();
      const again = await rig.connect();
      expect(await again.position()).toMatchObject({ lsn: 10 });
      await put(again, toBatch(first.at(-1), second));
      expect(await rig.places()).toEqual(names(records));
      await again.close();
    });

    it('says that it has moved when it has lost its newest records, and goes on from there', () =>
      using(async (rig, target) => {
        await put(target, toBatch(null, first));
        await rig.restore(4);
        expect(await codeOf(target.put(toBatch(first.at(-1), second)))).toBe('bridge/moved');
        expect(await target.position()).toMatchObject({ lsn: 4 });
        await put(target, toBatch(records[3], records.slice(4)));
        expect(await rig.places()).toEqual(names(records));
      }));

    it('says that it has moved when it has lost everything', () =>
      using(async (rig, target) => {
        await put(target, toBatch(null, first));
        await rig.restore(0);
        expect(await codeOf(target.put(toBatch(first.at(-1), second)))).toBe('bridge/moved');
        expect(await target.position()).toBeNull();
      }));

    it('refuses a writer that another one has overtaken, and changes nothing', () =>
      using(async (rig, target) => {
        const newer = toEpochRecord(2, 6, 6);
        const stale = await rig.connect();
        await put(target, toBatch(null, first), toBatch(first.at(-1), [newer]));
        expect(await codeOf(stale.put(toBatch(first.at(-1), second)))).toBe('bridge/fenced');
        expect(await rig.places()).toEqual(names([...first, newer]));
        await stale.close();
      }));

    it('goes on in a new epoch, whose numbers begin again before the end of the old one', () =>
      using(async (rig, target) => {
        const epoch = toEpochRecord(2, 4, 6);
        const newer = toEntryRecords(2, 4, 7);
        await put(target, toBatch(null, first), toBatch(first.at(-1), [epoch, ...newer]));
        expect(await target.position()).toMatchObject({ ordinal: 2, lsn: 7, epoch: epoch.epoch });
        const kept = deletesVoid ? first.slice(0, 4) : first;
        expect(await rig.places()).toEqual(names([...kept, epoch, ...newer]));
      }));

    it('ends what is under way when it is closed, though nothing is carried any more', async () => {
      await using rig = await openRig();
      const target = await rig.connect();
      await rig.blackHole();
      const asked = codeOf(target.put(toBatch(null, first)));
      await target.close();
      expect(await asked).toBe('bridge/unreachable');
    });
  });
};
