import { describe, expect, it } from 'vitest';
import { openMesh, type LedgerRow } from '../support/mesh.ts';
import { until } from '../support/until.ts';

const ledger = async (mesh: Awaited<ReturnType<typeof openMesh>>): Promise<readonly LedgerRow[]> =>
  (await mesh.plant<{ entries: readonly LedgerRow[] }>('GET', '/ledger')).entries;

describe('from a register to a relay', () => {
  it('[CO5, DE6] a value changed in the plant becomes a confirmed device state that says why', async () => {
    await using mesh = await openMesh();
    for (const cluster of ['front', 'middle', 'back']) {
      await mesh.plant('POST', '/faults', { kind: 'freeze', register: `${cluster}/humidity`, value: 90 });
    }
    const device = await until(
      'the dehumidifier confirmed on',
      () => mesh.device('flower_room/dehumidifier_1'),
      ({ phase, confirmed }) => phase === 'confirmed' && confirmed === true,
    );
    expect(device).toMatchObject({ wished: true, written: true });
    expect(device.why).toMatch(/vpd/i);
    const { relays } = await mesh.plant<{ relays: Record<string, { contact: boolean }> }>('GET', '/state');
    expect(relays['dehumidifier_1']?.contact).toBe(true);
    expect((await ledger(mesh)).length).toBeGreaterThan(0);
  });

  it('[DE6, DE8] a relay that sticks never reaches confirmed, and ends in an alarm', async () => {
    await using mesh = await openMesh({ withAutomation: false });
    await mesh.plant('POST', '/faults', { kind: 'stick', relay: 'dehumidifier_1' });
    for (const cluster of ['front', 'middle', 'back']) {
      await mesh.plant('POST', '/faults', { kind: 'freeze', register: `${cluster}/humidity`, value: 90 });
    }
    await mesh.startAutomation();
    const seen: string[] = [];
    await until(
      'the dehumidifier diverged',
      async () => {
        const { phase, confirmed } = await mesh.device('flower_room/dehumidifier_1');
        seen.push(`${phase} ${confirmed}`);
        return phase;
      },
      (phase) => phase === 'diverged',
    );
    expect(seen.filter((state) => state === 'confirmed true')).toEqual([]);
  });

  it('[RE1, RE3] a silenced unit turns stale, with its reason, and comes back', async () => {
    await using mesh = await openMesh();
    await until(
      'a first reading',
      () => mesh.point('flower_room/middle/temperature'),
      ({ value }) => typeof value === 'number',
    );
    const { id } = await mesh.plant<{ id: number }>('POST', '/faults', { kind: 'silence', unit: 2 });
    const stale = await until(
      'stale',
      () => mesh.point('flower_room/middle/temperature'),
      ({ quality }) => quality === 'stale',
    );
    expect(stale.value).toBeNull();
    expect(stale.why).not.toBeNull();
    await mesh.plant('DELETE', `/faults/${id}`);
    await until(
      'back',
      () => mesh.point('flower_room/middle/temperature'),
      ({ value }) => typeof value === 'number',
    );
  });
});

describe('what breaks and comes back', () => {
  it('[LE4] outputs go safe when the automation service is frozen, and come back when it is thawed', async () => {
    await using mesh = await openMesh();
    await until(
      'a wish confirmed',
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
});
