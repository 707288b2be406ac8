import { Fault, formatDeviceValue, type DeviceId, type DeviceValue, type Entry, type Lsn } from '@phloem/protocol';
import type { Batch } from '@phloem/reconnect';
import type { Difference, Requested, Shadow, ShadowState } from './step-shadow.ts';

export type ShadowReportOptions = {
  readonly shadow: Shadow;
  /** How both stand before the first entry. */
  readonly start: ShadowState;
  /** The newest entry when the shadow began: up to it, both only learn how things stand. */
  readonly head: Lsn;
  readonly at: number;
  /** Claims that an entry puts something else live than what is compared with. */
  readonly isOtherLive: (entry: Entry) => boolean;
  readonly toClock: (at: number) => string;
};

type Since = { readonly since: number; readonly difference: Difference };
type Told = { readonly times: number; readonly apartMs: number };

/** What a shadow reports, line by line: where two bundles differ from now on, and at the end for how long they did. */
export class ShadowReport {
  readonly #options: ShadowReportOptions;
  /** The devices of which both request something else now. */
  readonly #apart = new Map<DeviceId, Since>();
  readonly #told = new Map<DeviceId, Told>();
  #state: ShadowState;
  #lastAt: number;
  #isWarm = false;

  constructor(options: ShadowReportOptions) {
    this.#options = options;
    this.#state = options.start;
    this.#lastAt = options.at;
  }

  /** @throws Fault `cli/usage` when the hub has put another bundle or site live. */
  take(batch: Batch): readonly string[] {
    if (batch.kind === 'lost') return ['Entries are missing here: both may be wrong for a while.'];
    if (batch.kind !== 'entries') return [];
    const lines = batch.entries.flatMap((entry) => this.#step(entry, batch.epoch));
    return this.#isWarm || batch.last < this.#options.head ? lines : [...lines, ...this.#warm()];
  }

  /** For how long both differed, device by device. */
  end(): readonly string[] {
    for (const [device, { since }] of this.#apart) this.#addTime(device, this.#lastAt - since);
    if (this.#told.size === 0) return ['No difference.'];
    return [...this.#told].map(
      ([device, { times, apartMs }]) =>
        `${device}: different ${times === 1 ? 'once' : `${times} times`}, ${Math.round(apartMs / 1000)} s in all`,
    );
  }

  #step(entry: Entry, epoch: string): readonly string[] {
    if (entry.lsn > this.#options.head && this.#options.isOtherLive(entry)) {
      throw new Fault('cli/usage', 'the hub has activated another bundle or site; start the shadow again');
    }
    const step = this.#options.shadow.step(this.#state, entry, epoch);
    this.#state = step.state;
    this.#lastAt = entry.at;
    return step.differences.flatMap((difference) => {
      const before = this.#apart.get(difference.device);
      if (before !== undefined && this.#isWarm) this.#addTime(difference.device, entry.at - before.since);
      if (difference.isOver) this.#apart.delete(difference.device);
      else this.#apart.set(difference.device, { since: entry.at, difference });
      return this.#isWarm ? [this.#tell(difference)] : [];
    });
  }

  /** Both know how things stand: from now on, differences count. */
  #warm(): readonly string[] {
    this.#isWarm = true;
    const first =
      this.#apart.size === 0
        ? 'Both agree now. Differences follow; Ctrl-C ends it.'
        : 'They differ now; what changes follows. Ctrl-C ends it.';
    const lines = [...this.#apart].map(([device, { difference }]) => {
      this.#apart.set(device, { since: this.#lastAt, difference });
      return this.#tell(difference);
    });
    return [first, ...lines];
  }

  #tell(difference: Difference): string {
    if (!difference.isOver) {
      const known = this.#told.get(difference.device) ?? never;
      this.#told.set(difference.device, { ...known, times: known.times + 1 });
    }
    return formatDifference(difference, this.#options.toClock);
  }

  #addTime(device: DeviceId, ms: number): void {
    const known = this.#told.get(device) ?? never;
    this.#told.set(device, { ...known, apartMs: known.apartMs + ms });
  }
}

const never: Told = { times: 0, apartMs: 0 };

const toWords = (value: DeviceValue): string => formatDeviceValue(value);

const describeRequest = (requested: Requested | null): string =>
  requested === null ? 'commands nothing here' : `${toWords(requested.value)}: ${requested.why}`;

const formatDifference = ({ device, at, isOver, live, candidate }: Difference, toClock: (at: number) => string): string => {
  const time = toClock(at);
  if (isOver) return `${time}  ${device}: both ${live === null ? 'nothing' : toWords(live.value)} again`;
  return `${time}  ${device}\n          live       ${describeRequest(live)}\n          candidate  ${describeRequest(candidate)}`;
};
