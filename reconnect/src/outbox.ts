import type { DeviceStateFrame, Term } from '@phloem/protocol';

type Kept = { readonly frame: DeviceStateFrame; readonly term: Term; readonly takenAt: number; readonly isSent: boolean };

/** EntryBatch of this run that the log has not shown yet, oldest first; at most one request per device. */
export type Outbox = readonly Kept[];

const isSuperseded = (kept: Kept, commands: readonly DeviceStateFrame[]): boolean =>
  kept.frame.op === 'set' && commands.some(({ device, id }) => device === kept.frame.device && id !== kept.frame.id);

/** Takes new commands. A newer request for a device takes the place of the older; a frame that is here already stays as it is. */
export const putCommands = (outbox: Outbox, commands: readonly DeviceStateFrame[], term: Term, now: number): Outbox =>
  commands.reduce<Outbox>(
    (all, frame) =>
      all.some((kept) => kept.frame.id === frame.id)
        ? all
        : [...all.filter((kept) => !isSuperseded(kept, [frame])), { frame, term, takenAt: now, isSent: false }],
    outbox,
  );

/** The log has shown these ids: the hub has them. */
export const settleCommands = (outbox: Outbox, ids: ReadonlySet<string>): Outbox => outbox.filter(({ frame }) => !ids.has(frame.id));

/** Forgets the commands that the hub would refuse as too late. */
export const expireCommands = (outbox: Outbox, now: number): Outbox =>
  outbox.every(({ frame, takenAt }) => now - takenAt < frame.ttlMs)
    ? outbox
    : outbox.filter(({ frame, takenAt }) => now - takenAt < frame.ttlMs);

/** A new connection or a new term: whether the hub has them is not known, so all are to be sent again. */
export const unsendCommands = (outbox: Outbox): Outbox => outbox.map((kept) => ({ ...kept, isSent: false }));

const isDue = (kept: Kept, term: Term): boolean => !kept.isSent && kept.term <= term;

/** The commands that are to be sent now, under this term. Those of a later one wait for its grant. */
export const unsentCommands = (outbox: Outbox, term: Term): readonly DeviceStateFrame[] =>
  outbox.filter((kept) => isDue(kept, term)).map(({ frame }) => frame);

/** Notes that what was to be sent under this term has been. */
export const sendCommands = (outbox: Outbox, term: Term): Outbox =>
  outbox.map((kept) => (isDue(kept, term) ? { ...kept, isSent: true } : kept));
