import { createParse, Fault } from '@phloem/protocol';
import { SettingsData } from './settings.ts';

/** The shape of the file. A change of shape raises it, and adds the step from the one before. */
export const settingsVersion = 3;

const parseData = createParse(SettingsData, 'the settings');

/** The text of a settings file. `generation` counts the writes. */
export const encodeSettings = (data: SettingsData, generation: number): string =>
  `${JSON.stringify({ version: settingsVersion, generation, data }, null, 2)}\n`;

/**
 * Reads a settings file.
 *
 * @throws Fault `store/newer` for a file of a newer version, `store/damaged` for a text that is no settings file,
 * `protocol/invalid` for one whose content breaks a rule.
 */
export function parseSettings(text: string): { readonly data: SettingsData; readonly generation: number } {
  const file = parseJson(text);
  if (typeof file !== 'object' || file === null || !('version' in file) || typeof file.version !== 'number') {
    throw new Fault('store/damaged', 'it is not a settings file');
  }
  if (file.version > settingsVersion) {
    throw new Fault(
      'store/newer',
      `it was written by a newer version of Phloem (settings ${file.version}; this one knows ${settingsVersion})`,
    );
  }
  if (!('generation' in file) || typeof file.generation !== 'number' || !Number.isSafeInteger(file.generation) || !('data' in file)) {
    throw new Fault('store/damaged', 'it is not a settings file');
  }
  return { data: freeze(parseData(file.data)), generation: file.generation };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) => {
      // Kept as an own key it would pass every check, and become the prototype of the first copy that is made of it.
      if (key === '__proto__' || key === 'constructor' || key === 'prototype')
        throw new Fault('store/damaged', `the key ${key} is not allowed`);
      return value;
    });
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('store/damaged', 'it is not valid JSON', { cause: error });
  }
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) freeze(part);
    Object.freeze(value);
  }
  return value;
}
