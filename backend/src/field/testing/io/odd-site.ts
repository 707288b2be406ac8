import type { EntryDraft, Reading } from '@phloem/protocol';
import { filter, firstValueFrom, map, scan, type Observable } from 'rxjs';
import { loadSite } from '../../../site/load-site.ts';
import { readProfiles } from '../../../site/io/read-profiles.ts';
import type { DeviceSpec, Site } from '../../../site/site.ts';
import { openField, type Field } from '../../io/open-field.ts';
import { toWire, type HostileRequest, type Mischief } from './hostile-server.ts';

/** What a scripted unit does with a request: answers it, refuses it with a code, or says nothing. */
export type Reply = 'answer' | 'nothing' | number;

/** A server whose units answer by a script, with what a whole line does before. */
export const byScript =
  (toReply: (request: HostileRequest) => Reply): Mischief =>
  (request, honest, socket) => {
    const reply = toReply(request);
    if (reply === 'answer') socket.write(honest);
    else if (reply !== 'nothing') {
      socket.write(toWire(request.transaction, Uint8Array.from([request.unit, request.function | 0x80, reply])));
    }
  };

/** The documents of a site, in short: `buses` and `instruments` are YAML in flow style; profiles are JSON. */
export type OddSite = {
  readonly buses: string;
  readonly instruments?: string;
  readonly devices?: string;
  readonly profiles?: readonly object[];
};

export const loadOddSite = ({ buses, instruments = '', devices, profiles = [] }: OddSite): Site =>
  loadSite(
    [
      {
        path: 'site.yaml',
        text: `apiVersion: phloem/v1
kind: Site
metadata: { id: bench/site, title: Bench }
spec:
  timeZone: Europe/Berlin
  locations: [ { id: lab, title: Bench } ]
  buses: [ ${buses} ]
  instruments: [ ${instruments} ]
`,
      },
      ...(devices === undefined
        ? []
        : [
            {
              path: 'devices.yaml',
              text: `apiVersion: phloem/v1
kind: Devices
metadata: { id: bench/devices }
spec:
  devices: { ${devices} }
`,
            },
          ]),
      ...profiles.map((profile, index) => ({ path: `profile-${index}.json`, text: JSON.stringify(profile) })),
    ],
    readProfiles(),
  ).site;

/** A profile of plain registers or bits: name, table and address of each point. */
export const toOddProfile = (
  profile: string,
  points: Readonly<Record<string, readonly [table: 'coil' | 'discrete' | 'holding' | 'input', address: number]>>,
  quirks?: object,
): object => ({
  profile,
  version: 1,
  title: profile,
  source: { document: 'a bench' },
  status: 'unverified',
  points: Object.fromEntries(
    Object.entries(points).map(([name, [table, address]]) => {
      const isBit = table === 'coil' || table === 'discrete';
      return [
        name,
        {
          title: name,
          quantity: isBit ? 'boolean' : 'number',
          table,
          address,
          type: isBit ? 'bit' : 'u16',
          access: table === 'coil' || table === 'holding' ? 'read-write' : 'read',
        },
      ];
    }),
  ),
  ...(quirks !== undefined && { quirks }),
});

type SensorDraft = Extract<EntryDraft, { kind: 'sensor' }>;
type AlarmDraft = Extract<EntryDraft, { kind: 'alarm' }>;

/** A field that runs, with everything it has reported so far. */
export type OddField = AsyncDisposable & {
  readonly field: Field;
  readonly site: Site;
  readonly alarms: readonly AlarmDraft[];
  /** Waits until the newest readings of all clusters, by `cluster/measurement`, are such. */
  until(isSo: (readings: Readonly<Record<string, Reading>>) => boolean): Promise<Readonly<Record<string, Reading>>>;
  device(id: string): DeviceSpec;
};

export const openOddField = (site: Site): OddField => {
  const field = openField(site, { random: () => 0.01 });
  const alarms: AlarmDraft[] = [];
  let newest: Readonly<Record<string, Reading>> = {};
  const watching = field.alarms$?.subscribe((alarm) => alarms.push(alarm));
  const frames$: Observable<Readonly<Record<string, Reading>>> = field.frames$.pipe(
    scan(
      (known: Readonly<Record<string, Reading>>, { cluster, readings }: SensorDraft) => ({
        ...known,
        ...Object.fromEntries(Object.entries(readings).map(([name, reading]) => [`${cluster}/${name}`, reading])),
      }),
      {},
    ),
    map((known) => {
      newest = known;
      return known;
    }),
  );
  const polling = frames$.subscribe();
  return {
    field,
    site,
    alarms,
    until: async (isSo) => (isSo(newest) ? newest : firstValueFrom(frames$.pipe(filter(isSo)))),
    device: (id) => {
      const found = site.devices.find((candidate) => candidate.id === id);
      if (found === undefined) throw new Error(`no device ${id}`);
      return found;
    },
    [Symbol.asyncDispose]: async () => {
      polling.unsubscribe();
      watching?.unsubscribe();
      await field.close();
    },
  };
};

/** Claims that all of these are good. */
export const areGood =
  (...names: readonly string[]) =>
  (readings: Readonly<Record<string, Reading>>): boolean =>
    names.every((name) => readings[name]?.q === 'good');
