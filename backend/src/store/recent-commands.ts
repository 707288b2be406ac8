import type { CommandRecord, HubStore } from './hub-store.ts';

/** So many commands are remembered: many times more than are under way. */
const most = 512;

/**
 * The newest records of commands, so that each step in the life of one need not ask the disk what the last step stored,
 * nor twice whether an id is new.
 */
export const createRecentCommands = (disk: Pick<HubStore['commands'], 'get' | 'put'>) => {
  const recent = new Map<string, CommandRecord | null>();
  const note = (id: string, record: CommandRecord | null): void => {
    recent.delete(id);
    recent.set(id, record);
    if (recent.size > most) recent.delete(recent.keys().next().value ?? id);
  };
  return {
    get: (id: string): CommandRecord | null => {
      const known = recent.get(id);
      if (known !== undefined) return known;
      const found = disk.get(id);
      note(id, found);
      return found;
    },
    put: (record: CommandRecord): void => {
      disk.put(record);
      note(record.id, record);
    },
    /** What was put last may not have been kept. */
    forget: (): void => recent.clear(),
  };
};
