import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openMesh, type LedgerRow, type Mesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { until } from '../support/until.ts';

const lights = 'flower_room/lights';
const heater = 'flower_room/heater';
const latch = 'flower_room/safety/overtemp-heater';
/** The unit of the simulator that takes the percentage of the lights. */
const lightsUnit = 12;

/** The demonstration without the rule that dims the lights before the interlock has to, and with light at every hour. */
const newBundle = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-interlocks-'));
  cpSync(join(root, 'examples/flower-room/bundle'), folder, { recursive: true });
  const file = join(folder, '30-lights.yaml');
  const [withoutProtection = ''] = readFileSync(file, 'utf8').split('\n---\n');
  writeFileSync(file, `${withoutProtection.replace("{ expr: 'sp.light' }", '80')}\n`);
  return folder;
};

/** Every probe says `value` from now on; the disposable lets them go. */
const freeze = async (mesh: Mesh, value: number): Promise<AsyncDisposable> => {
  const faults = await Promise.all(
    ['front', 'middle', 'back'].map((cluster) =>
      mesh.simulator<{ id: number }>('POST', '/faults', { kind: 'freeze', register: `${cluster}/temperature`, value }),
    ),
  );
  return {
    [Symbol.asyncDispose]: async () => {
      for (const { id } of faults) await mesh.simulator('DELETE', `/faults/${id}`);
    },
  };
};

type Interlock = { readonly id: string; readonly state: string; readonly isResettable: boolean };
const interlock = async (mesh: Mesh, id: string): Promise<Interlock | undefined> =>
  (await mesh.get<Interlock[]>('/api/v1/interlocks')).find((one) => one.id === id);

const confirmed = (mesh: Mesh, id: string, value: boolean | number) =>
  until(
    `${id} at ${value}`,
    () => mesh.device(id),
    (device) => device.confirmed === value,
  );

describe('interlocks of the demonstration', () => {
  it('[DE1] [DE3] a room that is too hot limits the lights to 40 %, and says why; when it has cooled they come back', async () => {
    const bundle = newBundle();
    await using mesh = await openMesh({ bundle });
    await confirmed(mesh, lights, 80);
    {
      await using _ = await freeze(mesh, 40);
      await confirmed(mesh, lights, 40);
      const held = await until(
        'the request held',
        () => mesh.device(lights),
        ({ phase }) => phase === 'held',
      );
      expect(held).toMatchObject({ requested: 80, confirmed: 40, why: 'interlock flower_room/safety/overtemp-lights: 40 %' });

      const ask = (...args: readonly string[]) =>
        runToEnd([built.phloem, 'rules', 'why', ...args, '--port', String(mesh.port), '--data', mesh.data]);
      const why = await ask(lights, '--not', '80');
      expect(why.output).toMatch(
        /^flower_room\/lights is not 80 %, because the interlock flower_room\/safety\/overtemp-lights tripped: temp 40\.00 °C > 36\.00 °C\.$/m,
      );
      expect(why.output).toMatch(/schedule +flower_room\/lights-on 80 % {2}<- wins/);
      expect(why.output).toMatch(/tripped {2}flower_room\/safety\/overtemp-lights \(limit max 40\) since/);
      expect(why.code).toBe(0);
      expect(await ask('flower_room/light')).toMatchObject({
        code: 2,
        output: 'phloem: the site has no device flower_room/light; did you mean flower_room/lights?\n',
      });
    }
    await confirmed(mesh, lights, 80);
    const { entries } = await mesh.simulator<{ entries: readonly LedgerRow[] }>('GET', '/ledger');
    const written = entries
      .filter(({ unit, kind }) => unit === lightsUnit && kind === 'write')
      .map(({ values }) => (values as readonly number[])[0] ?? 0);
    expect(written.slice(-3).map((value) => value / (written.at(-1) ?? 0))).toEqual([1, 0.5, 1]);
    rmSync(bundle, { recursive: true });
  });

  it('[DE3] [DE5] a latch outlives a hub that is killed, keeps the heater off, and is reset by a person', async () => {
    await using mesh = await openMesh();
    const reset = () => mesh.post(`/api/v1/interlocks/${encodeURIComponent(latch)}/reset`, {});
    {
      await using _ = await freeze(mesh, 40);
      await until(
        'the trip',
        () => interlock(mesh, latch),
        (one) => one?.state === 'tripped',
      );
      await mesh.hub().end('SIGKILL');
      await mesh.startHub();
    }
    await until(
      'the latch',
      () => interlock(mesh, latch),
      (one) => one?.state === 'latched',
    );
    // Cold enough to heat, and yet it does not.
    await using _ = await freeze(mesh, 20);
    const held = await until(
      'the request held',
      () => mesh.device(heater),
      ({ phase, why }) => phase === 'held' && why?.includes(latch) === true,
    );
    expect(held).toMatchObject({ requested: true, confirmed: false });
    await until(
      'resettable',
      () => interlock(mesh, latch),
      (one) => one?.isResettable === true,
    );
    const told = await runToEnd([built.phloem, 'interlock', 'reset', latch, '--port', String(mesh.port), '--data', mesh.data]);
    expect(told).toMatchObject({ code: 0, output: `${latch} is reset\n` });
    await confirmed(mesh, heater, true);
    await expect(reset()).rejects.toThrow('interlock/held');
  });
});
