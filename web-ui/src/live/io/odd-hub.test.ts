import { toNextYear, widen } from '@phloem/reconnect/testing';
import { delay, http, HttpResponse } from 'msw';
import { asyncScheduler } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeFailure } from '../describe-failure.ts';
import { emptyPanel, stepPanel, type PanelState } from '../../state/panel-state.ts';
import { toPanelView } from '../../panel/panel-view.ts';
import type { Ask, AskAnswer } from '../live-messages.ts';
import { byeOf, hubUrl, onHello, server, snapshotOf, welcomeOf, type SendOdd } from '../testing/intercepted-hub.ts';
import { askHub } from './ask-hub.ts';

beforeAll(() => {
  server.listen();
  // The panel asks the hub that served its page.
  vi.stubGlobal('location', new URL(hubUrl));
});
afterEach(() => server.resetHandlers());
afterAll(() => {
  vi.unstubAllGlobals();
  server.close();
});

const ask: Ask = {
  id: 1,
  method: 'POST',
  path: '/api/v1/devices/room%2Ffan/override',
  body: { value: 40 },
  answer: 'override',
  timeoutMs: 10_000,
};
const never = new AbortController().signal;

/** What a person reads after a press, and how often the request went out. */
const pressWhere = async (
  answer: () => Response | Promise<Response>,
  part: Partial<Ask> = {},
): Promise<{ readonly said: string; readonly sent: number }> => {
  let sent = 0;
  server.use(
    http.post(`${hubUrl}/api/v1/devices/*/override`, () => {
      sent += 1;
      return answer();
    }),
  );
  const told = await askHub({ ...ask, ...part }, never);
  return { said: describeFailure('sent', toError(told)), sent };
};
const toError = (told: AskAnswer | null): unknown =>
  told !== null && 'code' in told ? Object.assign(new Error(told.message), { code: told.code }) : told;

const refuse = (status: number, code: string, message: string) => () => HttpResponse.json({ code, message }, { status });

describe('a command that does not come off', () => {
  it.each([
    [401, 'auth/unknown', 'the session has ended'],
    [403, 'auth/forbidden', 'needs the role technician'],
    [409, 'device/busy', 'anna holds it until 14:00'],
    [429, 'session/busy', 'too many requests; try again in 3 s'],
  ])('refused with %i it shows the message of the hub, and is sent once', async (status, code, message) => {
    const { said, sent } = await pressWhere(refuse(status, code, message));
    expect(said).toContain(message);
    expect(sent).toBe(1);
  });

  it.each([
    ['an error of the hub without words', () => new HttpResponse(null, { status: 500 }), 'the hub answered 500'],
    ['the page of a proxy', () => HttpResponse.html('<h1>Bad gateway</h1>', { status: 502 }), 'the hub answered 502'],
    [
      'an answer that is cut off',
      () => new HttpResponse('{"device":"room/f', { headers: { 'content-type': 'application/json' } }),
      'override',
    ],
    ['an answer of another kind', () => HttpResponse.json({ device: 5, value: 'loud' }), 'override'],
    ['a connection that breaks', () => HttpResponse.error(), 'the hub does not answer'],
  ])('after %s it says that nobody knows, and is not sent again', async (_name, answer, words) => {
    const { said, sent } = await pressWhere(answer);
    expect(said).toMatch(/^It is not known whether it was sent: /);
    expect(said).toContain(words);
    expect(said).toContain('Check the device.');
    expect(sent).toBe(1);
  });

  it('without an answer in time it says that nobody knows', async () => {
    const { said } = await pressWhere(
      async () => {
        await delay('infinite');
        return new HttpResponse(null);
      },
      { timeoutMs: 20 },
    );
    expect(said).toBe('It is not known whether it was sent: the hub does not answer. Check the device.');
  });
});

describe('an answer of a hub of next year', () => {
  it('[VE3] is read though it holds members that the panel does not know', async () => {
    const me = { name: 'anna', role: 'technician', permissions: ['override'], locations: null };
    server.use(http.get(`${hubUrl}/api/v1/me`, () => HttpResponse.json(widen(me) as object)));
    const told = await askHub({ id: 3, method: 'GET', path: '/api/v1/me', answer: 'me', timeoutMs: 10_000 }, never);
    expect(told).toMatchObject({ id: 3, value: me });
  });
});

describe('a history', () => {
  const history: Ask = { id: 2, method: 'GET', path: '/api/v1/points/a%2Fb%2Fc/history?from=0&to=1', answer: 'history', timeoutMs: 10_000 };

  it('that was given up while it was slow has no answer, and no fault', async () => {
    const giveUp = new AbortController();
    server.use(
      http.get(`${hubUrl}/api/v1/points/*/history`, async () => {
        giveUp.abort();
        await delay('infinite');
        return new HttpResponse(null);
      }),
    );
    expect(await askHub(history, giveUp.signal)).toBeNull();
  });

  it('with arrays of the wrong kind never reaches a chart', async () => {
    server.use(
      http.get(`${hubUrl}/api/v1/points/*/history`, () =>
        HttpResponse.json({ id: 'a/b/c', from: 0, to: 1, bucketMs: 0, at: ['now'], mean: 'warm' }),
      ),
    );
    expect(await askHub(history, never)).toMatchObject({
      code: 'net/answer',
      message: expect.stringContaining('the history of a point') as string,
    });
  });
});

