import { seconds } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { coveredAfterPause, createPauseWatch } from './own-pause.ts';
import { createGateFixture, toSpec } from './testing/gate-fixture.ts';

const covered = { renewedUp: 1000, coveredUp: 1000, afterMs: 3000 };

describe('a pause of the hub', () => {
  it('[HB2] is noticed when the process looks again, however late that is', () => {
    const look = createPauseWatch();
    expect([0, 250, 500, 1400].map(look)).toEqual([null, null, null, null]);
    expect(look(9400)).toEqual({ fromUp: 1400, untilUp: 9400 });
    expect(look(9650)).toEqual({ fromUp: 1400, untilUp: 9400 });
  });

  it.each([
    ['without a pause', null, covered, null],
    ['after a pause, fail-safe counts from its end', { fromUp: 1500, untilUp: 9500 }, covered, 9500],
    ['a long fail-safe is judged 3 s after it', { fromUp: 1500, untilUp: 99_500 }, { ...covered, afterMs: 60_000 }, 42_500],
    ['never sooner than without it', { fromUp: 1500, untilUp: 9500 }, { ...covered, afterMs: 60_000 }, null],
    ['what had run out when it began is not excused', { fromUp: 4000, untilUp: 12_000 }, covered, null],
    ['nor by a second pause', { fromUp: 11_000, untilUp: 19_000 }, { ...covered, coveredUp: 9500 }, null],
    ['a renewal since then counts by itself', { fromUp: 1500, untilUp: 9500 }, { ...covered, renewedUp: 9600, coveredUp: 9600 }, null],
    ['nobody commanded it before', { fromUp: 1500, untilUp: 9500 }, { ...covered, renewedUp: null }, null],
  ])('[HB2] %s', (_what, pause, facts, since) => {
    expect(coveredAfterPause(pause, facts)).toBe(since);
  });

  /** A service has switched the device on, and lives; then the hub stands still for 8 s: no timer runs, and its clock goes on. */
  const openStopped = async () => {
    const device = toSpec({ failSafe: { after: seconds(3), value: false } });
    const hub = createGateFixture({ devices: [device], outputs: { [device.id]: false } });
    await hub.serveAll();
    const term = hub.join();
    await hub.live(term, 2);
    hub.commit(term, hub.toFrame(true));
    await hub.live(term, 2);
    expect(hub.state()).toMatchObject({ confirmed: true, phase: 'confirmed' });
    const before = hub.deviceEntries().length;
    hub.time.standStill(8000);
    return { ...hub, since: () => hub.deviceEntries().slice(before) };
  };

  it('[HB2] does not drive an output safe and back: who comes back is waited for', async () => {
    const { time, join, live, since, serveAll } = await openStopped();
    await time.advance(500);
    await serveAll();
    await live(join(), 5);
    expect(since().filter(({ phase }) => phase === 'safe')).toEqual([]);
  });

  it('[HB2] [LE4] drives it safe when nobody comes back', async () => {
    const { time, since, serveAll } = await openStopped();
    await time.advance(2900);
    await serveAll();
    expect(since().filter(({ phase }) => phase === 'safe')).toEqual([]);
    await time.advance(1000);
    await serveAll();
    expect(since().filter(({ phase }) => phase === 'safe')).toHaveLength(1);
  });
});
