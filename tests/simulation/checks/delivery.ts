import type { Checkpoint, Entry, Filter, Position } from '@phloem/protocol';
import type { Batch } from '@phloem/reconnect';
import type { Witness } from '../engine/witness.ts';
import type { LogTruth } from './log-truth.ts';

type Place = { position: Position | null };

const locationOf = (entry: Entry): string | null =>
  entry.kind === 'sensor'
    ? entry.location
    : entry.kind === 'device' || entry.kind === 'override'
      ? entry.device.slice(0, entry.device.indexOf('/'))
      : null;

const isWanted = (entry: Entry, { kinds, locations }: Filter): boolean => {
  const location = locationOf(entry);
  return (
    (kinds === undefined || kinds.includes(entry.kind)) && (locations === undefined || location === null || locations.includes(location))
  );
};

/** What each reader is given is the log, each entry once and in order, and what is missing is said: IN2, IN4, IN10. */
export class Delivery {
  readonly #witness: Witness;
  readonly #truth: LogTruth;
  readonly #readers = new Map<string, Place>();

  constructor(witness: Witness, truth: LogTruth) {
    this.#witness = witness;
    this.#truth = truth;
  }

  positionOf(reader: string): Position | null {
    return this.#readers.get(reader)?.position ?? null;
  }

  /** An engine begins at a checkpoint that was kept, or at the log's first entry. */
  begun(reader: string, position: Position, known: readonly Checkpoint[]): void {
    const isKept = known.some(({ epoch, cursor }) => epoch === position.epoch && cursor === position.lsn);
    if (!isKept && position.lsn !== 0)
      this.#witness.fail('IN4', `${reader} begins at ${position.epoch}:${position.lsn}, which is no checkpoint`);
    if (this.#truth.isLost(position.epoch, position.lsn))
      this.#witness.fail('EV6', `${reader} begins at ${position.epoch}:${position.lsn}, which is lost`);
    if (isKept) this.#witness.count('begun at a checkpoint');
    this.#readers.set(reader, { position });
  }

  batch(reader: string, filter: Filter, batch: Batch): void {
    const place = this.#readers.get(reader) ?? { position: null };
    this.#readers.set(reader, place);
    const at = place.position;
    this.#witness.note(
      () => `${reader}: ${batch.kind} ${batch.from}${batch.kind === 'entries' ? `–${batch.last} (${batch.entries.length})` : ''}`,
    );
    if (batch.kind === 'lost') {
      this.#witness.count(`lost: ${batch.why}`);
      if (at !== null && !(batch.why === 'truncated' && this.#truth.isLost(at.epoch, at.lsn))) {
        this.#witness.fail('IN10', `${reader} was told that ${batch.lost.join(' to ')} are lost (${batch.why}), and they are not`);
      }
      place.position = { epoch: batch.epoch, lsn: batch.from };
      return;
    }
    if (at !== null && batch.from !== at.lsn)
      this.#witness.fail('IN2', `${reader} is at ${at.lsn}, and was given what comes after ${batch.from}`);
    if (batch.kind === 'epoch') {
      place.position = { epoch: batch.epoch, lsn: batch.from };
      return;
    }
    this.#compare(reader, filter, batch);
    place.position = { epoch: batch.epoch, lsn: batch.last };
    this.#witness.count('entries delivered', batch.entries.length);
  }

  #compare(reader: string, filter: Filter, { epoch, from, last, entries }: Extract<Batch, { kind: 'entries' }>): void {
    let index = 0;
    for (let lsn = from + 1; lsn <= last; lsn += 1) {
      const entry = this.#truth.everAt(epoch, lsn);
      if (entry === undefined) return this.#witness.fail('IN2', `${reader} was told of ${epoch}:${lsn}, which never was`);
      if (!isWanted(entry, filter)) continue;
      const given = entries[index];
      index += 1;
      if (given?.lsn !== lsn) return this.#witness.fail('IN2', `${reader} was not given ${epoch}:${lsn}`);
      if (given.kind !== entry.kind || given.up !== entry.up)
        return this.#witness.fail('IN2', `${reader} was given another ${epoch}:${lsn}`);
    }
    if (index !== entries.length) this.#witness.fail('IN2', `${reader} was given ${entries.length - index} entries more than it asked for`);
  }
}
