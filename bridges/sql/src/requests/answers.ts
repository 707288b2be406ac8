import { renderReason, toIsoText, type DeviceState, type DeviceValue } from '@phloem/protocol';
import { quoteName, type Engine } from '../dialects/engine.ts';
import type { SqlValue } from '../sql-session.ts';

const types = {
  postgresql: { text: 'text', key: 'text', time: 'timestamptz', toTime: (n: number) => `to_timestamp($${n}::float8 / 1000)` },
  mariadb: { text: 'text', key: 'varchar(190)', time: 'datetime(3)', toTime: () => 'FROM_UNIXTIME(? / 1000)' },
  sqlite: { text: 'TEXT', key: 'TEXT', time: 'TEXT', toTime: () => "strftime('%Y-%m-%dT%H:%M:%fZ', ? / 1000.0, 'unixepoch')" },
} as const satisfies Record<Engine, object>;

const columns = ['requested', 'confirmed', 'phase', 'why', 'changed_at'] as const;

/** The table in which the program finds what came of its requests: one row for each device. */
export const toAnswerStatements = (engine: Engine, table: string): { readonly prepare: string; readonly put: string } => {
  const { text, key, time, toTime } = types[engine];
  const name = quoteName(engine, table);
  const parameters = [1, 2, 3, 4, 5].map((n) => (engine === 'postgresql' ? `$${n}` : '?'));
  const update =
    engine === 'mariadb'
      ? `ON DUPLICATE KEY UPDATE ${columns.map((column) => `${column} = VALUES(${column})`).join(', ')}`
      : `ON CONFLICT (device) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`;
  return {
    prepare: `CREATE TABLE IF NOT EXISTS ${name} (device ${key} PRIMARY KEY, requested ${text}, confirmed ${text}, phase ${text}, why ${text}, changed_at ${time})`,
    put: `INSERT INTO ${name} (device, ${columns.join(', ')}) VALUES (${parameters.join(', ')}, ${toTime(6)}) ${update}`,
  };
};

const toText = (value: DeviceValue | null): string | null => {
  if (value === null) return null;
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
};

/** What is written of a device. `confirmed` alone was read back from it. */
export const toAnswer = ({ id, requested, confirmed, phase, why, since }: DeviceState): readonly SqlValue[] => [
  id,
  toText(requested),
  toText(confirmed),
  phase,
  why === null ? null : renderReason(why, { time: toIsoText }).slice(0, 400),
  since,
];
