/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

// Only PASSIVE: the other modes block the hub's writer. The connection lasts as long as the checkpoint, so that the
// hub's own is the last one to close.
parentPort?.on('message', (order) => {
  if (order === 'end') {
    parentPort?.close();
    return;
  }
  const database = new DatabaseSync(String(workerData), { timeout: 5000 });
  try {
    database.exec('PRAGMA synchronous = NORMAL');
    const result = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get();
    // Closed before the hub learns of it, so that a hub that stops on this message is the last one.
    database.close();
    parentPort?.postMessage({ pages: Number(result?.['log'] ?? 0), moved: Number(result?.['checkpointed'] ?? 0) });
  } finally {
    if (database.isOpen) database.close();
  }
});
