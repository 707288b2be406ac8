import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeviceEntry, Entry } from '@phloem/protocol';
import { filter, firstValueFrom, map, takeWhile, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { openMesh, type LedgerRow, type Mesh } from '../support/mesh.ts';
import { until } from '../support/until.ts';
import { watchMesh } from '../support/watch.ts';

/** Every probe says 90 % from now on. */
const makeHumid = async (mesh: Mesh): Promise<void> => {
  for (const cluster of ['front', 'middle', 'back'])
    await mesh.simulator('POST', '/faults', { kind: 'freeze', register: `${cluster}/humidity`, value: 90 });
};

const ledger = async (mesh: Mesh): Promise<readonly LedgerRow[]> =>
  (await mesh.simulator<{ entries: readonly LedgerRow[] }>('GET', '/ledger')).entries;

describe('from a register to a relay', () => {
  it('[CO5, DE6] a value changed in the simulator becomes a confirmed device state that says why', async () => {
    await using mesh = await openMesh();
    await makeHumid(mesh);
    const device = await until(
      'the dehumidifier confirmed on',
      () => mesh.device('flower_room/dehumidifier_1'),
      ({ phase, confirmed }) => phase === 'confirmed' && confirmed === true,
    );
    expect(device).toMatchObject({ requested: true, written: true });
    expect(device.why).toMatch(/vpd/i);
    const { relays } = await mesh.simulator<{ relays: Record<string, { contact: boolean }> }>('GET', '/state');
    expect(relays['dehumidifier_1']?.contact).toBe(true);
    expect((await ledger(mesh)).length).toBeGreaterThan(0);
  });

  it('[DE6, DE8] a relay that sticks never reaches confirmed, and ends in an alarm', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await using watch = await watchMesh(mesh);
    const phases = firstValueFrom(
      watch.entries$.pipe(
        filter((entry: Entry): entry is DeviceEntry => entry.kind === 'device' && entry.device === 'flower_room/dehumidifier_1'),
        takeWhile(({ phase }) => phase !== 'discrepancy', true),
        map(({ phase, value }) => `${phase} ${value}`),
        toArray(),
      ),
    );
    await mesh.simulator('POST', '/faults', { kind: 'stick', relay: 'dehumidifier_1' });
    await makeHumid(mesh);
    await mesh.startAutomation();
    expect(await phases).not.toContain('confirmed true');
    const { alarms } = await until(
      'the alarm',
      () => watch.snapshot(),
      (snapshot) => snapshot.alarms.some(({ alarm, state }) => alarm.endsWith('/discrepancy') && state === 'active'),
    );
    expect(alarms).toContainEqual(
      expect.objectContaining({ alarm: 'device/flower_room/dehumidifier_1/discrepancy', priority: 'P2', state: 'active' }),
    );
    expect((await mesh.device('flower_room/dehumidifier_1')).confirmed).toBe(false);
  });

  it('[RE1, RE3] a silenced unit turns stale, with its reason, and comes back', async () => {
    await using mesh = await openMesh();
    await until(
      'a first reading',
      () => mesh.point('flower_room/middle/temperature'),
      ({ value }) => typeof value === 'number',
    );
    const { id } = await mesh.simulator<{ id: number }>('POST', '/faults', { kind: 'silence', unit: 2 });
    const stale = await until(
      'stale',
      () => mesh.point('flower_room/middle/temperature'),
      ({ quality }) => quality === 'stale',
    );
    expect(stale.value).toBeNull();
    expect(stale.why).not.toBeNull();
    await mesh.simulator('DELETE', `/faults/${id}`);
    await until(
      'back',
      () => mesh.point('flower_room/middle/temperature'),
      ({ value }) => typeof value === 'number',
    );
  });

  it('[RE1] a rule whose probes fall silent says that it is blind, holds for a while, and releases the device', async () => {
    await using mesh = await openMesh();
    await using watch = await watchMesh(mesh);
    await makeHumid(mesh);
    await until(
      'the dehumidifier on',
      () => mesh.device('flower_room/dehumidifier_1'),
      ({ phase, confirmed }) => phase === 'confirmed' && confirmed === true,
    );
    const blind = firstValueFrom(
      watch.entries$.pipe(
        filter((entry) => entry.kind === 'alarm' && entry.alarm === 'flower_room/dehumidify/unknown' && entry.state === 'active'),
      ),
    );
    for (const unit of [2, 3]) await mesh.simulator('POST', '/faults', { kind: 'silence', unit });
    await blind;
    const released = await until(
      'the dehumidifier let go',
      () => mesh.device('flower_room/dehumidifier_1'),
      ({ phase, confirmed }) => phase === 'confirmed' && confirmed === false,
      90_000,
    );
    expect(released.why).toMatch(/has had no known input for .*; off: no rule asks for it$/);
  });
});

