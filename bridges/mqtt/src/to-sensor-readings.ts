import type { IngestReading, PointId } from '@phloem/protocol';

/** Which messages of a broker are readings of which points. */
export type SensorMapping = {
  /**
   * For each topic, the points and where in the payload their values are: `temperature`, `AM2301.Temperature`, or `$` for a payload that
   * is the value itself. `{name}` in a topic stands for one level, and for the same word in a point.
   */
  readonly topics: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Words for levels that cannot be part of a point. */
  readonly names?: Readonly<Record<string, string>>;
};

/** What a message says. `isReadable` is false where it is neither JSON nor a value. */
export type SensorMessage = { readonly readings: Readonly<Record<PointId, IngestReading>>; readonly isReadable: boolean };

export type SensorReader = {
  /** What must be subscribed to. */
  readonly filters: readonly string[];
  readonly read: (topic: string, payload: string) => SensorMessage;
};

const levelPattern = /^\{([A-Za-z_][A-Za-z0-9_]*)\}$/;
const wordPattern = /^[a-z][a-z0-9_]{0,62}$/;

/** Pure: makes the reader of a mapping. */
export const createSensorReader = ({ topics, names = {} }: SensorMapping): SensorReader => {
  const known = Object.entries(topics).map(([template, points]) => ({ levels: template.split('/'), points: Object.entries(points) }));
  return {
    filters: known.map(({ levels }) => levels.map((level) => (levelPattern.test(level) ? '+' : level)).join('/')),
    read: (topic, payload) => {
      const readings: Record<PointId, IngestReading> = {};
      let isReadable = true;
      for (const { levels, points } of known) {
        const words = matchTopic(levels, topic.split('/'));
        if (words === null) continue;
        const content = parsePayload(payload);
        isReadable &&= content !== undefined;
        for (const [template, path] of points) {
          const point = toPoint(template, words, names);
          const value = content === undefined ? undefined : findValue(content, path);
          // A sensor may send only what has changed.
          if (point !== null && value !== undefined) readings[point] = toReading(value, path);
        }
      }
      return { readings, isReadable };
    },
  };
};

const matchTopic = (levels: readonly string[], topic: readonly string[]): ReadonlyMap<string, string> | null => {
  if (levels.length !== topic.length) return null;
  const words = new Map<string, string>();
  for (const [index, level] of levels.entries()) {
    const name = levelPattern.exec(level)?.[1];
    if (name !== undefined) words.set(name, topic[index] ?? '');
    else if (level !== topic[index]) return null;
  }
  return words;
};

const toPoint = (template: string, words: ReadonlyMap<string, string>, names: Readonly<Record<string, string>>): PointId | null => {
  const parts = template.split('/').map((part) => {
    const name = levelPattern.exec(part)?.[1];
    if (name === undefined) return part;
    const said = words.get(name) ?? '';
    return Object.hasOwn(names, said) ? (names[said] ?? '') : said;
  });
  return parts.every((part) => wordPattern.test(part)) ? parts.join('/') : null;
};

/** JSON, or the bare text of a value; undefined where it is nothing. */
const parsePayload = (payload: string): unknown => {
  try {
    return JSON.parse(payload);
  } catch {
    const text = payload.trim();
    return text === '' || text.startsWith('{') || text.startsWith('[') ? undefined : text;
  }
};

const findValue = (content: unknown, path: string): unknown => {
  if (path === '$') return content;
  let found: unknown = content;
  for (const key of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
};

const words: Readonly<Record<string, boolean>> = { on: true, off: false, true: true, false: false, open: true, closed: false };

const toReading = (value: unknown, path: string): IngestReading => {
  if (typeof value === 'boolean') return { v: value };
  if (typeof value === 'number' && Number.isFinite(value)) return { v: value };
  if (value === null) return { v: null, why: `${path} is null` };
  if (typeof value !== 'string') return { v: null, why: `${path} is no value` };
  const word = words[value.toLowerCase()];
  if (word !== undefined) return { v: word };
  const number = value.trim() === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) ? { v: number } : { v: null, why: `${path} is no value: ${value.slice(0, 60).toWellFormed()}` };
};
