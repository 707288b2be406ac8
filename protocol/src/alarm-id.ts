import type { BridgeId, CursorName, DeviceId, NodeId, PointId, ScopeId, SetpointName, SourceId } from './names.ts';

/**
 * What an alarm is about, read from its id. Ids are built and parsed here and nowhere else. An alarm that a document
 * defines (Alarm, band, rule, interlock) is named by it, and begins with none of the hub's own words.
 */
export type AlarmSubject =
  | { readonly kind: 'bus'; readonly bus: string }
  | { readonly kind: 'unit'; readonly bus: string; readonly unit: number }
  | { readonly kind: 'register'; readonly bus: string; readonly unit: number; readonly rest: string }
  | { readonly kind: 'device'; readonly device: DeviceId; readonly condition: string }
  | { readonly kind: 'point'; readonly point: PointId; readonly condition: string }
  | { readonly kind: 'setpoint'; readonly setpoint: SetpointName; readonly condition: string }
  | { readonly kind: 'automation'; readonly scope: ScopeId }
  | { readonly kind: 'bridge'; readonly bridge: BridgeId; readonly condition: string }
  | { readonly kind: 'source'; readonly source: SourceId; readonly condition: string }
  | { readonly kind: 'hub'; readonly condition: string }
  | { readonly kind: 'document'; readonly id: string };

/** The first words of the ids of the hub's own alarms: a document must not begin with one. */
const reserved: ReadonlySet<string> = new Set([
  'bus',
  'device',
  'point',
  'setpoint',
  'automation',
  'hub',
  'node',
  'log',
  'history',
  'disk',
  'cursor',
  'bridge',
  'source',
  'notification',
]);

/** Claims that an id is one of the hub's own, and not a document's. */
export const isReservedAlarm = (id: string): boolean => reserved.has(id.split('/')[0] ?? '');

/** The ids of the hub's own alarms. */
export const alarmIds = {
  bus: (bus: string): string => `bus/${bus}`,
  unit: (bus: string, unit: number): string => `bus/${bus}/unit/${unit}`,
  register: (bus: string, unit: number, table: string, address: number): string => `bus/${bus}/unit/${unit}/${table}/${address}`,
  device: (device: DeviceId, condition: string): string => `device/${device}/${condition}`,
  point: (point: PointId, condition: string): string => `point/${point}/${condition}`,
  setpoint: (setpoint: SetpointName, condition: string): string => `setpoint/${setpoint}/${condition}`,
  automation: (scope: ScopeId): string => `automation/${scope}`,
  hub: (condition: string): string => `hub/${condition}`,
  /** Two services that have the name of one. */
  duplicate: (node: NodeId): string => `node/${node}/duplicate`,
  log: (condition: string): string => `log/${condition}`,
  history: (condition: string): string => `history/${condition}`,
  disk: (condition: string): string => `disk/${condition}`,
  /** A cursor that a node has named. */
  cursor: (name: CursorName, condition: string): string => `cursor/${name}/${condition}`,
  /** A bridge to another system. */
  bridge: (bridge: BridgeId, condition: string): string => `bridge/${bridge}/${condition}`,
  /** A program that sends readings. */
  source: (source: SourceId, condition: string): string => `source/${source}/${condition}`,
  /** A channel that carries notifications to people. */
  notification: (channel: string): string => `notification/${channel}`,
  /** A limit of a set-point's band. */
  limit: (setpoint: SetpointName, side: 'low' | 'high'): string => `${setpoint}/${side}`,
  /** A rule, loop or alarm that cannot be evaluated. */
  unknown: (document: string): string => `${document}/unknown`,
} as const;

/** What an alarm is about. */
export const parseAlarmId = (alarm: string): AlarmSubject => {
  const [first = '', ...rest] = alarm.split('/');
  const condition = rest.at(-1) ?? '';
  const middle = rest.slice(0, -1).join('/');
  switch (first) {
    case 'bus': {
      const [bus = '', word, unit, ...place] = rest;
      if (word !== 'unit' || unit === undefined) return { kind: 'bus', bus };
      if (place.length === 0) return { kind: 'unit', bus, unit: Number(unit) };
      return { kind: 'register', bus, unit: Number(unit), rest: place.join('/') };
    }
    case 'device':
      return { kind: 'device', device: middle, condition };
    case 'point':
      return { kind: 'point', point: middle, condition };
    case 'setpoint':
      return { kind: 'setpoint', setpoint: middle, condition };
    case 'automation':
      return { kind: 'automation', scope: rest.join('/') };
    case 'source':
      return { kind: 'source', source: middle, condition };
    case 'bridge':
      return { kind: 'bridge', bridge: middle, condition };
    case 'hub':
    case 'node':
    case 'log':
    case 'history':
    case 'disk':
    case 'cursor':
    case 'notification':
      return { kind: 'hub', condition: rest.join('/') };
    default:
      return { kind: 'document', id: alarm };
  }
};
