import { expect, it } from 'vitest';
import { startProcess } from '../support/process.ts';
import { freezeAt, thaw } from './strike.ts';

/** Comes to the places around a sync when it is asked to, and reports that afterwards. */
const script = `
  import { createHubFailpoints } from './tests/faults/entries/hub-failpoints.ts';
  const disk = createHubFailpoints().disk({ sync: async () => undefined });
  process.on('message', (message) => {
    if (message.sync === true) void disk.sync().then(() => process.send({ synced: true }));
  });
  process.send({ ready: true });
`;

it('thaws a process for good that was frozen before it came to the place', async () => {
  const args = ['--conditions=phloem-src', '--input-type=module', '-e', script];
  const process = await startProcess('script', args);
  const part = { name: 'script', now: () => process, start: async () => process, revive: async () => undefined };
  try {
    expect(await freezeAt(part, 'sync.before', 1)).toMatchObject({ place: 'anywhere' });
    const synced = process.next((message) => (message as { synced?: boolean }).synced);
    // It learns of this first, and so comes to the place before the order is taken back.
    process.tell({ sync: true });
    await thaw(part);
    expect(await synced).toBe(true);
  } finally {
    await process.end('SIGKILL');
  }
});
