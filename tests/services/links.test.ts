import { describe, expect, it } from 'vitest';
import { openRig } from '../bench/links/rig.ts';
import { openServer } from '../bench/links/servers.ts';
import { wayNames, wayOf } from '../bench/links/ways.ts';
import { until } from '../support/until.ts';

/** Those that poll slowly are the same code as those that poll fast. */
const sample = wayNames.filter((name) => (wayOf(name).pollMs ?? 0) < 1000);

/** The ways that the benchmark `links` compares. How long they take is the benchmark's. */
describe('a way for a backend and an automation to talk', () => {
  const ofServer = Map.groupBy(sample, (name) => wayOf(name).server ?? 'none');
  it.each([...ofServer])('carries frames to the actuator, server %s', async (_server, names) => {
    await using stack = new AsyncDisposableStack();
    const { server } = wayOf(names[0] ?? 'events');
    const shared = server === undefined ? null : stack.use(await openServer[server]());
    for (const name of names) {
      const rig = stack.use(await openRig(name, { isCuttable: false, shared }));
      for (const n of [0, 1, 2]) {
        rig.hand(n);
        await until(
          `frame ${n} through ${name}`,
          () => rig.written().some((state) => state.n === n),
          (is) => is,
        );
      }
      // What Phloem sets before the first frame has no number; a broker may deliver again on a busy machine.
      const numbers = rig.written().map(({ n }) => n);
      expect(new Set(numbers.filter((n) => n >= 0))).toEqual(new Set([0, 1, 2]));
    }
  });
});
