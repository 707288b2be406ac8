import { encodeSettings, parseSettings } from './settings-text.ts';
import type { Settings, SettingsData } from './settings.ts';

/** Where settings are kept, opened. `write` resolves when they are on disk, and rejects with nothing changed. */
export type SettingsFile = {
  readonly data: SettingsData;
  readonly notice: string | null;
  write(data: SettingsData): Promise<void>;
  close(): void;
};

/** Makes the hub's settings over a file: one change at a time, memory after disk. */
export function openSettings(file: SettingsFile): Settings {
  let { data } = file;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  return {
    get data() {
      return data;
    },
    notice: file.notice,
    update: (change) => {
      const result = last.then(async () => {
        if (isClosed) throw new Error('the settings are closed');
        // By way of the text: what is kept in memory is then exactly what the next start will read.
        const changed = parseSettings(encodeSettings(change(data), 0)).data;
        await file.write(changed);
        data = changed;
        return changed;
      });
      // The next change begins whether this one could be written or not; only its own caller learns of a failure.
      last = result.catch(() => undefined);
      return result;
    },
    close: async () => {
      await last;
      if (isClosed) return;
      isClosed = true;
      file.close();
    },
  };
}
