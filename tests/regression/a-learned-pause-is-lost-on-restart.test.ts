import { createMemoryStore, openField, runHub } from '@phloem/backend';
import { NEVER, VirtualTimeScheduler } from 'rxjs';
import { expect, it } from 'vitest';
import { site, siteContent } from '../simulation/parts/documents.ts';

const learned = [{ bus: 'simulator', unit: 10, gapMs: 200 }];

// Finding a pause costs readings. After each restart the hub lost them again, until it had found the pause once more.
it('[FB15] a pause that was found between requests of a unit is known after a restart', async () => {
  const store = createMemoryStore({ clock: { at: () => 1_800_000_000_000, up: () => 1000 }, random: () => 0.5 });
  const scheduler = new VirtualTimeScheduler();
  const open = (pauses: typeof learned) =>
    openField(site, { scheduler, random: () => 0.5, pauses, dial: () => () => ({ send: () => undefined, end: () => undefined }) });
  const field = open(learned);
  runHub({
    store,
    site,
    siteText: siteContent,
    field,
    diagnostics: field.diagnostics,
    transport: { connections$: NEVER, close: () => Promise.resolve() },
    scheduler,
    random: () => 0.5,
    createId: () => 'session-00000001',
    authenticate: ({ role }) => ({ role }),
    nodeId: 'hub',
    run: 'hubrun-0001',
    notice: () => undefined,
  });

  // The next run of the hub opens its field with what the store has.
  const next = open([...(store.standing.get()?.pauses ?? [])]);
  expect(next.diagnostics.pauses()).toEqual(learned);
  await next.close();
});
