import { once } from 'node:events';
import { setPriority } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { ViewersAnswer, ViewersAsk } from '../viewers.ts';
import { dialLight } from './light-socket.ts';
import { endWithStarter } from './near.ts';

/** Many viewers in one process, on the bare words of Socket.IO: what a viewer costs is no part of what is measured. */
endWithStarter();
// They share the machine with what is measured, and would not in life.
setPriority(10);
const [port = '', count = '0', kind = 'phloem', name = 'a'] = process.argv.slice(2);
const isPhloem = kind === 'phloem';
/** Socket.IO's defaults, which a plain client dials again with: 1 s doubling to 5 s, half of it random. */
const plainPause = (attempt: number): number => {
  const ms = Math.min(5000, 1000 * 2 ** attempt);
  return ms + (Math.random() - 0.5) * ms;
};
const phloemPause = (attempt: number): number => (attempt === 0 ? 0 : Math.random() * Math.min(2000, 50 * 2 ** (attempt - 1)));

let lateness: number[] = [];
let bytes = 0;
let messages = 0;
let ready = 0;
let goneAt = 0;
let backAfter: number[] = [];
let allDials = 0;
/** While nobody listens a dial is refused without being made: on machines of their own the viewers would not slow the start. */
let isDown = false;
const maxPatienceMs = 6000;

const path = '/socket.io/?EIO=4&transport=websocket';
const isOfValues = (begin: string): boolean => ['changes', 'snapshot', 'reading'].some((event) => begin.startsWith(`42["${event}"`));

const toHello = (index: number, attempt: number): object => ({
  protocol: { major: 1, minor: 0 },
  nodeId: `panel-${name}${index}`,
  run: `run-${name}-${String(index).padStart(8, '0')}`,
  attempt,
  role: 'viewer',
  software: 'bench',
  subscriptions: [
    { sub: 'panel', mode: 'latest', filter: {}, cursor: null },
    { sub: 'news', mode: 'every', filter: { kinds: ['alarm', 'device'] }, cursor: null },
  ],
});

type Say = (event: string, payload: object) => void;

