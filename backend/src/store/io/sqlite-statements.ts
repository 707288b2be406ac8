import type { DatabaseSync } from 'node:sqlite';

/** The statements of all tables but the entries that are read, prepared once. */
export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(database: DatabaseSync) {
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    rollback: database.prepare('ROLLBACK'),
    append: database.prepare('INSERT INTO entries (lsn, at, up, position, checksum, body) VALUES (?, ?, ?, ?, ?, ?)'),
    fact: database.prepare('SELECT text FROM facts WHERE name = ?'),
    setFact: database.prepare('INSERT INTO facts (name, text) VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text'),
    cursor: database.prepare('SELECT epoch, lsn FROM cursors WHERE scope = ?'),
    setCursor: database.prepare(
      'INSERT INTO cursors (scope, epoch, lsn) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET epoch = excluded.epoch, lsn = excluded.lsn',
    ),
    scopes: database.prepare('SELECT scope FROM cursors ORDER BY scope'),
    command: database.prepare('SELECT record FROM commands WHERE id = ?'),
    putCommand: database.prepare(
      'INSERT INTO commands (id, accepted, stage, record) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET accepted = excluded.accepted, stage = excluded.stage, record = excluded.record',
    ),
    openCommands: database.prepare("SELECT record FROM commands WHERE stage <> 'ended' ORDER BY accepted, rowid"),
    forget: database.prepare("DELETE FROM commands WHERE stage = 'ended' AND accepted <= ?"),
    source: database.prepare('SELECT record FROM sources WHERE source = ?'),
    putSource: database.prepare('INSERT INTO sources VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record'),
    namedCursor: database.prepare('SELECT * FROM named_cursors WHERE name = ?'),
    namedCursors: database.prepare('SELECT * FROM named_cursors ORDER BY name'),
    putNamedCursor: database.prepare(
      'INSERT INTO named_cursors VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET node = excluded.node, epoch = excluded.epoch, lsn = excluded.lsn, committed_at = excluded.committed_at',
    ),
    removeNamedCursor: database.prepare('DELETE FROM named_cursors WHERE name = ?'),
    document: database.prepare('SELECT text FROM documents WHERE hash = ?'),
    putDocument: database.prepare('INSERT INTO documents (hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    headers: database.prepare('SELECT header FROM checkpoints ORDER BY cursor, scope'),
    checkpoint: database.prepare('SELECT header, state FROM checkpoints WHERE scope = ? AND cursor = ?'),
    putCheckpoint: database.prepare(
      'INSERT INTO checkpoints (scope, cursor, header, state) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET header = excluded.header, state = excluded.state',
    ),
    freePages: database.prepare('PRAGMA freelist_count'),
    removeCheckpoint: database.prepare('DELETE FROM checkpoints WHERE scope = ? AND cursor = ?'),
  };
}
