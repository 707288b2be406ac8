import type { Entry, Lsn, Snapshot } from '@phloem/protocol';

/**
 * The entries by which operators hold devices and set-points now, as far as they are not past `before`: anyone who begins to
 * read there would not know of them.
 */
export const toSnapshotEntries = ({ overrides, offsets }: Pick<Snapshot, 'overrides' | 'offsets'>, before: Lsn): readonly Entry[] =>
  [
    ...overrides.map(({ device, value, ...held }): Entry => ({ kind: 'override', device, value, ...toRest(held) })),
    ...offsets.map(({ setpoint, delta, ...held }): Entry => ({ kind: 'offset', setpoint, delta, ...toRest(held) })),
  ]
    .filter(({ lsn }) => lsn <= before)
    .toSorted((a, b) => a.lsn - b.lsn);

type Held = Omit<Snapshot['offsets'][number], 'setpoint' | 'delta'>;

const toRest = ({ lsn, by, reason, since, until, untilUp }: Held) => {
  const forMs = until - since;
  return { lsn, at: since, up: Math.max(0, untilUp - forMs), by, reason, forMs, until };
};
