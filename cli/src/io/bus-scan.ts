import { setTimeout as pause } from 'node:timers/promises';
import { Fault, isFault, type BusHealthAnswer, type BusReadAnswer, type LineSettings } from '@phloem/protocol';
import { toCostText, toFound, toPause, toSummary, toTaken, type Found } from '../bus/scan-plan.ts';
import { toLineText, toOtherLines, toOtherProbes, toSpeedAdvice, toTimeText, toWarning, type ScanProbe } from '../bus/scan-speeds.ts';
import { listBuses, pickBus, toBusHub, type BusOptions } from './bus-hub.ts';
import type { HubClient } from '@phloem/backend/client';
import { printJson, printNote, printText } from './print.ts';

export type BusScanOptions = BusOptions & {
  readonly bus?: string | undefined;
  readonly units: readonly number[];
  /** Speeds and parities to try beside the line's own; none when both are left out. */
  readonly baud?: readonly number[] | undefined;
  readonly parity?: readonly LineSettings['parity'][] | undefined;
  /** Of the line's time, 0 to 1. */
  readonly share: number;
  readonly json: boolean;
};

/** By convention 128 and the number of the signal. */
const interrupted = 130;
/** How soon to ask again when the hub says that enough is asked manually. */
const busyMs = 1000;

type Scan = {
  readonly hub: HubClient;
  readonly bus: BusHealthAnswer;
  readonly share: number;
  readonly signal: AbortSignal;
  readonly onFound: (found: Found) => void;
  readonly say: (line: string) => void;
  readonly progress: (text: string) => void;
};

/** A pause that is cut short by Ctrl-C has done what it is for. */
const rest = (ms: number, signal: AbortSignal): Promise<void> => pause(ms, undefined, { signal }).catch(() => undefined);

/** Asks one after the other; says how many were asked, and which never had their turn because the bus was busy. */
const askAll = async (probes: readonly ScanProbe[], scan: Scan): Promise<{ readonly asked: number; readonly unasked: number }> => {
  const { hub, bus, share, signal, onFound, say, progress } = scan;
  const names = new Map(bus.units.map((unit) => [unit.unit, unit.names]));
  const impossible = new Set<LineSettings>();
  const began = performance.now();
  let [asked, unasked, load] = [0, 0, bus.load];
  const toLeft = (): string =>
    asked === 0 ? '' : `, about ${toTimeText(((performance.now() - began) / asked) * (probes.length - asked))} left`;

  const ask = async ({ unit, line }: ScanProbe): Promise<BusReadAnswer | null> => {
    const request = { unit, function: 3, address: 0, count: 1, ...(line === null ? {} : { line }) };
    while (!signal.aborted) {
      try {
        return await hub.post<BusReadAnswer>(`/api/v1/buses/${encodeURIComponent(bus.bus)}/read`, request);
      } catch (error) {
        if (!isFault(error, 'bus/busy')) throw error;
        progress(`waiting: ${error.message}`);
        await rest(busyMs, signal);
      }
    }
    return null;
  };

  for (const probe of probes) {
    const { unit, line } = probe;
    if (signal.aborted) break;
    if (line !== null && impossible.has(line)) continue;
    const speed = line === null ? '' : ` at ${toLineText(line)}`;
    progress(
      `unit ${unit}${speed}, ${asked} of ${probes.length} asked${toLeft()}; the bus is busy ${(load * 100).toFixed(0)} % of the time`,
    );
    const answer = await ask(probe);
    if (answer === null) break;
    ({ load } = answer);
    asked += 1;
    if (line !== null && answer.outcome === 'link') {
      impossible.add(line);
      progress('');
      say(`  ${toLineText(line)} is skipped: ${answer.why ?? 'the line could not be opened at this speed'}`);
    } else if (answer.cause?.code === 'bus/busy') unasked += 1;
    const found = toFound(unit, answer, names.get(unit) ?? [], line);
    if (found !== null) onFound(found);
    if (probe !== probes.at(-1)) await rest(toPause(line === null ? toTaken(bus, answer) : (answer.tookMs ?? 0), share), signal);
  }
  return { asked, unasked };
};

const toFoundLine = ({ unit, line, tookMs, words, names }: Found): string =>
  `  unit ${String(unit).padStart(3)}  ${line === null ? `${tookMs ?? '–'} ms` : `at ${toLineText(line)}:`}  ${words}${names.length === 0 ? '' : `  (${names.join(', ')})`}`;

/** Looks for units through the running hub, one read after the other, then at other speeds. Ctrl-C ends it between two. */
export const scanBus = async ({ units, baud, parity, share, json, ...options }: BusScanOptions): Promise<void> => {
  const hub = toBusHub(options);
  const bus = pickBus(await listBuses(hub), options.bus);
  const own = bus.line;
  if (own === null && (baud !== undefined || parity !== undefined)) {
    throw new Fault(
      'bus/fixed-speed',
      `${bus.bus} is ${bus.transport}: the hub cannot set its speed; the speed of a serial line behind a gateway is set at the gateway`,
    );
  }
  const stop = new AbortController();
  const onStop = (): void => stop.abort();
  process.once('SIGINT', onStop);
  const say = (line: string): void => (json ? printNote : printText)(line);
  const progress = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
  };
  const found: Found[] = [];
  const scan: Scan = {
    hub,
    bus,
    share,
    signal: stop.signal,
    say,
    progress,
    onFound: (one) => {
      found.push(one);
      progress('');
      if (!json) say(toFoundLine(one));
    },
  };

  say(toCostText(bus, units, share));
  const began = performance.now();
  const first = await askAll(
    units.map((unit) => ({ unit, line: null })),
    scan,
  );
  const lines = own === null ? [] : toOtherLines(own, baud, parity);
  const known = bus.units.flatMap((unit) => (unit.names.length > 0 ? [unit.unit] : []));
  const probes = toOtherProbes(
    units,
    lines,
    known,
    found.map(({ unit }) => unit),
  );
  progress('');
  const isMore = probes.length > 0 && !stop.signal.aborted;
  if (isMore) say(toWarning(bus, probes, lines, share));
  const second = isMore ? await askAll(probes, scan) : { asked: 0, unasked: 0 };
  process.off('SIGINT', onStop);
  progress('');

  const unasked = first.unasked + second.unasked;
  say(toSummary(found, first.asked, units.length, (performance.now() - began) / 1000));
  if (isMore)
    say(
      `${second.asked} of ${probes.length} probes at other speeds were made; the line is at ${own === null ? '' : toLineText(own)} again`,
    );
  if (unasked > 0) say(`${unasked} were not probed within ten seconds, because the bus is busy: they may still be present`);
  const advice = own === null ? null : toSpeedAdvice(own, found);
  if (advice !== null) say(advice);
  else if (own !== null && lines.length === 0)
    say(`probed at ${toLineText(own)} only; --baud usual also finds units with other settings, but disturbs the line`);
  if (json) {
    const asked = first.asked + second.asked;
    printJson({ bus: bus.bus, asked, wanted: units.length + probes.length, found }, 2);
  }
  if (stop.signal.aborted) process.exitCode = interrupted;
};
