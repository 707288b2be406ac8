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
    let isReady = false;
    let afterMs: number | null = null;
    let beat = 0;
    let seq = 0;
    let epoch = '';
    let heard: { n: number; t: number; at: number } | null = null;
    let beating: NodeJS.Timeout | null = null;
    const say = (event: string, payload: object): void => socket.send(`42${JSON.stringify([event, payload])}`);
    const sendBeat = (): void => {
      beat += 1;
      const echo = heard === null ? {} : { echo: { n: heard.n, t: heard.t, heldMs: performance.now() - heard.at } };
      say('heartbeat', { n: beat, t: performance.now(), ...echo, lagMs: 0 });
    };
    const hello = {
      protocol: { major: 1, minor: 0 },
      nodeId: `panel-${name}${index}`,
      run: `run-${name}-${String(index).padStart(8, '0')}`,
      attempt: dials,
      role: 'viewer',
      software: 'bench',
      subscriptions: [
        { sub: 'panel', mode: 'latest', filter: {}, cursor: null },
        { sub: 'news', mode: 'every', filter: { kinds: ['alarm', 'device'] }, cursor: null },
      ],
    };
    const noteReady = (): void => {
      if (isReady) return;
      isReady = true;
      attempt = 0;
      ready += 1;
      if (goneAt > 0) backAfter.push(Date.now() - goneAt);
    };
    const onText = (data: Buffer): void => {
      const head = String.fromCharCode(data[0] ?? 0, data[1] ?? 0);
      if (head[0] === '0') return socket.send(isPhloem ? `40${JSON.stringify(hello)}` : '40');
      if (head[0] === '2') return socket.send('3');
      if (head === '40' && !isPhloem) clearTimeout(deadline);
      if (head === '40' && kind === 'same') beating = setInterval(sendBeat, 5000);
      if (head === '40' && !isPhloem && goneAt === 0) return noteReady();
      if (head !== '42') return undefined;
      bytes += data.length;
      messages += 1;
      const begin = data.subarray(0, 160).toString();
      if (begin.startsWith('42["changes"') || begin.startsWith('42["snapshot"') || begin.startsWith('42["reading"')) {
        const at = /"at":([\d.]+)/.exec(begin)?.[1];
        if (at !== undefined) lateness.push(Date.now() - Number(at));
        return noteReady();
      }
      const [event, payload] = JSON.parse(data.subarray(2).toString()) as [string, Record<string, unknown>];
      if (event === 'welcome') {
        clearTimeout(deadline);
        ({ epoch } = payload['log'] as { epoch: string });
        sendBeat();
        beating = setInterval(sendBeat, 5000);
      }
      if (event === 'heartbeat') heard = { n: payload['n'] as number, t: payload['t'] as number, at: performance.now() };
      if (event === 'bye') afterMs = (payload['afterMs'] as number | undefined) ?? null;
      if (event === 'entries') {
        seq += 1;
        say('commit', { sub: 'news', seq, epoch, cursor: payload['last'], commands: [], alarms: [], values: [] });
      }
      return undefined;
    };
    const onClose = (): void => {
      clearTimeout(deadline);
      if (beating !== null) clearInterval(beating);
      if (isReady) ready -= 1;
      redial(afterMs);
    };
    const path = '/socket.io/?EIO=4&transport=websocket';
    const socket = dialLight(Number(port), path, { onText, onClose });
    const deadline = setTimeout(() => socket.close(), isPhloem ? Math.min(maxPatienceMs, 1500 * 2 ** Math.max(0, attempt - 1)) : 20_000);
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