/** The heartbeats of one connection, each with an echo of the newest that came. */
class Beats {
  readonly #say: Say;
  #sent = 0;
  #heard: { readonly n: number; readonly t: number; readonly at: number } | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(say: Say) {
    this.#say = say;
  }

  send(): void {
    this.#sent += 1;
    const heard = this.#heard;
    const echo = heard === null ? {} : { echo: { n: heard.n, t: heard.t, heldMs: performance.now() - heard.at } };
    this.#say('heartbeat', { n: this.#sent, t: performance.now(), ...echo, lagMs: 0 });
  }

  hear(payload: Readonly<Record<string, unknown>>): void {
    this.#heard = { n: payload['n'] as number, t: payload['t'] as number, at: performance.now() };
  }

  start(): void {
    this.#timer = setInterval(() => this.send(), 5000);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}

type Owner = { readonly hello: object; readonly patienceMs: number; onReady(): void; onEnd(afterMs: number | null): void };

/** One connection of a viewer, from its dial to its end. */
class Connection {
  readonly #owner: Owner;
  readonly #socket: ReturnType<typeof dialLight>;
  readonly #deadline: NodeJS.Timeout;
  readonly #beats: Beats;
  #isReady = false;
  #afterMs: number | null = null;
  #seq = 0;
  #epoch = '';

  constructor(owner: Owner) {
    this.#owner = owner;
    this.#beats = new Beats((event, payload) => this.#say(event, payload));
    this.#socket = dialLight(Number(port), path, { onText: (data) => this.#read(data), onClose: () => this.#end() });
    this.#deadline = setTimeout(() => this.#socket.close(), owner.patienceMs);
  }

  #say(event: string, payload: object): void {
    this.#socket.send(`42${JSON.stringify([event, payload])}`);
  }

  #noteReady(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#owner.onReady();
    ready += 1;
    if (goneAt > 0) backAfter.push(Date.now() - goneAt);
  }

  #end(): void {
    clearTimeout(this.#deadline);
    this.#beats.stop();
    if (this.#isReady) ready -= 1;
    this.#owner.onEnd(this.#afterMs);
  }

  /** A packet of Engine.IO or Socket.IO. */
  #read(data: Buffer): void {
    const head = String.fromCharCode(data[0] ?? 0, data[1] ?? 0);
    if (head[0] === '0') return this.#socket.send(isPhloem ? `40${JSON.stringify(this.#owner.hello)}` : '40');
    if (head[0] === '2') return this.#socket.send('3');
    if (head === '40' && !isPhloem) clearTimeout(this.#deadline);
    if (head === '40' && kind === 'same') this.#beats.start();
    if (head === '40' && !isPhloem && goneAt === 0) return this.#noteReady();
    if (head !== '42') return undefined;
    bytes += data.length;
    messages += 1;
    const begin = data.subarray(0, 160).toString();
    if (isOfValues(begin)) {
      const at = /"at":([\d.]+)/.exec(begin)?.[1];
      if (at !== undefined) lateness.push(Date.now() - Number(at));
      return this.#noteReady();
    }
    const [event, payload] = JSON.parse(data.subarray(2).toString()) as [string, Record<string, unknown>];
    return this.#take(event, payload);
  }

  /** A message of the protocol that has no values in it. */
  #take(event: string, payload: Readonly<Record<string, unknown>>): void {
    if (event === 'welcome') {
      clearTimeout(this.#deadline);
      this.#epoch = (payload['log'] as { epoch: string }).epoch;
      this.#beats.send();
      this.#beats.start();
    }
    if (event === 'heartbeat') this.#beats.hear(payload);
    if (event === 'bye') this.#afterMs = (payload['afterMs'] as number | undefined) ?? null;
    if (event !== 'entries') return;
    this.#seq += 1;
    this.#say('commit', { sub: 'news', seq: this.#seq, epoch: this.#epoch, cursor: payload['last'], commands: [], alarms: [], values: [] });
  }
}

/** A viewer, who dials again whenever a connection ends. */
const open = (index: number): void => {
  let attempt = 0;
  let dials = 0;
  const redial = (afterMs: number | null): void => {
    const pause = afterMs ?? (isPhloem ? phloemPause : plainPause)(attempt);
    attempt += 1;
    setTimeout(dial, pause);
  };
  const dial = (): void => {
    dials += 1;
    allDials += 1;
    if (isDown) return redial(null);
    const patienceMs = isPhloem ? Math.min(maxPatienceMs, 1500 * 2 ** Math.max(0, attempt - 1)) : 20_000;
    const onReady = (): void => {
      attempt = 0;
    };
    return void new Connection({ hello: toHello(index, dials), patienceMs, onReady, onEnd: redial });
  };
  dial();
};

for (let index = 0; index < Number(count); index += 1) {
  open(index);
  // Not all at once: this is no test of how they come.
  if (index % 50 === 49) await new Promise((resolve) => setTimeout(resolve, 20));
}
const until = async (isIt: () => boolean, withinMs: number): Promise<void> => {
  const end = performance.now() + withinMs;
  while (!isIt() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
};
await until(() => ready === Number(count), 60_000);
process.send?.('ready');

for (;;) {
  const [ask] = (await once(process, 'message')) as [ViewersAsk];
  if (ask.kind === 'forget') {
    lateness = [];
    bytes = 0;
    messages = 0;
  }
  if (ask.kind === 'gone') {
    goneAt = ask.at;
    isDown = true;
    backAfter = [];
    allDials = 0;
  }
  if (ask.kind === 'listening') isDown = false;
  if (ask.kind === 'back') await until(() => ready === Number(count) && backAfter.length >= Number(count), ask.withinMs);
  process.send?.({ ready, late: lateness, bytes, messages, backAfter, dials: allDials } satisfies ViewersAnswer);
}
