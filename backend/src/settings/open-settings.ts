import { encodeSettings, parseSettings } from './settings-text.ts';
import type { Settings, SettingsData } from './settings.ts';

/** Where settings are kept, opened. `write` resolves when they are on disk, and rejects with nothing changed. */
export type SettingsKeeper = {
  readonly data: SettingsData;
  readonly notice: string | null;
  write(data: SettingsData): Promise<void>;
  close(): void;
};

/** Makes the hub's settings over a keeper: one change at a time, memory after disk. */
export function openSettings(keeper: SettingsKeeper): Settings {
  let { data } = keeper;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  return {
    get data() {
      return data;
    },
    notice: keeper.notice,
    update: (change) => {
      const result = last.then(async () => {
        if (isClosed) throw new Error('the settings are closed');
        // By way of the text: what is kept in memory is then exactly what the next start will read.
        const changed = parseSettings(encodeSettings(change(data), 0)).data;
        await keeper.write(changed);
        data = changed;
        return changed;
      });
      // The next change begins whether this one could be written or not; only its own caller hears of a failure.
      last = result.catch(() => undefined);
      return result;
    },
    close: async () => {
      await last;
      if (isClosed) return;
      isClosed = true;
      keeper.close();
    },
  };
}
