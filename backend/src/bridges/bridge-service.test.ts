import { type Reason, renderReason, type AlarmState, type BridgeAnswer, type BridgeReport, type CursorAnswer } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toBridgeAlarms } from './bridge-alarms.ts';
import { createBridgeService } from './bridge-service.ts';

const counters = { records: 5, batches: 1, gaps: 0, epochs: 0, failures: 0 };
const report: BridgeReport = {
  title: 'History',
  target: 'postgresql',
  direction: 'out',
  automation: null,
  phase: 'flowing',
  error: null,
  counters,
};
const refused = { code: 'bridge/refused', message: 'the disk of the server is full' };
const cursor: CursorAnswer = {
  name: 'bridge-history',
  node: 'bridge-history',
  epoch: 'epochAepochA',
  lsn: 40,
  lag: 10,
  committedAt: 1000,
  isConnected: true,
  state: 'good',
};

const setUp = () => {
  const time = { up: 0 };
  const raised: string[] = [];
  const states = new Map<string, AlarmState>();
  let cursors: readonly CursorAnswer[] = [];
  let ageMs = 0;
  const store = {
    clock: { at: () => 1_800_000_000_000 + time.up, up: () => time.up },
    behind: () => ({ ageMs, bytes: 1 }),
    log: {
      append: (drafts: readonly { alarm: string; state: AlarmState; why?: Reason }[]) => {
        for (const { alarm, state, why } of drafts) {
          states.set(alarm, state);
          raised.push(`${alarm} ${state} ${why === undefined ? '' : renderReason(why, { time: String })}`.trim());
        }
      },
    },
  };
  const service = createBridgeService({
    store: store as never,
    cursors: () => cursors,
    alarms: () => [...states.keys()].map((alarm) => ({ alarm }) as never),
    alarmState: (alarm) => states.get(alarm) ?? 'cleared',
  });
  const put = (list: readonly CursorAnswer[], age = 0): void => {
    cursors = list;
    ageMs = age;
  };
  return { service, time, raised, put };
};

describe('the bridges that a hub knows', () => {
  it('[BR1] shows a bridge by its report and its cursor', () => {
    const { service, put } = setUp();
    put([cursor, { ...cursor, name: 'something-else' }], 2500);
    service.report('history', report);
    expect(service.list()).toEqual([
      {
        id: 'history',
        title: 'History',
        target: 'postgresql',
        direction: 'out',
        state: 'flowing',
        automation: null,
        lag: 10,
        lagMs: 2500,
        position: { epoch: 'epochAepochA', lsn: 40 },
        reportedAt: 1_800_000_000_000,
        error: null,
        counters,
      },
    ]);
  });

  it.each([
    ['flowing', 'flowing'],
    ['dialing', 'connecting'],
    ['resting', 'connecting'],
    ['fenced', 'stopped'],
    ['closed', 'stopped'],
  ] as const)('[BR1] calls the phase %s %s', (phase, state) => {
    const { service } = setUp();
    service.report('history', { ...report, phase });
    expect(service.list()).toMatchObject([{ state, lag: null, position: null }]);
  });

  it.each([
    ['flowing', 'no-sign-of-life', 'no-sign-of-life'],
    ['flowing', 'waiting-for-lease', 'flowing'],
    ['flowing', 'in-control', 'flowing'],
    ['resting', 'no-sign-of-life', 'connecting'],
  ] as const)('[BR1] shows in the phase %s an automation that is %s as %s', (phase, code, state) => {
    const { service, time } = setUp();
    time.up = 60_000;
    service.report('foreign', { ...report, direction: 'requests', automation: { code, forMs: 45_000 }, phase });
    time.up = 65_000;
    const automation = { code, since: 1_800_000_015_000 };
    expect(service.list()).toMatchObject([{ direction: 'requests', state, automation }]);
  });

  it('[BR1] claims nothing of the automation behind a silent bridge', () => {
    const { service, time } = setUp();
    service.report('foreign', { ...report, direction: 'requests', automation: { code: 'in-control', forMs: 5 } });
    time.up = 10_001;
    expect(service.list()).toMatchObject([{ direction: 'requests', state: 'silent', automation: null }]);
  });

  it('[BR1] shows a bridge without reports as silent, and forgets it an hour later if it has no cursor', () => {
    const { service, time, put } = setUp();
    put([cursor]);
    expect(service.list()).toMatchObject([{ state: 'silent', reportedAt: null, lag: 10 }]);
    service.report('history', report);
    time.up = 10_001;
    expect(service.list()).toMatchObject([{ state: 'silent', target: 'postgresql' }]);
    put([]);
    time.up = 3_600_000;
    expect(service.list()).toMatchObject([{ state: 'silent', lag: null }]);
    time.up = 3_600_001;
    expect(service.list()).toEqual([]);
  });
});

describe('the alarms of bridges', () => {
  it('[BR2] warn of a bridge that is behind, running or not, until it has caught up', () => {
    const { service, raised, put } = setUp();
    put([cursor], 60_000);
    service.look();
    expect(raised).toEqual([]);
    put([cursor], 60_001);
    service.look();
    service.look();
    expect(raised).toHaveLength(1);
    expect(raised[0]).toMatch(/^bridge\/history\/behind active .*10 entries.*phloem bridge run history/);
    put([cursor], 30_001);
    service.look();
    expect(raised).toHaveLength(1);
    put([cursor], 30_000);
    service.look();
    expect(raised[1]).toBe('bridge/history/behind cleared');
  });

  it('[BR2] say that a bridge has stopped for good, until it runs again', () => {
    const { service, raised, time } = setUp();
    service.report('history', { ...report, phase: 'fenced', error: refused });
    service.look();
    expect(raised[0]).toMatch(/^bridge\/history\/stopped active .*disk of the server is full/);
    time.up = 9000;
    service.report('history', { ...report, phase: 'dialing' });
    service.look();
    expect(raised[1]).toBe('bridge/history/stopped cleared');
  });

  it('[BR2] keep the alarm of a stopped bridge while it is silent', () => {
    const silent: BridgeAnswer = {
      id: 'history',
      title: null,
      target: null,
      direction: 'out',
      state: 'silent',
      automation: null,
      lag: 0,
      lagMs: 0,
      position: null,
      reportedAt: null,
      error: null,
      counters: null,
    };
    expect(toBridgeAlarms('history', silent, (alarm) => (alarm.endsWith('stopped') ? 'active' : 'cleared'))).toEqual([]);
  });

  it('[BR2] end with the cursor of a bridge that is not used any more', () => {
    const { service, raised, put } = setUp();
    put([cursor], 90_000);
    service.look();
    put([]);
    service.look();
    expect(raised.at(-1)).toBe('bridge/history/behind cleared');
  });
});
