import { isTooLate, textReason, toFrameId, type DeviceState, type Entry, type Position } from '@phloem/protocol';
import type { LeaseStatus, Link } from '@phloem/reconnect';
import { Subscription } from 'rxjs';
import { forgetRequest, noRequests, stepRequests, type RequestsState, type StateRequest } from './step-requests.ts';

type ControlLink = Pick<Link, 'lease$' | 'status$' | 'batches$' | 'latest$' | 'commit' | 'close'>;

export type LeaseControlOptions = {
  /** 64 hexadecimal digits that make the ids of the requests of this bridge its own. */
  readonly origin: string;
  /** Opens a link of the role `automation` that asks for the lease of the scope, with the subscriptions below. */
  readonly openLink: () => ControlLink;
  /** Where a request comes from, as the log records it. */
  readonly toWhy: (request: StateRequest) => string;
  /** The hub has ended the link for good. */
  readonly onEnd: (why: string) => void;
};

/** The subscriptions that the link must have. */
export const requestSubscriptions = { log: 'log', devices: 'devices' } as const;

/** How long after the entry that it was decided at a request may still be accepted. */
const ttlMs = 5000;
const maxIds = 256;

/** The link to the hub while the foreign program lives, and what was requested over it. */
export class LeaseControl {
  readonly #options: LeaseControlOptions;
  readonly #link: ControlLink;
  readonly #following = new Subscription();
  readonly #devices = new Map<string, DeviceState>();
  readonly #unanswered = new Set<string>();
  #lease: LeaseStatus = { state: 'none' };
  #position: Position | null = null;
  #state: RequestsState = noRequests;
  /** Of the newest requests. */
  #ids: ReadonlySet<string> = new Set();

  constructor(options: LeaseControlOptions) {
    this.#options = options;
    const { openLink, onEnd } = options;
    const link = openLink();
    this.#link = link;
    this.#following.add(
      link.lease$.subscribe((lease) => {
        this.#lease = lease;
      }),
    );
    this.#following.add(
      link.status$.subscribe(({ phase, why }) => {
        if (phase === 'closed') onEnd(why ?? 'without a reason');
      }),
    );
    this.#following.add(
      link.batches$(requestSubscriptions.log).subscribe((batch) => {
        this.#position = { epoch: batch.epoch, lsn: batch.kind === 'entries' ? batch.last : batch.from };
        if (batch.kind === 'entries') batch.entries.forEach((entry) => this.#noteRefusal(entry));
        this.#commit([]);
      }),
    );
    this.#following.add(
      link.latest$(requestSubscriptions.devices).subscribe(({ payload }) => {
        for (const device of payload.devices) {
          const known = this.#devices.get(device.id);
          // The hub shows all devices again after each cut, such as when it was killed.
          if (known !== undefined && (device.lsn < known.lsn || isSame(device, known))) continue;
          this.#devices.set(device.id, device);
          this.#unanswered.add(device.id);
        }
      }),
    );
  }

  get isInControl(): boolean {
    return this.#lease.state === 'held';
  }

  /** Requests what differs from what was requested before. Returns how many that are. */
  request(wanted: readonly StateRequest[]): number {
    const position = this.#position;
    if (this.#lease.state !== 'held' || position === null) return 0;
    const { state, requests } = stepRequests(this.#state, this.#lease.term, wanted, (id) => this.#devices.get(id)?.phase === 'refused');
    this.#state = state;
    if (requests.length === 0) return 0;
    const idOf = (device: string, index: number): string => toFrameId(this.#options.origin, device, position.epoch, position.lsn, index);
    // Refusals come within seconds; older ids are forgotten.
    this.#ids = new Set([...[...this.#ids].slice(-maxIds), ...requests.map(({ device }, index) => idOf(device, index))]);
    this.#commit(
      requests.map((request, index) => ({
        id: idOf(request.device, index),
        device: request.device,
        value: request.value,
        op: 'set',
        cause: position,
        ttlMs,
        why: textReason(this.#options.toWhy(request).slice(0, 200)),
      })),
    );
    return requests.length;
  }

  /** A refused request does not change the state of the device, so the snapshot does not show it. */
  #noteRefusal(entry: Entry): void {
    if (entry.kind !== 'device' || entry.phase !== 'refused' || !this.#ids.has(entry.id ?? '')) return;
    const { device: id, value, why = null, by, at, lsn } = entry;
    if (why !== null && isTooLate(why)) {
      this.#state = forgetRequest(this.#state, id);
      return;
    }
    const { written = null, confirmed = null } = this.#devices.get(id) ?? {};
    this.#devices.set(id, { id, requested: value, written, confirmed, phase: 'refused', by, why, since: at, lsn });
    this.#unanswered.add(id);
  }

  /** Devices whose state has not been answered yet. */
  changed(): readonly DeviceState[] {
    return [...this.#unanswered].flatMap((id) => this.#devices.get(id) ?? []);
  }

  answered(device: DeviceState): void {
    if (this.#devices.get(device.id) === device) this.#unanswered.delete(device.id);
  }

  async close(): Promise<void> {
    this.#following.unsubscribe();
    await this.#link.close();
  }

  /** Says how far this service has come; that alone keeps its lease. */
  #commit(commands: Parameters<Link['commit']>[0]['commands']): void {
    if (this.#position === null) return;
    const { epoch, lsn } = this.#position;
    const term = this.#lease.state === 'held' ? this.#lease.term : null;
    this.#link.commit({
      sub: requestSubscriptions.log,
      epoch,
      cursor: lsn,
      term,
      ...(term === null ? { isBare: true } : {}),
      commands,
      alarms: [],
      values: [],
    });
  }
}

/** Claims that a program would get the same answer for both. */
const isSame = (one: DeviceState, other: DeviceState): boolean =>
  one.requested === other.requested &&
  one.confirmed === other.confirmed &&
  one.phase === other.phase &&
  one.since === other.since &&
  JSON.stringify(one.why) === JSON.stringify(other.why);
