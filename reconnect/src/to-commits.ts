import type { AlarmReport, Commit, DeviceStateFrame, Lsn, ValueReport } from '@phloem/protocol';

/** What one message carries at most, so that it stays below 128 KiB whatever the texts in it. */
export const messageLimits = { commands: 32, alarms: 96, values: 192 } as const;

type Cargo = {
  readonly commands: readonly DeviceStateFrame[];
  readonly alarms: readonly AlarmReport[];
  readonly values: readonly ValueReport[];
};

/**
 * Cuts what is to be committed into messages. Only the last one moves the cursor: should the others arrive and that
 * one not, the hub would know of more than the cursor says, never of less.
 */
export const toCommits = (
  before: Lsn,
  cursor: Lsn,
  { commands, alarms, values }: Cargo,
): readonly Pick<Commit, 'cursor' | 'commands' | 'alarms' | 'values'>[] => {
  const count = Math.max(
    1,
    Math.ceil(commands.length / messageLimits.commands),
    Math.ceil(alarms.length / messageLimits.alarms),
    Math.ceil(values.length / messageLimits.values),
  );
  const part = <T>(items: readonly T[], index: number, size: number): T[] => items.slice(index * size, (index + 1) * size);
  return Array.from({ length: count }, (_, index) => ({
    cursor: index === count - 1 ? cursor : before,
    commands: part(commands, index, messageLimits.commands),
    alarms: part(alarms, index, messageLimits.alarms),
    values: part(values, index, messageLimits.values),
  }));
};
