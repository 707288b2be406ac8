import type { BridgeAnswer } from '@phloem/protocol';
import { toDurationText } from '../format/duration.ts';
import type { SiteTime } from '../format/site-time.ts';

/** A bridge as its card shows it. */
export type BridgeView = {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  /** What it carries, and which way. */
  readonly direction: string;
  /** How the foreign automation stands; empty where there is none, or nothing is known of it. */
  readonly automation: string;
  readonly state: BridgeAnswer['state'];
  readonly glyph: 'ok' | 'partial' | 'down' | 'unknown';
  readonly word: string;
  /** Empty where nothing is to be said: a bridge that reads from another system has no lag. */
  readonly lag: string;
  /** What it was last up against; empty when nothing is. */
  readonly error: string;
  readonly figures: readonly (readonly [name: string, value: string])[];
  /** What to do, where a person has to do something. */
  readonly advice: string;
};

const glyphs = { flowing: 'ok', 'no-sign-of-life': 'down', connecting: 'partial', stopped: 'down', silent: 'unknown' } as const;
const words = {
  flowing: 'Connected',
  'no-sign-of-life': 'No sign of life',
  connecting: 'Connecting',
  stopped: 'Stopped',
  silent: 'Not running',
} as const;
const directions = { out: 'Carries the log', readings: 'Reads readings', requests: 'Takes requests' } as const;
/** What the first two counters of a bridge count, by what it carries. */
const counted = {
  out: ['records', 'gaps'],
  readings: ['rows or messages', 'left out'],
  requests: ['requests', 'not carried out'],
} as const;
const automations = {
  'no-sign-of-life': 'The foreign automation shows no sign of life since',
  'waiting-for-lease': 'The foreign automation waits for the lease since',
  'in-control': 'The foreign automation is in control since',
} as const;
const targets: Readonly<Record<string, string>> = {
  redis: 'Redis',
  postgresql: 'PostgreSQL',
  mariadb: 'MariaDB',
  sqlite: 'SQLite',
  mqtt: 'MQTT',
  nats: 'NATS',
  rabbitmq: 'RabbitMQ',
  webhook: 'Webhook',
};

const count = new Intl.NumberFormat('en');

const toLagText = ({ direction, state, lag, lagMs }: BridgeAnswer): string => {
  if (direction !== 'out') return '';
  if (lag === null) return state === 'flowing' ? '' : 'Lag not known';
  if (lag === 0) return 'Nothing missing at the target';
  const entries = `${count.format(lag)} ${lag === 1 ? 'entry' : 'entries'} behind`;
  if (lagMs === null) return entries;
  return `${entries}, the oldest for ${lagMs < 1000 ? 'less than 1 s' : toDurationText(lagMs)}`;
};

/** Between the kind of bridge and the system at its other end. */
const toDirectionText = ({ direction, target }: BridgeAnswer): string => {
  if (target === null) return directions[direction];
  return `${directions[direction]} ${direction === 'out' ? 'to' : 'from'} ${targets[target] ?? target}`;
};

const toAdvice = ({ id, state }: BridgeAnswer): string => {
  if (state === 'silent')
    return `Start it with: phloem bridge run ${id} --site <folder>. If you no longer use it: phloem cursors remove bridge-${id}.`;
  if (state === 'no-sign-of-life') return 'Start that automation. Until then the bridge requests nothing.';
  return state === 'stopped' ? 'Correct the cause, then start the bridge again.' : '';
};

/** Pure: a bridge in the words of its card. `now` is the wall time of the hub. */
export const toBridgeView = (bridge: BridgeAnswer, time: SiteTime, now: number): BridgeView => {
  const { id, title, target, state, automation, error, counters, reportedAt } = bridge;
  const figures: [string, string][] = [];
  if (counters !== null) {
    const [records, gaps] = counted[bridge.direction];
    figures.push([records, count.format(counters.records)], [gaps, count.format(counters.gaps)]);
    figures.push(['failures', count.format(counters.failures)]);
  }
  if (reportedAt !== null) figures.push(['reported', time.second(reportedAt, now)]);
  return {
    id,
    title: title ?? id,
    target: target === null ? '' : (targets[target] ?? target),
    direction: toDirectionText(bridge),
    automation: automation === null ? '' : `${automations[automation.code]} ${time.second(automation.since, now)}`,
    state,
    glyph: glyphs[state],
    word: words[state],
    lag: toLagText(bridge),
    error: error?.message ?? '',
    figures,
    advice: toAdvice(bridge),
  };
};
