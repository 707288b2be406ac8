import { createSeededRandom } from '@phloem/simulator';
import { factsOf, type DeviceValue, type Entry, type Quantity } from '@phloem/protocol';
import type { SiteModel } from '@phloem/rules';

/** What rooms usually have, where the whole range of a quantity would hardly ever meet a limit of a rule. */
const usual: Readonly<Partial<Record<Quantity, readonly [number, number]>>> = {
  temperature: [-6, 36],
  relative_humidity: [35, 98],
  vapour_pressure_deficit: [0.2, 2.4],
  mole_fraction: [300, 1800],
  ppfd: [0, 900],
  number: [0, 40],
  power: [0, 6000],
  energy: [0, 400],
  conductivity: [0.5, 3.5],
  ph: [4, 9],
  percent: [0, 100],
  level: [0, 2],
};

type Device = SiteModel['devices'][number];

const toValue = (device: Device, share: number): DeviceValue => {
  if (device.modes !== undefined) return device.modes[Math.floor(share * device.modes.length)]?.name ?? device.fallback;
  if (device.kind === 'switch' || device.kind === 'momentary') return share > 0.5;
  const { min, max } = device.range ?? { min: 0, max: 100 };
  return Math.round(min + share * (max - min));
};

const start = Date.UTC(2026, 2, 27, 4);
const paces = [1000, 1000, 2000, 5000, 20_000, 60_000, 240_000, 1_500_000] as const;
const stamp = { lsn: 0, at: 0, up: 0 } as const;

/** How long a stream is, at which pace (a changing one where none is given), and when it begins. */
export type StreamShape = { readonly steps?: number; readonly paceMs?: number; readonly startAt?: number };

/**
 * Days of a site by chance, the same each time: readings that stay, walk and jump, that are missing and not to be trusted;
 * devices that follow, are overridden and refuse; set-points that are moved.
 */
export const toStream = (
  site: SiteModel,
  setpoints: readonly string[],
  { steps = 160, paceMs, startAt = start }: StreamShape = {},
): readonly Entry[] => {
  const random = createSeededRandom(20_260_327);
  const shares = new Map(site.points.map(({ id }) => [id, random()]));
  const clusters = Map.groupBy(site.points, ({ id }) => id.split('/').slice(0, 2).join('/'));
  const entries: Record<string, unknown>[] = [];
  let up = 0;
  let pace: number = paceMs ?? paces[0];
  const take = (entry: Record<string, unknown>): void => {
    entries.push({ ...stamp, lsn: entries.length + 1, at: startAt + up, up, ...entry });
  };
  const read = ({ id, quantity }: SiteModel['points'][number]) => {
    const chance = random();
    const before = shares.get(id) ?? 0.5;
    const share = chance < 0.1 ? random() : Math.min(1, Math.max(0, before + (random() - 0.5) * 0.12));
    shares.set(id, share);
    if (chance > 0.985) return { v: null, q: 'bad' };
    const q = chance > 0.96 ? 'uncertain' : 'good';
    if (quantity === 'boolean') return { v: share > 0.6, q };
    const { min, max } = factsOf(quantity);
    const [from, to] = chance > 0.94 ? [min, max] : (usual[quantity] ?? [Math.max(min, -100), Math.min(max, 1000)]);
    return { v: Number((from + share * (to - from)).toFixed(3)), q };
  };
  take({ kind: 'pulse' });
  for (let step = 0; step < steps; step++) {
    if (step % 12 === 0 && paceMs === undefined) pace = paces[Math.floor(random() * paces.length)] ?? 1000;
    up += pace;
    for (const [name, points] of clusters) {
      if (random() < 0.12) continue;
      const [location, cluster] = name.split('/');
      take({
        kind: 'sensor',
        location,
        cluster,
        readings: Object.fromEntries(points.map((point) => [point.id.split('/')[2], read(point)])),
      });
    }
    const device = site.devices[Math.floor(random() * site.devices.length)];
    if (device !== undefined && random() < 0.5) {
      const phase = random() < 0.8 ? 'confirmed' : 'failed';
      take({ kind: 'device', device: device.id, phase, value: toValue(device, random()), by: { kind: 'hub' } });
    }
    if (device !== undefined && random() < 0.02) {
      take({
        kind: 'override',
        device: device.id,
        by: { kind: 'user', id: 'anna' },
        value: toValue(device, random()),
        forMs: 600_000,
        until: startAt + up + 600_000,
      });
    }
    const setpoint = setpoints[Math.floor(random() * setpoints.length)];
    if (setpoint !== undefined && random() < 0.03)
      take({ kind: 'offset', setpoint, by: { kind: 'user', id: 'anna' }, delta: 0.1, forMs: 900_000, until: startAt + up + 900_000 });
    take({ kind: 'pulse' });
  }
  return entries as unknown as readonly Entry[];
};
