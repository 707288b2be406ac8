import type { OpenHub } from '@phloem/backend/open';
import { Fault, faults, isAlarmOver, type AlarmEntry, type DeviceEntry, type Entry, type FaultCode } from '@phloem/protocol';
import { defer, filter, mergeMap, share } from 'rxjs';
import { followLog } from './follow-log.ts';
import type { HttpPass } from './pass-http.ts';
import type { AskOptions, Phloem } from './phloem.ts';
import type { ProgramRequests } from './program-requests.ts';
import { toReadings } from './to-readings.ts';

export type PhloemParts = {
  readonly hub: OpenHub;
  readonly requests: ProgramRequests;
  readonly pass: HttpPass;
  readonly url: string | null;
  /** The administrator's token. */
  readonly admin: string;
  readonly close: Phloem['close'];
};

/** What a program has of an instance. */
export const toPhloem = ({ hub: opened, requests, pass, url, admin, close }: PhloemParts): Phloem => {
  const { hub, store, codes } = opened;
  const entries$ = defer(() => followLog(store.log, store.log.head)).pipe(share());
  return {
    url,
    entries$,
    // In order: an entry has its readings at once.
    readings$: entries$.pipe(mergeMap(toReadings, 1)),
    deviceStates$: entries$.pipe(filter((entry: Entry): entry is DeviceEntry => entry.kind === 'device')),
    alarms$: entries$.pipe(filter((entry: Entry): entry is AlarmEntry => entry.kind === 'alarm')),
    get head() {
      return store.log.head;
    },
    entriesAfter: (lsn) => followLog(store.log, lsn),
    points: () => hub.view.points(),
    devices: () => hub.gate.states(),
    alarms: () => hub.view.alarms().filter((status) => !isAlarmOver(status)),
    request: (device, value, options) => requests.request(device, value, options),
    release: (location) => requests.release(location),
    ask: (path, options) => ask(opened, admin, path, options),
    createSignInPath: () => `/sign-in/${codes.issue()}`,
    handleRequest: (request, response) => pass.handleRequest(request, response),
    handleUpgrade: (request, socket, head) => pass.handleUpgrade(request, socket, head),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
};

const isFaultCode = (code: unknown): code is FaultCode => typeof code === 'string' && Object.hasOwn(faults, code);

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    // A CSV file, or figures for Prometheus.
    return text;
  }
};

const ask = async (hub: OpenHub, token: string, path: string, { method, body }: AskOptions = {}): Promise<unknown> => {
  const { status, text } = await hub.ask({ path, token, method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const answer = parse(text);
  if (status < 400) return answer;
  const { code, message } = (typeof answer === 'object' && answer !== null ? answer : {}) as { code?: unknown; message?: unknown };
  throw new Fault(isFaultCode(code) ? code : 'protocol/unexpected', typeof message === 'string' ? message : `${path}: ${status}`);
};
