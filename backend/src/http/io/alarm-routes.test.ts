import { textReason, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openServer } from './testing/open-server.ts';

const hot = {
  kind: 'alarm',
  alarm: 'flower_room/hot',
  state: 'active',
  priority: 'P2',
  by: { kind: 'hub' },
  why: textReason('hot'),
} as const;
const cold: EntryDraft = { ...hot, alarm: 'cold_store/warm' };
const shelve = { alarms: [hot.alarm], forMs: 3_600_000, reason: 'defrost' };

const openAlarms = async (...drafts: readonly EntryDraft[]) => {
  const server = await openServer();
  server.store.log.head$.subscribe(server.refresh);
  server.store.log.append(drafts);
  const entries = () => server.store.log.read(0, { entries: 1000, bytes: 1e6 }).filter(({ kind }) => kind === 'alarm');
  const post = async (path: string, body?: object, token = 'technician') => {
    const answer = await server.ask('POST', `/api/v1/alarms/${path}`, { token, ...(body !== undefined && { body }) });
    return { status: answer.statusCode, body: answer.json() };
  };
  return { ...server, entries, post };
};

describe('acknowledging over HTTP', () => {
  const path = `${encodeURIComponent(hot.alarm)}/acknowledge`;

  it('[AL5] says who has seen an alarm, once, and is on disk by then', async () => {
    const { post, store, entries } = await openAlarms(hot);
    const { body } = await post(path, { comment: 'on my way' });
    expect(body).toMatchObject({
      state: 'acknowledged',
      isAcknowledged: true,
      count: 1,
      why: { ...textReason('hot'), message: 'hot' },
      comment: 'on my way',
    });
    expect(body.acknowledgedBy).toEqual({ kind: 'user', id: 'token-of-technician' });
    expect(store.durable).toBeGreaterThanOrEqual(body.lsn);
    const before = entries().length;
    expect((await post(path)).status).toBe(200);
    expect(entries()).toHaveLength(before);
  });

  it('an alarm that cleared before anybody looked is shown until somebody has, and does not stand again by it', async () => {
    const { post, view, entries } = await openAlarms(hot, { ...hot, state: 'cleared' }, hot, { ...hot, state: 'cleared' });
    expect(view.snapshot('view').alarms.find((one) => one.alarm === hot.alarm)).toMatchObject({
      state: 'cleared',
      isAcknowledged: false,
      count: 2,
    });
    expect((await post(path)).body).toMatchObject({ state: 'cleared', isAcknowledged: true });
    expect(entries().at(-1)).toMatchObject({ kind: 'alarm', state: 'cleared', isAcknowledged: true });
    expect(await post(path)).toMatchObject({ status: 404, body: { code: 'alarm/unknown' } });
  });

  it('[AL5] several at once are answered as they stand, or refused together', async () => {
    const { post, entries } = await openAlarms(hot, cold);
    const before = entries().length;
    expect(await post('acknowledge', { alarms: [hot.alarm, 'flower_room/nothing'] })).toMatchObject({ status: 404 });
    expect(entries()).toHaveLength(before);
    const { body } = await post('acknowledge', { alarms: [hot.alarm, 'cold_store/warm'], comment: 'both seen' });
    expect(body).toMatchObject([
      { alarm: hot.alarm, comment: 'both seen' },
      { alarm: 'cold_store/warm', comment: 'both seen' },
    ]);
  });

  it.each([
    ['no alarm', { alarms: [] }],
    ['more than 100 alarms', { alarms: Array.from({ length: 101 }, (_, n) => `room/${n}`) }],
    ['a comment of more than 400 characters', { alarms: [hot.alarm], comment: 'x'.repeat(401) }],
    ['a member that it does not know', { alarms: [hot.alarm], reason: 'seen' }],
  ])('[AL5] refuses %s', async (_what, body) => {
    const { post, entries } = await openAlarms(hot);
    const before = entries().length;
    expect(await post('acknowledge', body)).toMatchObject({ status: 400, body: { code: 'protocol/invalid' } });
    expect(entries()).toHaveLength(before);
  });
});

