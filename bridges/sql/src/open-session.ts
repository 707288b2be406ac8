import { openMariadbSession } from './io/mariadb-session.ts';
import { openPostgresSession } from './io/postgres-session.ts';
import { openSqliteSession } from './io/sqlite-session.ts';
import type { SqlSession } from './sql-session.ts';

/** The database of another program. */
export type Origin =
  | { readonly kind: 'postgresql' | 'mariadb'; readonly url: string; readonly password?: string }
  | { readonly kind: 'sqlite'; readonly file: string };

/** Opens one connection to it. `name` is shown in the list of sessions of a server. */
export const openSession = (origin: Origin, use: 'read' | 'write', name: string): Promise<SqlSession> => {
  switch (origin.kind) {
    case 'postgresql': {
      const { kind: _, ...address } = origin;
      return openPostgresSession({ ...address, name });
    }
    case 'mariadb': {
      const { kind: _, ...address } = origin;
      return openMariadbSession(address);
    }
    case 'sqlite':
      return openSqliteSession({ file: origin.file, use });
    default:
      return origin satisfies never;
  }
};