/** What the panel makes of what a hub sends after the greeting, as soon as `isDone` holds. */
const panelAfter = async (
  act: (send: SendOdd, hello: Parameters<typeof welcomeOf>[0]) => void,
  isDone: (state: PanelState) => boolean,
): Promise<PanelState> => {
  server.use(onHello((hello, send) => act(send, hello)));
  const { openPanelLink } = await import('./panel-link.ts');
  const link = openPanelLink({
    url: hubUrl,
    clock: asyncScheduler,
    random: () => 0.5,
    software: 'test/1',
    transports: [globalWebSocket()],
  });
  let state = emptyPanel;
  const events = link.events$.subscribe((event) => {
    state = stepPanel(state, event);
  });
  try {
    await vi.waitUntil(() => isDone(state), { interval: 2, timeout: 20_000 });
    return state;
  } finally {
    events.unsubscribe();
  }
};

/** The transport of engine.io that uses the global WebSocket, which is the one that is intercepted. */
let webSocketTransport: unknown;
const globalWebSocket = () => webSocketTransport as never;
beforeAll(async () => {
  ({ WebSocket: webSocketTransport } = await import('socket.io-client'));
});

const viewOf = (state: PanelState) => toPanelView(state, { running: 1000, wall: Date.UTC(2026, 10, 23, 13) });

describe('a socket', () => {
  it('on which all is well shows the room', async () => {
    const state = await panelAfter(
      (send, hello) => {
        send('welcome', welcomeOf(hello));
        send('snapshot', snapshotOf());
      },
      ({ site }) => site !== null,
    );
    expect(viewOf(state).tiles.map(({ title }) => title)).toEqual(['Room']);
  });

  it.each([
    ['version', 'version'],
    ['unauthorised', 'signed-out'],
  ] as const)('that ends with %s leads to the page that says what to do', async (code, screen) => {
    const state = await panelAfter(
      (send) => send('bye', byeOf(code)),
      ({ report }) => report.phase === 'closed',
    );
    expect(viewOf(state).screen).toBe(screen);
  });

  it.each([
    ['is no object', 'everything'],
    ['lacks its points', { ...snapshotOf(), points: undefined }],
    [
      'has a quality that is no text',
      { ...snapshotOf(), points: [{ id: 'room/front/temperature', v: 25, q: 7, lsn: 1, reported: 1, changed: 1 }] },
    ],
    ['is of another subscription', { ...snapshotOf(), sub: 'somebody-else' }],
  ])('whose snapshot %s shows nothing of it', async (_name, snapshot) => {
    let hellos = 0;
    const state = await panelAfter(
      (send, hello) => {
        hellos += 1;
        send('welcome', welcomeOf(hello));
        send('snapshot', snapshot);
        // What comes after it in order is heard: by then the odd one was looked at.
        if (hellos === 1) send('bye', byeOf('unauthorised'));
      },
      ({ report }) => report.phase === 'closed' || report.phase === 'resting',
    );
    expect(state.site).toBeNull();
    expect(state.points.size).toBe(0);
    expect(viewOf(state).tiles).toEqual([]);
  });

  it('with points and alarms of what the site does not have shows the room all the same', async () => {
    const odd = snapshotOf();
    const state = await panelAfter(
      (send, hello) => {
        send('welcome', welcomeOf(hello));
        send('snapshot', { ...odd, points: [...odd.points, { id: 'gone/a/b', v: null, q: 'bad', lsn: 2, reported: 1, changed: 1 }] });
      },
      ({ site }) => site !== null,
    );
    expect(viewOf(state).tiles).toHaveLength(1);
  });

  it('[VE3] of a hub of next year shows what it knows, and takes no value of a quality that it does not know for one', async () => {
    const state = await panelAfter(
      (send, hello) => {
        for (const said of [
          { event: 'welcome', payload: welcomeOf(hello) },
          { event: 'snapshot', payload: snapshotOf() },
        ]) {
          for (const { event, payload } of toNextYear(said)) send(event, payload);
        }
      },
      ({ site, report }) => site !== null || report.phase === 'closed',
    );
    expect(state.site?.title).toBe('Greenhouse');
    expect(state.points.get('room/front/temperature')).toMatchObject({ v: 25, q: 'good' });
    expect(state.points.get('room/next_year/lux')).toMatchObject({ v: null, q: 'bad' });
    expect(viewOf(state).tiles).toHaveLength(1);
    // Panels of other tests may still dial this hub, so its greetings are not counted: this one did not have to dial again.
    expect(state.report).toMatchObject({ phase: 'ready', attempt: 1 });
  });
});
