import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { historySchemaVersion, qualityCodes } from '../../history/io/history-schema.ts';
import { openStoredLog } from '../../store/io/inspect/open-stored-log.ts';
import type { BacktestLog } from '../prepare-backtest.ts';
import type { PastSource } from '../simulated-past.ts';

/** The files of a data folder that a back-test reads. */
export type BacktestFiles = { readonly store: string; readonly history: string };

/**
 * Opens the log of a data folder, and the simulated past of a demonstration, for reading; also while a hub uses them.
 *
 * @throws Fault as `openStoredLog`.
 */
export const openBacktestLog = ({ store, history }: BacktestFiles): BacktestLog & Disposable => {
  const log = openStoredLog(store);
  const past = openPast(history);
  return {
    ...log,
    ...(past !== null && { past }),
    [Symbol.dispose]: () => {
      past?.close();
      log[Symbol.dispose]();
    },
  };
};

/** A history that is not there, or that another version has written, has no past for a back-test. */
const openPast = (path: string): (PastSource & { readonly close: () => void }) | null => {
  if (!existsSync(path)) return null;
  const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  const found = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (found !== historySchemaVersion) {
    database.close();
    return null;
  }
  const fact = database.prepare('SELECT text FROM facts WHERE name = ?');
  const points = database.prepare('SELECT n, id FROM points ORDER BY id');
  const samples = database.prepare('SELECT at, v, q FROM raw WHERE point = ? AND at >= ? AND at < ? AND lsn = 0');
  const time = (name: string): number | null => {
    const at: unknown = JSON.parse(String(fact.get(name)?.['text'] ?? 'null'));
    return typeof at === 'number' ? at : null;
  };
  return {
    reach: () => {
      const [from, to] = [time('simulatedFrom'), time('simulatedTo')];
      return from === null || to === null ? null : { from, to };
    },
    read: (from, to) =>
      points
        .all()
        .flatMap(({ n, id }) =>
          samples.all(Number(n), from, to).map(({ at, v, q }) => ({
            point: String(id),
            at: Number(at),
            v: v === null ? null : Number(v),
            q: qualityCodes[Number(q)] ?? 'bad',
          })),
        )
        .toSorted((a, b) => a.at - b.at),
    close: () => database.close(),
  };
};
