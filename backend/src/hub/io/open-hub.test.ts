import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { loadSiteFolder } from '../../site/io/load-site-folder.ts';
import { openHub } from './open-hub.ts';

const example = fileURLToPath(new URL('../../../../examples/flower-room/site', import.meta.url));
/** What a process hears; `exit` aside, which a library may use to flush its files. */
const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'uncaughtException', 'unhandledRejection', 'message', 'disconnect'] as const;
const countListeners = (): readonly number[] => signals.map((signal) => process.listenerCount(signal));

const open = async () => {
  const data = mkdtempSync(join(tmpdir(), 'phloem-hub-'));
  const hub = await openHub({
    data,
    // No device listens there: the field is simply silent.
    site: loadSiteFolder(example, { simulator: 1 }),
    bundle: null,
    isDemonstration: true,
    why: null,
    panelFolder: null,
    publicUrl: null,
    version: '0.0.0',
    log: pino({ level: 'silent' }),
    onLinkSpent: () => undefined,
  });
  return {
    ...hub,
    [Symbol.asyncDispose]: async () => {
      await hub.close({ outputs: 'keep' });
      rmSync(data, { recursive: true, force: true });
    },
  };
};

it('runs hubs in one process, without listening and without a trace on the process', async () => {
  const before = countListeners();
  const environment = { ...process.env };
  {
    await using one = await open();
    await using two = await open();
    expect(one.store.log.epoch).not.toBe(two.store.log.epoch);
    expect(one.hub.view.layout.points.length).toBeGreaterThan(10);
    expect(one.store.log.head).toBeGreaterThan(0);
    expect(countListeners()).toEqual(before);
  }
  expect(countListeners()).toEqual(before);
  expect(process.env).toEqual(environment);
});

it('listens on a free port only after listen, and answers there', async () => {
  await using hub = await open();
  const port = await hub.listen(0);
  const health = (await (await fetch(`http://127.0.0.1:${port}/healthz`)).json()) as { status: string; epoch: string };
  expect(health).toMatchObject({ status: 'ok', epoch: hub.store.log.epoch });
});
