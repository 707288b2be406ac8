import { describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { until } from '../support/until.ts';

const id = 'flower_room/middle/temperature';

const phloem = async (mesh: Mesh, ...args: readonly string[]) =>
  runToEnd([built.phloem, 'point', ...args, '--port', String(mesh.port), '--data', mesh.data]);

describe('phloem point', () => {
  it('[RE2] [RE5] a correction shows at once, keeps what the instrument said, and outlives a kill of the hub', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const held = await mesh.simulator<{ id: number }>('POST', '/faults', { kind: 'freeze', register: 'middle/temperature', value: 25 });
    expect(held.id).toBeGreaterThan(0);
    const shows = (value: number, quality: string) =>
      until(
        `${id} at ${value}, ${quality}`,
        () => mesh.point(id),
        (point) => point.value === value && point.quality === quality,
      );
    await shows(25, 'good');

    const far = ['calibrate', id, '--pair', '24.6=45', '--instrument', 'HM70', '--reason', 'monthly'];
    expect(await phloem(mesh, ...far)).toMatchObject({
      code: 2,
      output: expect.stringMatching(/reference 24\.6 °C and the reading 45 °C are 20\.4 K apart.*--confirm/) as string,
    });
    const made = await phloem(mesh, 'calibrate', id, '--pair', '24.6=25', '--instrument', 'HM70', '--reason', 'monthly');
    expect(made.output).toContain('reference 24.6: as found 25, as left 24.6');
    await shows(24.6, 'good');
    const again = await phloem(mesh, 'calibrate', id, '--pair', '24.6=25', '--instrument', 'HM70', '--reason', 'monthly, too');
    expect(again).toMatchObject({
      code: 2,
      output: expect.stringMatching(/calibrated .* at .*\(monthly\).*use --seen [0-9a-f]{8}/) as string,
    });
    await shows(24.6, 'good');

    const out = await phloem(mesh, 'maintain', id, '--for', '2h', '--reason', 'probe swapped');
    expect(out.output).toContain('OUT OF USE');
    await shows(24.6, 'maintenance');

    await mesh.hub().end('SIGKILL');
    await mesh.startHub();
    expect((await shows(24.6, 'maintenance')).why).toContain('probe swapped');

    await phloem(mesh, 'release', id, '--reason', 'done');
    await phloem(mesh, 'uncalibrate', id, '--reason', 'it was the reference');
    await shows(25, 'good');
    const none = await phloem(mesh, 'maintain', 'flower_room/middle/nothing', '--reason', 'x');
    expect(none).toMatchObject({ code: 2, output: expect.stringContaining('the site has no point flower_room/middle/nothing') });
  });
});