describe('what breaks and comes back', () => {
  it('[LE4] outputs go safe when the automation service is frozen, and come back when it is thawed', async () => {
    await using mesh = await openMesh();
    await until(
      'a request confirmed',
      () => mesh.device('flower_room/exhaust_fan'),
      ({ phase }) => phase === 'confirmed',
    );
    mesh.automation().signal('SIGSTOP');
    await until(
      'safe',
      () => mesh.device('flower_room/exhaust_fan'),
      ({ phase }) => phase === 'safe',
    );
    mesh.automation().signal('SIGCONT');
    await until(
      'confirmed again',
      () => mesh.device('flower_room/exhaust_fan'),
      ({ phase }) => phase === 'confirmed',
    );
  });

  it('[EV1, IN2] a viewer gets each entry once while the hub is killed and started again', async () => {
    await using mesh = await openMesh();
    await using watch = await watchMesh(mesh);
    const lsns: number[] = [];
    using _ = toDisposable(watch.entries$.subscribe(({ lsn }) => lsns.push(lsn)));
    const moreEntries = async (): Promise<unknown> => {
      const reached = lsns.length + 20;
      return until(
        'entries',
        () => lsns.length,
        (count) => count > reached,
      );
    };
    for (let round = 0; round < 3; round += 1) {
      await moreEntries();
      await mesh.hub().end('SIGKILL');
      await mesh.startHub();
    }
    await moreEntries();
    const first = lsns[0] ?? 0;
    expect(lsns).toEqual(lsns.map((_lsn, index) => first + index));
  });

  it('[IN2, LE3] the engine sees each entry once while hub and service are killed and started again', async () => {
    const record = join(mkdtempSync(join(tmpdir(), 'phloem-record-')), 'record.jsonl');
    await using mesh = await openMesh({ recordTo: record });
    const read = (): readonly Stepped[] =>
      readFileSync(record, 'utf8')
        .split('\n')
        .filter((row) => row.endsWith('}'))
        .map((row) => JSON.parse(row) as Stepped);
    const moreSteps = async (): Promise<unknown> => {
      const reached = read().length + 20;
      return until(
        'steps of the engine',
        () => read().length,
        (count) => count > reached,
      );
    };
    await until(
      'the service at work',
      () => mesh.device('flower_room/lights'),
      ({ phase, requested }) => phase === 'confirmed' && requested !== null,
    );
    for (const victim of ['hub', 'automation', 'hub', 'automation'] as const) {
      await moreSteps();
      await mesh[victim]().end('SIGKILL');
      await (victim === 'hub' ? mesh.startHub() : mesh.startAutomation());
    }
    await moreSteps();

    const rows = read();
    const runs = new Map<string, number[]>();
    for (const { run, lsn } of rows) if (lsn !== undefined) runs.set(run, [...(runs.get(run) ?? []), lsn]);
    expect(runs.size).toBe(3);
    let reached = 0;
    for (const [run, steps] of runs) {
      const started = rows.find((row) => row.run === run)?.started?.lsn ?? 0;
      // A first plan learns how everything stands before it goes on; a run that was restored has that in its checkpoint.
      const lsns = started === 0 ? afterIntroduction(steps) : steps;
      const first = lsns[0] ?? 0;
      expect(lsns).toEqual(lsns.map((_lsn, index) => first + index));
      // A run goes on right after the checkpoint that it was restored from, and that is nothing newer than what was seen.
      expect(first).toBe(reached === 0 ? first : started + 1);
      expect(started).toBeLessThanOrEqual(reached);
      reached = Math.max(reached, lsns.at(-1) ?? 0);
    }
  });
});

/** The steps after the last one that does not follow the one before it, which must be among the first few. */
const afterIntroduction = (lsns: readonly number[]): readonly number[] => {
  const jump = lsns.slice(0, 80).findLastIndex((lsn, index) => index > 0 && lsn !== (lsns[index - 1] ?? 0) + 1);
  return lsns.slice(Math.max(0, jump));
};

/** What a service notes of itself: where its engine began, and each entry that it stepped. */
type Stepped = { readonly run: string; readonly lsn?: number; readonly started?: { readonly lsn: number } };

const toDisposable = (subscription: { unsubscribe(): void }): Disposable => ({ [Symbol.dispose]: () => subscription.unsubscribe() });
