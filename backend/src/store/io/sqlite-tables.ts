import type { DocumentHash, Position, ScopeId } from '@phloem/protocol';
import type { SQLOutputValue } from 'node:sqlite';
import type { CommandRecord, NamedCursor, SourceRecord, StoredCheckpoint } from '../hub-store.ts';
import type { CheckpointHeader, StoreDisk } from '../store-disk.ts';
import type { Statements } from './sqlite-statements.ts';

type Row = Record<string, SQLOutputValue>;
type Tables = Pick<StoreDisk, 'facts' | 'cursors' | 'commands' | 'sources' | 'namedCursors' | 'documents' | 'checkpoints'>;

/** The tables beside the log. Calls `wrote` with the size of each checkpoint in bytes. */
export function createSqliteTables(sql: Statements, wrote: (bytes: number) => void): Tables {
  return {
    facts: {
      get: (name) => toText(sql.fact.get(name), 'text'),
      set: (name, text) => void sql.setFact.run(name, text),
    },
    cursors: {
      get: (scope: ScopeId): Position | null => {
        const row = sql.cursor.get(scope);
        return row === undefined ? null : { epoch: String(row['epoch']), lsn: Number(row['lsn']) };
      },
      set: (scope, { epoch, lsn }) => void sql.setCursor.run(scope, epoch, lsn),
      scopes: () => sql.scopes.all().map((row) => String(row['scope'])),
    },
    commands: {
      get: (id) => parse(toText(sql.command.get(id), 'record')) as CommandRecord | null,
      put: (record) => void sql.putCommand.run(record.id, record.accepted.lsn, record.stage, JSON.stringify(record)),
      open: () => sql.openCommands.all().map((row) => JSON.parse(String(row['record'])) as CommandRecord),
      forget: (to) => void sql.forget.run(to),
    },
    sources: {
      get: (source) => parse(toText(sql.source.get(source), 'record')) as SourceRecord | null,
      put: (source, record) => void sql.putSource.run(source, JSON.stringify(record)),
    },
    namedCursors: {
      get: (name) => {
        const row = sql.namedCursor.get(name);
        return row === undefined ? null : toNamedCursor(row);
      },
      list: () => sql.namedCursors.all().map(toNamedCursor),
      put: ({ name, node, epoch, lsn, committedAt }) => void sql.putNamedCursor.run(name, node, epoch, lsn, committedAt),
      remove: (name) => void sql.removeNamedCursor.run(name),
    },
    documents: {
      get: (hash: DocumentHash) => toText(sql.document.get(hash), 'text'),
      put: (hash, text) => void sql.putDocument.run(hash, text),
    },
    checkpoints: {
      put: ({ state, ...header }) => {
        wrote(state.length);
        sql.putCheckpoint.run(header.scope, header.cursor, JSON.stringify(header), state);
      },
      headers: () => sql.headers.all().map((row) => JSON.parse(String(row['header'])) as CheckpointHeader),
      get: (scope, cursor): StoredCheckpoint | null => {
        const row = sql.checkpoint.get(scope, cursor);
        const header = parse(toText(row, 'header')) as CheckpointHeader | null;
        return header === null ? null : { ...header, state: String(row?.['state']) };
      },
      remove: (scope, cursor) => void sql.removeCheckpoint.run(scope, cursor),
    },
  };
}

const toText = (row: Row | undefined, column: string): string | null => (row === undefined ? null : String(row[column]));

const toNamedCursor = (row: Row): NamedCursor => ({
  name: String(row['name']),
  node: String(row['node']),
  epoch: String(row['epoch']),
  lsn: Number(row['lsn']),
  committedAt: Number(row['committed_at']),
});

const parse = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
