import { reasonOf, Fault, textReason } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { History, HistoryClient } from '../../history/history.ts';
import { createMemoryHistory } from '../../history/memory-history.ts';
import { createMemoryClient } from '../../history/testing/memory-client.ts';
import { openServer as openHttp } from './testing/open-server.ts';

const id = 'flower_room/front/temperature';
const path = '/api/v1/points/flower_room%2Ffront%2Ftemperature';
const fan = '/api/v1/devices/flower_room%2Ffan/timeline';

const openServer = async (options: { door?: HistoryClient; isDemonstration?: boolean } = {}) => {
  const history: History = createMemoryHistory();
  const pasts: unknown[] = [];
  const { app, view, ask, time } = await openHttp({
    history: options.door ?? createMemoryClient(history),
    takePast: (past) => void pasts.push(past),
  });
  Object.assign(view.layout, {
    isDemonstration: options.isDemonstration ?? false,
    points: [{ id, quantity: 'temperature', intervalMs: 1000, decimals: 1, title: 'Front', isDerived: false }],
    devices: [{ id: 'flower_room/fan', title: 'Fan' }],
  });
  return {
    app,
    ask: (url: string, body?: object) =>
      ask(body === undefined ? 'GET' : 'POST', url, { token: 'admin', ...(body !== undefined && { body }) }),
    history,
    time,
    pasts,
  };
};

const write = async (history: History, values: readonly (number | null)[]) =>
  history.write({
    cursor: { epoch: 'AAAAAAAAAAAA', lsn: values.length, at: values.length * 1000, up: 0 },
    samples: values.map((v, n) => ({ point: id, at: n * 1000, lsn: n + 1, v, q: v === null ? 'bad' : 'good' })),
    gaps: [],
    spans: [],
    marks: [],
  });

describe('the history of a point over HTTP', () => {
  it('is reported in as many buckets as asked for', async () => {
    const { ask, history } = await openServer();
    await write(history, [1, 2, null, 4]);
    const answer = await ask(`${path}/history?from=0&to=3999&buckets=2`);
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        id,
        from: 0,
        to: 3999,
        bucketMs: 2000,
        at: [0, 2000],
        min: [1, 4],
        mean: [1.5, 4],
        max: [2, 4],
        values: [2, 1],
        good: [1, 0.5],
        isSimulated: [false, false],
        gaps: [],
      },
    ]);
  });

  it('is the last day in 300 buckets at most when nothing is said', async () => {
    const { ask, history, time } = await openServer();
    time.at = 1_000 * 86_400_000;
    await write(history, [1]);
    const { from, to, at } = (await ask(`${path}/history`)).json();
    expect([from, to]).toEqual([time.at - 86_400_000, time.at]);
    expect(at.length).toBeGreaterThan(280);
    expect(at.length).toBeLessThanOrEqual(300);
  });

  it('is empty for a point of the site that has reported nothing yet, and unknown for any other', async () => {
    const { ask } = await openServer();
    expect((await ask(`${path}/history?from=0&to=10&buckets=2`)).json()).toMatchObject({ mean: [null, null], good: [0, 0] });
    const answer = await ask('/api/v1/points/flower_room%2Ffront%2Fnothing/history');
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'history/unknown']);
    expect((await ask('/api/v1/points/flower_room%2Ffront%2Fnothing/export.csv')).statusCode).toBe(404);
    expect((await ask('/api/v1/devices/flower_room%2Fnothing/timeline')).statusCode).toBe(404);
  });

  it.each([
    ['buckets=0', 'buckets'],
    ['buckets=2001', 'buckets'],
    ['buckets=many', 'buckets'],
    ['from=yesterday', 'from'],
    ['from=-1', 'from'],
    ['to=9e15', 'to'],
    ['from=10&to=9', 'from (10) must not come after to (9)'],
  ])('refuses %s and names what is wrong', async (query, words) => {
    const { ask } = await openServer();
    const answer = await ask(`${path}/history?${query}`);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'protocol/invalid', message: expect.stringContaining(words) });
  });

  it('says that it is not there, while everything else goes on', async () => {
    const broken = createMemoryClient();
    const { ask } = await openServer({
      door: { ...broken, pointHistory: () => Promise.reject(new Fault('history/unavailable', 'it is being started again')) },
    });
    const answer = await ask(`${path}/history`);
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'history/unavailable']);
    expect((await ask('/healthz')).statusCode).toBe(200);
  });
});

