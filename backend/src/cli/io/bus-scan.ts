import { setTimeout as pause } from 'node:timers/promises';
import type { BusReadAnswer } from '@phloem/protocol';
import { toCostText, toFound, toPause, toSummary, type Found } from '../bus/scan-plan.ts';
import { pickBus, toBusHub, type BusOptions } from './bus-hub.ts';

export type BusScanOptions = BusOptions & {
  readonly bus?: string | undefined;
  readonly units: readonly number[];
  /** Of the line's time, 0 to 1. */
  readonly share: number;
  readonly json: boolean;
};

/** By convention 128 and the number of the signal. */
const interrupted = 130;

/** Looks for units through the running hub, one read after the other. Ctrl-C ends it between two. */
export const scanBus = async ({ units, share, json, ...options }: BusScanOptions): Promise<void> => {
  const hub = toBusHub(options);
  const bus = await pickBus(hub, options.bus);
  const names = new Map(bus.units.map((unit) => [unit.unit, unit.names]));
  const stop = new AbortController();
  const onStop = (): void => stop.abort();
  process.once('SIGINT', onStop);
  const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  const progress = (text: string): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
  };
  say(toCostText(bus, units, share));
  const began = performance.now();
  const found: Found[] = [];
  let asked = 0;
  for (const unit of units) {
    if (stop.signal.aborted) break;
    progress(`unit ${unit}, ${asked} of ${units.length} asked, ${found.length} found`);
    const answer = await hub.post<BusReadAnswer>(`/api/v1/buses/${encodeURIComponent(bus.bus)}/read`, {
      unit,
      function: 3,
      address: 0,
      count: 1,
    });
    asked += 1;
    const one = toFound(unit, answer, names.get(unit) ?? []);
    if (one !== null) {
      found.push(one);
      progress('');
      if (!json)
        say(
          `  unit ${String(unit).padStart(3)}  ${one.tookMs ?? '–'} ms  ${one.words}${one.names.length === 0 ? '' : `  (${one.names.join(', ')})`}`,
        );
    }
    // A pause that is cut short by Ctrl-C has done what it is for.
    if (unit !== units.at(-1)) await pause(toPause(answer.tookMs ?? 0, share), undefined, { signal: stop.signal }).catch(() => undefined);
  }
  process.off('SIGINT', onStop);
  progress('');
  say(toSummary(found, asked, units.length, (performance.now() - began) / 1000));
  if (json) process.stdout.write(`${JSON.stringify({ bus: bus.bus, asked, wanted: units.length, found }, null, 2)}\n`);
  if (stop.signal.aborted) process.exitCode = interrupted;
};
