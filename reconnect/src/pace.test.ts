import { describe, expect, it } from 'vitest';
import { deliver, receiveFromHub, noteBeat, noteCommit, startPace, toWait, type Pace } from './pace.ts';

const limits = { messageBytes: 131_072, windowEntries: 2048, windowBytes: 262_144 };
const ask = (pace: Pace, cursor: number | null, now: number, urgency: 'none' | 'some' | 'high' = 'none') =>
  toWait(pace, { cursor, urgency, now, limits });
const covered = deliver(startPace(0, 1000), { last: 100, entries: 100, bytes: 9000 });

describe('the pace of commits', () => {
  it('[EV4] the first goes at once, the next waits for the rest of 50 ms', () => {
    expect(ask(covered, 10, 1000)).toBe(0);
    expect(ask(noteCommit(covered, 10, 1000), 20, 1020)).toBe(30);
    expect(ask(noteCommit(covered, 10, 1000), 20, 1300)).toBe(0);
  });

  it('[EV4] says nothing where there is nothing to say', () => {
    expect(ask(covered, null, 1000)).toBeNull();
    expect(ask(noteCommit(covered, 10, 1000), 10, 2000)).toBeNull();
  });

  it('[EV4] news for people wait like a cursor, commands and alarms do not', () => {
    const pace = noteCommit(covered, 10, 1000);
    expect(ask(pace, 10, 1010, 'some')).toBe(40);
    expect(ask(pace, 10, 1010, 'high')).toBe(0);
  });

  it('[EV3] half a window of entries or of bytes goes at once', () => {
    const pace = noteCommit(covered, 100, 1000);
    expect(ask(deliver(pace, { last: 1200, entries: 1024, bytes: 9000 }), 1200, 1001)).toBe(0);
    expect(ask(deliver(pace, { last: 150, entries: 50, bytes: 131_072 }), 150, 1001)).toBe(0);
    expect(ask(deliver(pace, { last: 1200, entries: 1023, bytes: 9000 }), 1200, 1001)).toBe(49);
  });

  it('[EV3] never passes what this connection has covered, however urgent', () => {
    expect(ask(covered, 101, 1000, 'high')).toBeNull();
  });
});

describe('what a heartbeat of the hub shows to be lost', () => {
  const committed = (lsn: number) => ({ subscriptions: { log: lsn }, scope: null });
  const echo = (n: number) => ({ n, t: 0, heldMs: 0 });
  const lostBy = (pace: Pace, heartbeat: Parameters<typeof receiveFromHub>[2]): string | null =>
    receiveFromHub(pace, 'log', heartbeat).lost;

  it('[EV7] entries that the hub has sent before it and that have not come', () => {
    expect(lostBy(covered, { covered: { log: 100 } })).toBeNull();
    expect(lostBy(covered, { covered: { log: 101 } })).toMatch('101');
    expect(lostBy(covered, { covered: { other: 101 } })).toBeNull();
    expect(lostBy(covered, {})).toBeNull();
  });

  it('[EV7] a commit that left before a heartbeat that the hub has answered', () => {
    const asked = noteBeat(noteCommit(covered, 60, 1000), 7);
    expect(lostBy(asked, { echo: echo(6), committed: committed(0) })).toBeNull();
    expect(lostBy(asked, { echo: echo(7), committed: committed(60) })).toBeNull();
    expect(lostBy(asked, { echo: echo(7), committed: committed(59) })).toMatch('60');
    expect(lostBy(asked, { echo: echo(9), committed: committed(59) })).toMatch('60');
  });

  it('[EV7] a commit that left after that heartbeat may still be on its way', () => {
    const later = noteCommit(noteBeat(noteCommit(covered, 60, 1000), 7), 90, 1100);
    const heard = receiveFromHub(later, 'log', { echo: echo(7), committed: committed(60) });
    expect(heard.lost).toBeNull();
    expect(lostBy(noteBeat(heard.pace, 8), { echo: echo(8), committed: committed(60) })).toMatch('90');
  });
});