describe('the export of a point', () => {
  it('is CSV with the unit in its header and every sample once, over many pages', async () => {
    const { ask, history } = await openServer();
    await write(history, [...Array.from({ length: 12_000 }, (_, n) => n), null]);
    const answer = await ask(`${path}/export.csv?from=0&to=20000000&zone=utc`);
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.headers['content-disposition']).toBe('attachment; filename="flower_room-front-temperature.csv"');
    const lines = answer.body.split('\r\n');
    expect(lines[0]).toBe('time (UTC),flower_room/front/temperature [°C],quality,why,simulated');
    expect(lines[12_000]).toBe('1970-01-01T03:19:59.000Z,11999,good,,no');
    expect(lines[12_001]).toBe('1970-01-01T03:20:00.000Z,,bad,,no');
    expect(lines.slice(12_002)).toEqual(['']);
  });

  it('is in the zone of the site and with the decimal mark that was asked for', async () => {
    const { ask, history } = await openServer();
    await write(history, [1.5]);
    const [head, line] = (await ask(`${path}/export.csv?from=0&to=20000000&decimal=comma`)).body.split('\r\n');
    expect(head).toMatch(/^time \([A-Z]\w+\/\w+\);/);
    expect(line).toMatch(/^1970-01-01T\d\d:00:00\.000[+-]\d\d:\d\d;1,5;good;;no$/);
    expect((await ask(`${path}/export.csv?decimal=dot`)).statusCode).toBe(400);
    expect((await ask(`${path}/export.csv?zone=Europe/Berlin`)).statusCode).toBe(400);
  });

  it('is a header alone where there is nothing', async () => {
    const { ask } = await openServer();
    expect((await ask(`${path}/export.csv`)).body.split('\r\n')).toHaveLength(2);
  });
});

describe('the timeline of a device', () => {
  it('says what it was and why', async () => {
    const { ask, history } = await openServer();
    const span = {
      from: 5,
      to: null,
      value: 40,
      phase: 'confirmed',
      by: { kind: 'user', id: 'anna' },
      why: textReason('a try'),
      cause: 2,
      lsn: 3,
      isSimulated: false,
    } as const;
    await history.write({
      cursor: { epoch: 'AAAAAAAAAAAA', lsn: 3, at: 5, up: 5 },
      samples: [],
      gaps: [],
      spans: [{ kind: 'open', device: 'flower_room/fan', span }],
      marks: [],
    });
    const told = { ...span, why: { ...span.why, message: 'a try' } };
    expect((await ask(`${fan}?from=0&to=10`)).json()).toEqual({ id: 'flower_room/fan', from: 0, to: 10, spans: [told] });
    expect((await ask(`${fan}?from=11&to=10`)).statusCode).toBe(400);
  });

  it('is empty for a device of the site that has reported nothing yet', async () => {
    const { ask } = await openServer();
    expect((await ask(`${fan}?from=0&to=10`)).json()).toEqual({ id: 'flower_room/fan', from: 0, to: 10, spans: [] });
  });
});

