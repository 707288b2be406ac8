import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { toFrame, type Place, type State } from './way.ts';
import { isWayName, loadWay } from './ways.ts';

// The backend's process: `node near.ts <way> <place>`. It is asked over its channel, and ends with the process that started it.
const [, , name = '', placeText = ''] = process.argv;
if (!isWayName(name)) throw new Error(`there is no way ${name}`);
const place = JSON.parse(placeText) as Place;
const ledger = join(place.folder, 'ledger');

/** What is asked of the backend: to hand one frame over, or to measure so many round trips one after the other. */
export type NearAsk = { readonly frame: number } | { readonly trips: number; readonly from: number };
export type NearAnswer = { readonly taken: number } | { readonly accepted: readonly number[]; readonly written: readonly number[] };

let isMeasuring = false;
let onAccepted: () => void = () => undefined;
let onWrite: (state: State) => void = () => undefined;
const way = await loadWay(name);
const send = await way.backend(
  place,
  (state) => {
    // What the actuator has seen outlives this process.
    if (!isMeasuring) appendFileSync(ledger, `${state.n} ${state.isOn ? 1 : 0} ${Date.now()}\n`);
    onWrite(state);
  },
  () => onAccepted(),
);

/** Microseconds until the state of frame `n` was accepted, where a way has such a step, and until it was written. */
const roundTrip = async (n: number): Promise<{ readonly accepted: number; readonly written: number }> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const began = performance.now();
  const since = (): number => (performance.now() - began) * 1000;
  const took = { accepted: Number.NaN, written: Number.NaN };
  onAccepted = () => (took.accepted = since());
  onWrite = (state) => {
    if (state.n !== n) return;
    took.written = since();
    // What the way has left to do for this state is not counted, but it is let happen.
    setImmediate(resolve);
  };
  await send(toFrame(n));
  await promise;
  return took;
};

const measure = async (trips: number, from: number): Promise<NearAnswer> => {
  isMeasuring = true;
  const [accepted, written]: [number[], number[]] = [[], []];
  for (let n = from; n < from + trips; n += 1) {
    const took = await roundTrip(n);
    accepted.push(took.accepted);
    written.push(took.written);
  }
  return { accepted, written };
};

const answer = (message: NearAnswer): void => void process.send?.(message);

process.once('disconnect', () => process.exit(0));
process.send?.('ready');
for (;;) {
  const [ask] = (await once(process, 'message')) as [NearAsk];
  if ('trips' in ask) answer(await measure(ask.trips, ask.from));
  // A way that waits for its server holds up no other frame.
  else void Promise.resolve(send(toFrame(ask.frame))).then(() => answer({ taken: ask.frame }));
}
