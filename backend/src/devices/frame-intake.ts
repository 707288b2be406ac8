import { type Author, type DeviceId, type DeviceStateFrame, type Position, type Reason, type SentFrame } from '@phloem/protocol';
import type { LeaseService } from '../leases/lease-service.ts';
import type { DeviceSpec } from '../site/site.ts';
import type { CommandRecord, HubStore } from '../store/hub-store.ts';
import type { HubClock } from '../log/hub-clock.ts';
import { keepCommand } from './command-invariants.ts';
import type { CommandAuthority } from './device-gate.ts';
import type { DeviceMachine } from './device-machine.ts';
import { explainBrokenFrame, isWholeFrame, judgeFrame } from './judge-frame.ts';

/** An accepted command, and until when the lease that it came under was known to be valid. */
export type AcceptedFrame = { readonly record: CommandRecord; readonly validUp: number };

export type FrameIntakeParts = {
  readonly store: Pick<HubStore, 'log' | 'commands'>;
  readonly leases: Pick<LeaseService, 'current'>;
  readonly clock: Pick<HubClock, 'up'>;
  readonly find: (id: DeviceId) => { readonly spec: DeviceSpec; readonly state: DeviceMachine } | undefined;
};

/**
 * Where frames come in: each is judged, and recorded as requested or refused, inside the transaction of the commit that
 * brought it. `collect` hands over, afterwards, what was taken and kept.
 */
export function createFrameIntake({ store, leases, clock, find }: FrameIntakeParts) {
  const { log, commands } = store;
  let taken: readonly AcceptedFrame[] = [];
  let isOpen = true;

  const refuse = (frame: SentFrame, { term, nodeId }: CommandAuthority, why: Reason): void => {
    const { id, device, value, cause } = frame;
    log.append([{ kind: 'device', device, phase: 'refused', value, id, by: { kind: 'node', id: nodeId }, cause, term, why }]);
  };

  const take = (frame: DeviceStateFrame, { term, scope, nodeId }: CommandAuthority): void => {
    const { id, device, value, op, cause, why } = frame;
    const by: Author = { kind: 'node', id: nodeId };
    const [entry] = log.append([{ kind: 'device', device, phase: 'requested', value, id, by, cause, term, why }]);
    if (entry === undefined) throw new Error('the log appended nothing');
    const accepted = { epoch: log.epoch, lsn: entry.lsn };
    const record: CommandRecord = { id, device, value, op, by, why, cause, term, scope, accepted, stage: 'requested', end: null };
    keepCommand(commands, record);
    taken = [...taken, { record, validUp: leases.current(term)?.validUp ?? clock.up() }];
  };

  const toCauseUp = (cause: Position): number | null => {
    const end = cause.epoch === log.epoch ? log.head : (log.lineage.find(({ epoch }) => epoch === cause.epoch)?.end ?? 0);
    if (cause.lsn < log.first || cause.lsn > end) return null;
    return log.read(cause.lsn - 1, { entries: 1, bytes: 1 })[0]?.up ?? null;
  };

  const judge = (frame: DeviceStateFrame, authority: CommandAuthority): Reason | null => {
    const device = find(frame.device);
    return judgeFrame(frame, {
      authority,
      isTermLive: leases.current(authority.term)?.scope === authority.scope,
      isDraining: !isOpen,
      up: clock.up(),
      causeUp: toCauseUp(frame.cause),
      device: device === undefined ? null : { ...device, hasOlderInBatch: taken.some(({ record }) => record.device === frame.device) },
    });
  };

  return {
    accept(frames: readonly SentFrame[], authority: CommandAuthority): void {
      for (const frame of frames) {
        // The same id again has the outcome that is recorded (CO2).
        if (commands.get(frame.id) !== null) continue;
        if (!isWholeFrame(frame)) {
          refuse(frame, authority, explainBrokenFrame(frame));
          continue;
        }
        const refusal = judge(frame, authority);
        if (refusal === null) take(frame, authority);
        else refuse(frame, authority, refusal);
      }
    },
    collect(): readonly AcceptedFrame[] {
      const all = taken;
      taken = [];
      // A transaction that was given up took the record with it.
      return all.filter(({ record }) => commands.get(record.id) !== null);
    },
    /** From now on every frame is refused. */
    shut(): void {
      isOpen = false;
    },
  };
}
