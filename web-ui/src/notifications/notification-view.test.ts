import type { NotificationsAnswer } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { toNotificationView, toTestTexts } from './notification-view.ts';

const now = Date.UTC(2026, 10, 30, 14, 3, 27);
const mail: NotificationsAnswer['channels'][number] = {
  id: 'mail',
  kind: 'email',
  failures: 0,
  deliveredAt: now - 61_000,
  failedAt: null,
  error: null,
};
const message: NotificationsAnswer['waiting'][number] = {
  id: 'a#1/0-0/maria@mail',
  channel: 'mail',
  person: 'maria',
  priority: 'P2',
  alarms: [
    { alarm: 'a', kind: 'raised' },
    { alarm: 'b', kind: 'resolved' },
  ],
  queuedAt: now - 5000,
  tries: 0,
  error: null,
  end: null,
  endedAt: null,
};
const view = (parts: Partial<NotificationsAnswer> = {}) =>
  toNotificationView({ isConfigured: true, channels: [mail], waiting: [], ended: [], ...parts }, createSiteTime('UTC'), now);
const channel = (parts: Partial<typeof mail>) => view({ channels: [{ ...mail, ...parts }] }).channels[0];

describe('the page of the notifications', () => {
  it('says when a channel delivered last, that it fails, and that it was never tried', () => {
    expect(channel({})).toMatchObject({ kind: 'E-mail', glyph: 'ok', word: 'Last delivered 14:02:26, 1 m 1 s ago', error: '' });
    expect(channel({ failures: 2, error: 'no answer', failedAt: now - 1000 })).toMatchObject({
      glyph: 'down',
      word: 'Not delivered; last delivered 14:02:26, 1 m 1 s ago',
      error: 'no answer (14:03:26)',
    });
    expect(channel({ failures: 1, deliveredAt: null, error: 'refused' })).toMatchObject({ word: 'Not delivered', error: 'refused' });
    expect(channel({ deliveredAt: null })).toMatchObject({ glyph: 'unknown', word: 'Not tried yet' });
  });

  it('says of each message for whom it is, what it is about, and what came of it', () => {
    expect(view({ waiting: [message] }).waiting[0]).toMatchObject({
      to: 'maria by mail',
      what: 'a raised and 1 more',
      when: '14:03:22',
      state: 'waits to be sent',
    });
    const state = (parts: Partial<typeof message>) => view({ ended: [{ ...message, ...parts }] }).ended[0];
    expect(state({ tries: 1, error: 'no answer' })).toMatchObject({ state: 'not delivered after 1 attempt', error: 'no answer' });
    expect(state({ tries: 2, error: 'no answer', end: 'delivered', endedAt: now })).toMatchObject({
      state: 'delivered',
      error: '',
      when: '14:03:27',
    });
    expect(state({ tries: 9, end: 'given-up' })).toMatchObject({ state: 'given up after 9 attempts' });
  });

  it('says what came of a test for each address', () => {
    expect(
      toTestTexts([
        { channel: 'mail', person: 'maria', error: null },
        { channel: 'hook', person: null, error: 'no answer' },
      ]),
    ).toEqual(['maria by mail: delivered', 'hook: no answer']);
  });
});