describe('the alarms of the site over HTTP', () => {
  const none = { by: null, about: null, locations: null, written: null, action: null, text: '', why: null } as const;
  const marks = [
    { ...none, alarm: 'flower_room/hot', at: 5000, until: 9000, lsn: 3, endLsn: 5, priority: 'P1', why: textReason('=too hot, "31"') },
    {
      ...none,
      alarm: null,
      at: 6000,
      until: 6000,
      lsn: 4,
      endLsn: null,
      priority: null,
      text: 'on my way',
      by: { kind: 'user', id: 'anna' },
      about: 'flower_room/hot',
      action: 'acknowledge',
    },
    {
      ...none,
      alarm: null,
      at: 7000,
      until: 7000,
      lsn: 5,
      endLsn: null,
      priority: null,
      text: 'aphids',
      by: { kind: 'user', id: 'anna' },
      about: 'flower_room',
    },
    { ...none, alarm: 'bus/line', at: 8000, until: null, lsn: 6, endLsn: null, priority: 'P2', why: textReason('down') },
  ] as const;

  it('are reported with what people did, and exported in the zone of the site or in UTC', async () => {
    const { ask, history } = await openServer();
    const cursor = { epoch: 'AAAAAAAAAAAA', lsn: 6, at: 5, up: 5 };
    await history.write({ cursor, samples: [], gaps: [], spans: [], marks: marks.map((mark) => ({ kind: 'open', mark })) });
    const told = (await ask('/api/v1/alarms/history?from=100&to=20000')).json();
    expect(told.alarms.map(({ kind, id }: { kind: string; id: string }) => [kind, id])).toEqual([
      ['alarm', 'flower_room/hot'],
      ['action', 'flower_room/hot'],
      ['alarm', 'bus/line'],
    ]);
    expect(told).toMatchObject({ from: 100, to: 20_000, isCut: false, gaps: [] });
    const file = await ask('/api/v1/alarms/history.csv?from=100&to=20000&zone=utc');
    expect(file.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(file.body.split('\r\n')).toEqual([
      'time (UTC),until (UTC),event,priority,alarm,reason,by',
      `1970-01-01T00:00:05.000Z,1970-01-01T00:00:09.000Z,alarm,P1,flower_room/hot,"'=too hot, ""31""",`,
      '1970-01-01T00:00:06.000Z,,acknowledge,,flower_room/hot,on my way,user:anna',
      '1970-01-01T00:00:08.000Z,,alarm,P2,bus/line,down,',
      '',
    ]);
    expect((await ask('/api/v1/alarms/history.csv?from=8500&to=20000')).body).not.toContain('acknowledge');
  });

  it('are refused as a file where there are too many for one', async () => {
    const { ask, history } = await openServer();
    const many = Array.from({ length: 20_001 }, (_, n) => ({ ...marks[3], alarm: `bus/line_${n}`, at: n, until: n + 1 }));
    const cursor = { epoch: 'AAAAAAAAAAAA', lsn: 6, at: 5, up: 5 };
    await history.write({ cursor, samples: [], gaps: [], spans: [], marks: many.map((mark) => ({ kind: 'open', mark })) });
    const { statusCode, body } = await ask('/api/v1/alarms/history.csv?from=0&to=90000');
    expect([statusCode, JSON.parse(body).code]).toEqual([413, 'protocol/too-large']);
    expect((await ask('/api/v1/alarms/history?from=0&to=90000')).json()).toMatchObject({ isCut: true, alarms: { length: 500 } });
    expect((await ask('/api/v1/alarms/history.csv?from=15000&to=90000')).statusCode).toBe(200);
  });
});

describe('the marks of a location over HTTP', () => {
  const marks = '/api/v1/locations/flower_room/marks';
  const mark = { alarm: 'flower_room/climate/too-hot', at: 5, until: null, lsn: 3, endLsn: null, priority: 'P1', text: '' } as const;
  const why = textReason('too hot');

  it('are reported with what is not known', async () => {
    const { ask, history } = await openServer();
    await history.write({
      cursor: { epoch: 'AAAAAAAAAAAA', lsn: 3, at: 5, up: 5 },
      samples: [],
      gaps: [],
      spans: [],
      marks: [{ kind: 'open', mark: { ...mark, why, by: null, about: null, locations: null, written: null, action: null } }],
    });
    const answer = await ask(`${marks}?from=0&to=10`);
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        location: 'flower_room',
        from: 0,
        to: 10,
        marks: [{ kind: 'alarm', id: mark.alarm, at: 5, until: null, priority: 'P1', text: 'too hot', why, lsn: 3 }],
        isCut: false,
        gaps: [{ from: 0, to: 5, why: { ...reasonOf('history/not-kept'), message: 'alarms and notes were not kept yet' } }],
      },
    ]);
  });

  it('are refused for a location that there is not', async () => {
    const { ask } = await openServer();
    expect((await ask('/api/v1/locations/attic/marks')).json().code).toBe('document/unknown');
  });
});

describe('a made-up past', () => {
  const past = { samples: [{ point: id, at: 500, v: 20, q: 'good' }], spans: [] };

  it('is taken by a demonstration, and reported', async () => {
    const { ask, history, pasts } = await openServer({ isDemonstration: true });
    await history.write({ cursor: { epoch: 'AAAAAAAAAAAA', lsn: 1, at: 1000, up: 0 }, samples: [], gaps: [], spans: [], marks: [] });
    expect((await ask('/api/v1/history/simulated-past', past)).json()).toEqual({ samples: 1, spans: 0, before: 1000 });
    expect(pasts).toEqual([past]);
    expect((await ask('/api/v1/history/simulated-past')).json()).toEqual({ from: 500, to: 500, before: 1000 });
  });

  it('is refused where measured values are at home', async () => {
    const { ask, pasts } = await openServer();
    const answer = await ask('/api/v1/history/simulated-past', past);
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'history/lived']);
    expect(pasts).toEqual([]);
  });
});

it('the description of the API reports all of it', async () => {
  const { ask } = await openServer();
  const { paths } = (await ask('/api/v1/openapi.json')).json();
  for (const route of ['points/{id}/history', 'points/{id}/export.csv', 'devices/{id}/timeline', 'history/simulated-past']) {
    expect(paths).toHaveProperty([`/api/v1/${route}`, 'get', 'summary']);
  }
});
