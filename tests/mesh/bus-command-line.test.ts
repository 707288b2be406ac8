import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openMesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { until } from '../support/until.ts';

type Health = { bus: string; load: number; units: { unit: number; requests: number; p95: number | null; names: string[] }[] }[];
type Read = { outcome: string; values: number[]; why: string | null };
type Transaction = { n: number; unit: number; outcome: string; sent: string; received: string; rank: string };

describe('phloem bus, beside a hub that runs', () => {
  it('[FB2, FB13, LA4] scans, reads, watches and says how the units answer, all through the hub', async () => {
    await using mesh = await openMesh({ withAutomation: false, bundle: null });
    const bus = (...args: readonly string[]) => runToEnd([built.phloem, 'bus', ...args, '--port', String(mesh.port), '--data', mesh.data]);
    const { value } = await until(
      'a first reading',
      () => mesh.point('flower_room/front/temperature'),
      (point) => typeof point.value === 'number',
    );

    const read = await bus('read', '1/i1', '--count', '2', '--json');
    const { outcome, values } = JSON.parse(read.output) as Read;
    expect({ code: read.code, outcome }).toEqual({ code: 0, outcome: 'answered' });
    // The register holds tenths of a degree, and moves on while the test reads.
    expect(Math.abs(Number(values[0]) / 10 - Number(value))).toBeLessThan(2);

    const refused = await bus('read', '1/40012', '--count', '1');
    expect(refused.output).toContain('02: this unit has no register 40012; most often off by one (40001 is address 0)');
    expect(refused.code).toBe(1);

    const scan = await bus('scan', '--units', '1-3,20', '--share', '100');
    expect(scan.output).toMatch(/scans 4 units of simulator .* blocks the line for 500 ms/);
    expect(scan.output).toMatch(/unit +1 .*is present.*front_canopy/);
    expect(scan.output).toMatch(/3 units found at 4 of 4 addresses/);
    expect(scan.code).toBe(0);

    const watch = await bus('watch', '--unit', '2', '--count', '3', '--json');
    const seen = watch.output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Transaction] : []));
    expect(seen.map(({ unit, outcome: end }) => [unit, end])).toEqual(Array.from({ length: 3 }, () => [2, 'answered']));
    expect(seen[0]?.sent).toMatch(/^.. .. 00 00 00 06 02 04 00 00 00 02$/);

    const health = await bus('health', '--json');
    const [simulator] = JSON.parse(health.output) as Health;
    expect(simulator?.units.map(({ unit }) => unit)).toEqual([1, 2, 3, 4, 10, 11, 12, 21, 22, 24, 25, 26, 27, 31, 32, 33, 34, 35]);
    expect(simulator?.units[0]).toMatchObject({ names: ['front_canopy'] });
    const metrics = await (await fetch(`${mesh.url}/metrics`)).text();
    expect(metrics).toMatch(/^phloem_bus_load\{bus="simulator"\} 0\.\d+$/m);
    expect(metrics).toMatch(/^phloem_unit_requests\{bus="simulator",unit="1"\} \d+$/m);
    expect((await bus('health')).output).toMatch(/bus simulator: (up|partial), Modbus TCP/);
  });

  it('says in a sentence what cannot be done', async () => {
    await using mesh = await openMesh({ withAutomation: false, bundle: null });
    const bus = (...args: readonly string[]) => runToEnd([built.phloem, 'bus', ...args, '--port', String(mesh.port), '--data', mesh.data]);
    for (const [args, says] of [
      [['read', '1/40012', '--bus', 'cellar'], /^phloem: the site has no bus cellar; it has simulator$/m],
      [['read', '40012'], /^phloem: name the unit: 3\/40012/m],
      [['read', '1/twelve'], /^phloem: "1\/twelve" is not a register: use 40012 or h12/m],
      [['scan', '--units', '1', '--baud', 'usual'], /^phloem: simulator is Modbus TCP .*: the hub cannot set its speed/m],
      [['scan', '--baud', 'fast'], /"fast" is not a speed; use 9600,19200, or usual/m],
      [['watch', '--point', 'flower_room/front/vpd'], /^phloem: no register is read for flower_room\/front\/vpd/m],
    ] as const) {
      const { code, output } = await bus(...args);
      expect(output).toMatch(says);
      expect(output).not.toMatch(/ {4}at /);
      expect(code).toBe(2);
    }
    const nobody = await runToEnd([built.phloem, 'bus', 'health', '--port', '1', '--data', mesh.data]);
    expect(nobody.output).toMatch(/^phloem: no hub answers on port 1; start one/m);
    const nowhere = await runToEnd([built.phloem, 'bus', 'health', '--data', mkdtempSync(join(tmpdir(), 'phloem-no-hub-'))]);
    expect(nowhere.output).toMatch(/^phloem: no hub has run with this data folder yet/m);
  });
});
