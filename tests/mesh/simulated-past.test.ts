import { join } from 'node:path';
import { reasonRule, type BacktestStatus, type DeviceTimeline, type PointHistory, type SimulatedPastReach } from '@phloem/protocol';
import type { BacktestResult } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { readFolderFiles } from '../support/folder.ts';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';

const hourMs = 3_600_000;
const fill = (mesh: Mesh) =>
  runToEnd([built.past, '--port', String(mesh.port), '--token-file', join(mesh.data, 'secrets/admin.token'), '--hours', '2']);
const reachOf = (mesh: Mesh) => mesh.get<SimulatedPastReach>('/api/v1/history/simulated-past');

describe('a demonstration that has just been started', () => {
  it('is given a past that it has not lived, once, and marked as simulated', async () => {
    await using mesh = await openMesh();
    expect(await fill(mesh)).toMatchObject({ code: 0, output: expect.stringMatching(/"hours":2,"samples":[1-9]\d+/) as string });
    const { from, to, before } = await reachOf(mesh);
    expect(before).not.toBeNull();
    expect([from, to]).toEqual([Number(before) - 2 * hourMs, expect.toSatisfy((at: number) => Number(before) - at <= 10_000) as number]);

    const stretch = `from=${from}&to=${before}`;
    for (const point of [
      'flower_room/front/temperature',
      'flower_room/front/vpd',
      'propagation/bench/humidity',
      'cold_store/back/temperature',
    ]) {
      const history = await mesh.get<PointHistory>(`/api/v1/points/${encodeURIComponent(point)}/history?${stretch}&buckets=100`);
      const filled = history.mean.filter((mean) => mean !== null);
      expect(history.mean.length).toBeGreaterThan(50);
      expect(filled).toHaveLength(history.mean.length);
      // The last bucket is a whole minute, which may begin after the newest simulated sample and hold live ones alone.
      expect(history.isSimulated.slice(0, -1).every(Boolean)).toBe(true);
      // A room that is kept moves, and not far.
      expect(Math.max(...filled) - Math.min(...filled)).toBeGreaterThan(0.05);
      expect(Math.max(...filled) - Math.min(...filled)).toBeLessThan(20);
    }
    const { spans } = await mesh.get<DeviceTimeline>(`/api/v1/devices/${encodeURIComponent('flower_room/heater')}/timeline?${stretch}`);
    const made = spans.filter(({ isSimulated }) => isSimulated);
    expect(made.length).toBeGreaterThan(5);
    expect(made.some(({ value, why }) => value === true && why !== null && reasonRule(why) === 'flower_room/heat')).toBe(true);
    for (const [i, span] of made.slice(1).entries()) expect(span.from).toBe(made[i]?.to);
    // A device that nothing moved has a state all the same.
    for (const { id } of await mesh.get<{ id: string }[]>('/api/v1/devices')) {
      const known = (await mesh.get<DeviceTimeline>(`/api/v1/devices/${encodeURIComponent(id)}/timeline?${stretch}`)).spans;
      expect({ id, first: known[0] }).toMatchObject({ id, first: { from, isSimulated: true } });
    }

    // A second start finds it there.
    expect(await fill(mesh)).toEqual({ code: 0, output: '' });
    expect(await reachOf(mesh)).toEqual({ from, to, before });
  });

  it('[BT5] back-tests rules over that past, and says that nothing of it was recorded', async () => {
    await using mesh = await openMesh();
    await fill(mesh);
    const { from, before } = await reachOf(mesh);
    const text = readFolderFiles(join(root, 'examples/flower-room/bundle')).map((file) => file.text);
    const run = async (documents: string): Promise<BacktestResult> => {
      const { id } = await mesh.post<BacktestStatus>('/api/v1/backtests', { candidate: { documents }, from, to: Number(before) + 1000 });
      const ended = await until(
        'the end of a back-test',
        () => mesh.get<BacktestStatus>(`/api/v1/backtests/${id}`),
        ({ state }) => state !== 'waiting' && state !== 'running',
      );
      expect(ended.failure).toBeNull();
      return ended.result as BacktestResult;
    };
    const same = await run(text.join('\n---\n'));
    // The rules warm up for an hour, and the whole rest is from the simulated past.
    expect(same.coverage.simulatedPastMs).toBeGreaterThan(0.9 * hourMs);
    expect(same.coverage).toMatchObject({ absentMs: 0, lostMs: 0 });
    expect(same.coverage.knownMs - same.coverage.simulatedPastMs).toBeLessThan(2000);
    expect(same.devices.flatMap(({ apart }) => apart)).toEqual([]);
    expect(same.devices.some(({ candidate }) => candidate.starts.kind === 'known' && candidate.starts.value > 0)).toBe(true);
    // Decisions over a simulated past are not among those that were compared with the log.
    expect(same.reconciliation).toMatchObject({ mismatches: [] });
    expect(same.reconciliation?.decisions).toBeLessThan(30);

    const drier = text.join('\n---\n').replace('vpd < sp.vpd - kPa(0.07)', 'vpd < sp.vpd + kPa(0.05)');
    const changed = (await run(drier.replace('vpd > sp.vpd - kPa(0.02)', 'vpd > sp.vpd + kPa(0.10)'))).devices;
    expect(changed.find(({ device }) => device === 'flower_room/dehumidifier_1')?.firstDifference?.lsn).toBeLessThan(0);
  });

  it('is given none when it is a site of somebody', async () => {
    await using mesh = await openMesh({ site: join(root, 'tests/bench/room/site'), bundle: null, withAutomation: false });
    await until(
      'a life of its own',
      () => reachOf(mesh),
      ({ before }) => before !== null,
    );
    expect(await fill(mesh)).toMatchObject({ code: 1, output: expect.stringMatching(/this site is not a demonstration/) as string });
    expect((await reachOf(mesh)).from).toBeNull();
  });
});
