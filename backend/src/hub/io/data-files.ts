import { join } from 'node:path';

/** The files of a data folder, by absolute path when the folder's path is absolute. */
export const dataFiles = (data: string) =>
  ({
    store: join(data, 'hub.db'),
    history: join(data, 'history.db'),
    settings: join(data, 'settings.json'),
    adminToken: join(data, 'secrets/admin.token'),
    automationToken: join(data, 'secrets/automation-1.token'),
    automation: join(data, 'automation'),
    ledger: join(data, 'simulator-ledger.jsonl'),
  }) as const;
