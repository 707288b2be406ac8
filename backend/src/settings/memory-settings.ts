import { openSettings } from './open-settings.ts';
import { noSettings, type Settings, type SettingsData } from './settings.ts';

/** Makes settings that end with the process, by the same rules as those on disk. */
export const createMemorySettings = (data: SettingsData = noSettings): Settings =>
  openSettings({ data, notice: null, write: () => Promise.resolve(), close: () => undefined });
