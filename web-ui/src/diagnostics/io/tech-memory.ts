import { createParse, RegisterAnswers, type RegisterAnswer } from '@phloem/protocol';

const placesKey = 'phloem.registers';
const recentKey = 'phloem.recent-points';
const mostRecent = 8;

const parsePlaces = createParse(RegisterAnswers, 'the registers that this browser keeps');
const parseRecent = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);

const read = <T>(key: string, parse: (value: unknown) => T, none: T): T => {
  try {
    const text = localStorage.getItem(key);
    return text === null ? none : parse(JSON.parse(text));
  } catch {
    return none; // What an older panel kept, or a browser that forbids the store: begin with nothing.
  }
};
const write = (key: string, value: unknown): void => {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // A browser may forbid the store; what it would have kept is asked for again.
  }
};

/** The map of the registers as it was last seen: the find box works where the hub cannot be reached. */
export const readPlaces = (): readonly RegisterAnswer[] => read(placesKey, parsePlaces, []);
export const keepPlaces = (places: readonly RegisterAnswer[]): void => write(placesKey, places);

/** The points that were looked at last, the newest first. */
export const readRecent = (): readonly string[] => read(recentKey, parseRecent, []);
export const keepRecent = (id: string): void => write(recentKey, [id, ...readRecent().filter((one) => one !== id)].slice(0, mostRecent));
