import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '@phloem/protocol';
import { filter, firstValueFrom } from 'rxjs';
import { built } from '../../../support/process.ts';
import { openBenchHub, type BenchHub } from '../../peers/bench-hub.ts';
import type { Frame, Place, Way, Write } from '../way.ts';

// The number of a frame travels in its temperature, far below what the rule sees.
const step = 1e-4;
const toTemperature = ({ n, temperature }: Frame): number => temperature + n * step;
const toNumber = (temperature: number): number => Math.round((temperature - (temperature < 20 ? 10 : 30)) / step);

/** What the actuator was last set to; that outlives the hub. */
const readActuator = (folder: string): boolean => {
  const path = join(folder, 'ledger');
  return existsSync(path) && readFileSync(path, 'utf8').trimEnd().split('\n').at(-1)?.split(' ')[1] === '1';
};

/** The hub of a room, with what it keeps in the folder, and an actuator in memory; the newest frame says of which one a state is. */
export const openRoom = async ({ port, folder }: Place, write: Write, accepted: () => void): Promise<BenchHub> => {
  const data = join(folder, 'hub');
  mkdirSync(data, { recursive: true });
  const hub = await openBenchHub({ aheadMs: 0 }, port, { data, readBack: () => readActuator(folder) });
  let newest = -1;
  const see = (entry: Entry): void => {
    const v = entry.kind === 'sensor' ? entry.readings['temperature']?.v : undefined;
    if (typeof v === 'number') newest = toNumber(v);
    if (entry.kind === 'device' && entry.phase === 'requested') accepted();
  };
  for (const entry of hub.store.log.read(0, { entries: 1e6, bytes: 1e9 })) see(entry);
  hub.onEntry = see;
  // What the hub sets before the first frame belongs to none.
  const toOwner = (isOn: boolean): number => (newest % 2 === (isOn ? 0 : 1) ? newest : Math.max(-1, newest - 1));
  hub.onWrite = (value) => write({ n: toOwner(value === true), isOn: value === true });
  return hub;
};

/** Hands a frame to the hub as its field does. Resolves when the hub would acknowledge it to a source: once it is on disk. */
export const appendFrame = async ({ store }: BenchHub, frame: Frame): Promise<void> => {
  const readings = { temperature: { v: toTemperature(frame), q: 'good' as const } };
  store.log.append([{ kind: 'sensor', location: 'room', cluster: 'front', readings }]);
  const lsn = store.log.head;
  if (store.durable < lsn) await firstValueFrom(store.durable$.pipe(filter((durable) => durable >= lsn)));
};

/** The hub with its production parts, and the automation service as it is. */
export const way: Way = {
  backend: async (place, write, accepted) => {
    const hub = await openRoom(place, write, accepted);
    return (frame) => appendFrame(hub, frame);
  },
  program: ({ url, folder }) => {
    const token = join(folder, 'token');
    writeFileSync(token, 'bench', { mode: 0o600 });
    return [built.automation, '--hub', url, '--node', 'automation-1', '--token-file', token, '--data', join(folder, 'automation')];
  },
};
