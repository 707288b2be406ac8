import type { QueuedRequest, RequestOutcome, RequestQueue, SignOfLife } from '@phloem/bridge';
import { Fault } from '@phloem/protocol';
import { firstValueFrom, timer, type SchedulerLike } from 'rxjs';
import { quoteName, type Engine } from '../dialects/engine.ts';
import type { SqlSession } from '../sql-session.ts';
import {
  fromHubId,
  toHubId,
  toOutcomeValues,
  toRowId,
  toTableQueueStatements,
  toTableRequest,
  type TableQueueMapping,
  type TableQueueStatements,
} from './queue-statements.ts';
import { toLife, toLifeStatement } from './request-statements.ts';

export type TableQueueOptions = {
  readonly engine: Engine;
  readonly mapping: TableQueueMapping;
  readonly openSession: () => Promise<SqlSession>;
  readonly pollMs: number;
  readonly clock: SchedulerLike;
};

type Row = Readonly<Record<string, unknown>>;

/**
 * Reads a table as a queue: a row without a phase is a request, and has one when the bridge has answered it.
 *
 * @throws Fault `bridge/unreachable`, or `bridge/refused` when the table cannot be read or written, or its key may come twice.
 */
export const openTableQueue = async (options: TableQueueOptions): Promise<RequestQueue> => {
  const session = await options.openSession();
  const { engine, mapping } = options;
  const statements = toTableQueueStatements(engine, mapping);
  try {
    await checkKey(session, engine, mapping);
    await session.query(statements.rows(1));
    // A server without the right to write refuses this, though it changes nothing.
    const phase = quoteName(engine, mapping.outcome.phase);
    await session.query(`UPDATE ${quoteName(engine, mapping.table)} SET ${phase} = ${phase} WHERE 1 = 0`);
  } catch (error) {
    await session.close();
    throw error;
  }
  return new TableQueue(session, statements, options);
};

/** The columns of unique keys that have one column. */
const keys: Readonly<Record<Engine, (table: string) => { readonly text: string; readonly values: readonly string[] }>> = {
  postgresql: (table) => ({
    text:
      'SELECT attname AS name FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] ' +
      'WHERE indrelid = to_regclass($1) AND indisunique AND indnkeyatts = 1 AND indpred IS NULL',
    values: [quoteName('postgresql', table)],
  }),
  mariadb: (table) => {
    const [name = '', schema = null] = table.split('.').toReversed();
    return {
      text:
        'SELECT max(column_name) AS name FROM information_schema.statistics WHERE table_name = ? AND non_unique = 0 ' +
        `AND table_schema = ${schema === null ? 'DATABASE()' : '?'} GROUP BY index_name HAVING count(*) = 1`,
      values: [name, schema ?? []].flat(),
    };
  },
  sqlite: (table) => ({
    text: 'SELECT max(name) AS name FROM pragma_table_info(?) WHERE pk > 0 HAVING count(*) = 1',
    values: [table.split('.').at(-1) ?? table],
  }),
};

const checkKey = async (session: SqlSession, engine: Engine, { table, id }: TableQueueMapping): Promise<void> => {
  const { text, values } = keys[engine](table);
  const found = await session.query<{ readonly name: unknown }>(text, values);
  const isKey = found.some(({ name }) => String(name).toLowerCase() === id.toLowerCase());
  if (!isKey) throw new Fault('bridge/refused', `${table}.${id} is no primary key, so a request could act twice; make it the primary key`);
};

class TableQueue implements RequestQueue {
  readonly #session: SqlSession;
  readonly #statements: TableQueueStatements;
  readonly #options: TableQueueOptions;
  /** The keys of rows that were given and not settled, by their requests. */
  readonly #inHand = new Map<QueuedRequest, string>();

  constructor(session: SqlSession, statements: TableQueueStatements, options: TableQueueOptions) {
    this.#session = session;
    this.#statements = statements;
    this.#options = options;
  }

  async life(): Promise<SignOfLife> {
    const { engine, mapping } = this.#options;
    const [row] = await this.#session.query<Record<string, unknown>>(toLifeStatement(engine, mapping.alive));
    return toLife(mapping, row);
  }

  async take(max: number): Promise<readonly QueuedRequest[]> {
    const { mapping, pollMs, clock } = this.#options;
    const given = new Set(this.#inHand.values());
    const rows = await this.#session.query<Row>(this.#statements.rows(max + given.size));
    const fresh = rows.filter((row) => !given.has(toRowId(row))).slice(0, max);
    if (fresh.length === 0) await firstValueFrom(timer(pollMs, clock));
    return fresh.map((row) => {
      const request = toTableRequest(mapping, row);
      this.#inHand.set(request, toRowId(row));
      return request;
    });
  }

  async settle(request: QueuedRequest, outcome: RequestOutcome): Promise<void> {
    const key = this.#inHand.get(request);
    if (key === undefined) return;
    await this.#session.query(this.#statements.settle, [...toOutcomeValues(this.#options.mapping, outcome), key]);
    this.#inHand.delete(request);
  }

  async update(outcome: RequestOutcome): Promise<void> {
    const values = toOutcomeValues(this.#options.mapping, outcome);
    await this.#session.query(this.#statements.update, [...values, fromHubId(outcome.id)]);
  }

  async unfinished(): Promise<readonly string[]> {
    return (await this.#session.query<Row>(this.#statements.open)).map(toHubId).toReversed();
  }

  /** A table has no place for it; the phases of the requests show it. */
  async announce(): Promise<void> {}

  close(): Promise<void> {
    return this.#session.close();
  }
}
