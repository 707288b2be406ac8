import { fileURLToPath } from 'node:url';
import { quantities, type Reading } from '@phloem/protocol';
import { filter, first, firstValueFrom, scan } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { loadSite, planBlocks, readFolder, readProfiles } from '@phloem/backend/documents';
import { openSimulator } from '@phloem/simulator';
import { openField } from '@phloem/backend';

const files = readFolder(fileURLToPath(new URL('../../examples/flower-room/site/', import.meta.url)));

const openRoom = async () => {
  const simulator = await openSimulator({ port: 0, controlPort: 0, seed: 3 });
  const { site } = loadSite(files, readProfiles(), { busPorts: { simulator: simulator.port } });
  const field = openField(site);
  const device = (id: string) => {
    const found = site.devices.find((candidate) => candidate.id === id);
    if (found === undefined) throw new Error(`no device ${id}`);
    return found;
  };
  return {
    simulator,
    site,
    field,
    device,
    [Symbol.asyncDispose]: async () => {
      await field.close();
      await simulator.close();
    },
  };
};

describe('the demonstration site on the simulator', () => {
  it('brings a good reading of every point, within what its quantity can be', async () => {
    await using room = await openRoom();
    const seen$ = room.field.frames$.pipe(
      scan((known, frame) => {
        const told = Object.entries(frame.readings).map(
          ([name, reading]) => [`${frame.location}/${frame.cluster}/${name}`, reading] as const,
        );
        return new Map([...known, ...told]);
      }, new Map<string, Reading>()),
    );
    const byId = await firstValueFrom(seen$.pipe(first((known) => room.site.points.every(({ id }) => known.has(id)))));
    expect([...byId.keys()].toSorted()).toEqual(room.site.points.map((point) => point.id).toSorted());
    // The light of the day has not been counted since midnight.
    for (const point of room.site.points.filter(({ measurement }) => measurement !== 'dli')) {
      const reading = byId.get(point.id);
      const isPossible = Number(reading?.v) >= quantities[point.quantity].min;
      expect({ id: point.id, q: reading?.q, isPossible }).toEqual({ id: point.id, q: 'good', isPossible: true });
    }
  });

  it('moves a relay and a drive, and reads back what they really do', async () => {
    await using room = await openRoom();
    const reports = (id: string, value: unknown) =>
      firstValueFrom(
        room.field.deviceReports$.pipe(
          filter(({ device, outcome }) => device.id === id && outcome.kind === 'value' && outcome.value === value),
        ),
      );
    const moved = Promise.all([reports('flower_room/heater', true), reports('flower_room/exhaust_fan', 35)]);
    expect(await room.field.write(room.device('flower_room/heater'), true)).toEqual({ kind: 'echoed' });
    expect(await room.field.write(room.device('flower_room/exhaust_fan'), 35)).toEqual({ kind: 'echoed' });
    await moved;
    expect(room.simulator.state()).toMatchObject({ relays: { heater: { contact: true } } });
  });

  it('[DE6] a stuck relay answers the write and still reads back as it was', async () => {
    await using room = await openRoom();
    room.simulator.inject({ kind: 'stick', relay: 'heater' });
    expect(await room.field.write(room.device('flower_room/heater'), true)).toEqual({ kind: 'echoed' });
    expect(await room.field.readBack(room.device('flower_room/heater'))).toEqual({ kind: 'value', value: false });
  });

  it('[FB9] reads every unit of the room by one request a cycle', async () => {
    await using room = await openRoom();
    const blocks = planBlocks(room.site, { maxGap: 124, maxCount: 2000 });
    const values = blocks.flatMap((block) => block.items);
    expect(blocks.length).toBe(
      new Set(values.map((item) => (item.kind === 'point' ? item.point.source.unit : item.device.readBack.unit))).size,
    );
  });
});
