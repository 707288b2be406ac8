export const automation = { role: 'automation', nodeId: 'automation-1', run: 'run-00000001' };
export const lsns = (batches: readonly { entries: readonly { lsn: number }[] }[]): number[] =>
  batches.flatMap(({ entries }) => entries.map(({ lsn }) => lsn));
export const bare = { commands: [], alarms: [], values: [] };