describe('shelving over HTTP', () => {
  it('[AL6] names the person, the reason and the end, is on disk by then, and is in the list', async () => {
    const { post, ask, store, time } = await openAlarms(hot);
    const { status, body } = await post('shelve', shelve);
    const shelved = { by: { kind: 'user', id: 'token-of-technician' }, reason: 'defrost', until: time.at + 3_600_000 };
    expect([status, body]).toMatchObject([200, [{ alarm: hot.alarm, state: 'active', shelved }]]);
    expect(store.durable).toBeGreaterThanOrEqual(body[0].lsn);
    expect((await ask('GET', '/api/v1/alarms', { token: 'viewer' })).json()).toContainEqual(body[0]);
    expect((await post('unshelve', { alarms: [hot.alarm], reason: 'done' })).body[0]).not.toHaveProperty('shelved');
    expect((await post('unshelve', { alarms: [hot.alarm] })).status).toBe(200);
  });

  it.each([
    ['without an end', { ...shelve, forMs: undefined }],
    ['for more than 24 h', { ...shelve, forMs: 86_400_001 }],
    ['for no time', { ...shelve, forMs: 0 }],
    ['without a reason', { ...shelve, reason: undefined }],
    ['with an empty reason', { ...shelve, reason: '  ' }],
    ['with a reason of more than 400 characters', { ...shelve, reason: 'x'.repeat(401) }],
    ['with a member that it does not know', { ...shelve, until: 5 }],
  ])('[AL6] is refused %s', async (_what, body) => {
    const { post, entries } = await openAlarms(hot);
    const before = entries().length;
    expect(await post('shelve', body)).toMatchObject({ status: 400, body: { code: 'protocol/invalid' } });
    expect(entries()).toHaveLength(before);
  });

  it('[AL6] of an alarm that must not be shelved is refused with what to do instead', async () => {
    const { post } = await openAlarms({ ...hot, isShelvable: false });
    expect(await post('shelve', shelve)).toEqual({
      status: 409,
      body: {
        code: 'alarm/not-shelvable',
        message: 'flower_room/hot must not be shelved: its document says shelvable: false. Nothing was changed; acknowledge it instead',
      },
    });
  });

  it('[AL6] asks for the right before it reads the body', async () => {
    const { post, app } = await openAlarms(hot);
    for (const path of ['shelve', 'unshelve', 'acknowledge']) {
      expect((await post(path, { nonsense: true }, 'viewer')).status).toBe(403);
      const answer = await app.inject({ method: 'POST', url: `/api/v1/alarms/${path}`, payload: '{', headers: { host: '127.0.0.1:8420' } });
      expect(answer.statusCode).toBe(401);
    }
  });

  it('[AL6] is for the locations of a credential alone', async () => {
    const { post, entries } = await openAlarms(hot, cold, { ...hot, alarm: 'hub/restarted' });
    const before = entries().length;
    for (const alarms of [[hot.alarm], ['cold_store/warm', hot.alarm], ['hub/restarted']]) {
      for (const path of ['shelve', 'unshelve']) {
        const body = path === 'shelve' ? { ...shelve, alarms } : { alarms };
        expect(await post(path, body, 'technician@cold_store')).toMatchObject({ status: 403, body: { code: 'auth/forbidden' } });
      }
    }
    expect(entries()).toHaveLength(before);
    expect((await post('shelve', { ...shelve, alarms: ['cold_store/warm'] }, 'technician@cold_store')).status).toBe(200);
  });

  it('[AL6] [SE7] is counted as a command', async () => {
    const { post } = await openAlarms(hot);
    const codes = await Promise.all(Array.from({ length: 25 }, async () => (await post('shelve', shelve)).status));
    expect(codes.filter((code) => code === 429)).toHaveLength(5);
  });
});
