import { randomUUID } from 'node:crypto';
import { reasonOf, textReason, type AlarmEntry } from '@phloem/protocol';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { catchUpView } from '../sessions/run-sessions.ts';
import { createHubFixture } from '../sessions/testing/hub-fixture.ts';
import { toNotificationPlan } from './notification-plan.ts';
import { runNotifications } from './run-notifications.ts';
import type { Send, SendOutcome } from './send.ts';
import type { Message } from './to-message.ts';

const plan = toNotificationPlan(
  {
    spec: {
      channels: {
        mail: { kind: 'email', host: 'mail.example.org', from: 'phloem@example.org' },
        push: { kind: 'ntfy', url: 'https://ntfy.example.org' },
      },
      people: { maria: { addresses: { mail: 'maria@example.org', push: 'maria' } } },
      routes: [{ priorities: ['P1', 'P2'], steps: [{ notify: ['maria'] }] }],
    },
  },
  'UTC',
);

const hot = (parts: Partial<AlarmEntry> = {}) =>
  ({ kind: 'alarm', alarm: 'flower_room/hot', state: 'active', priority: 'P1', by: { kind: 'hub' }, ...parts }) as const;

/** A hub whose messages the test answers, or leaves unanswered. */
const openSite = (answers: Partial<Record<string, SendOutcome>> = {}) => {
  const hub = createHubFixture();
  hub.store.log.head$.subscribe(() => catchUpView(hub.view, hub.store.log));
  const sent: { readonly channel: string; readonly message: Message }[] = [];
  const send: Send = ({ channel }, message) => {
    sent.push({ channel, message });
    const answer = answers[channel];
    return answer === undefined ? new Promise(() => undefined) : Promise.resolve(answer);
  };
  const scheduler = new VirtualTimeScheduler();
  const start = (own: Partial<Record<string, Send>> = {}) =>
    runNotifications({
      plan,
      store: hub.store,
      view: hub.view,
      send: (recipient, message) => (own[recipient.channel] ?? send)(recipient, message),
      panel: new URL('https://grow.example'),
      scheduler,
    });
  return { ...hub, sent, start, answers };
};
const delivered: SendOutcome = { kind: 'delivered' };
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('running notifications', () => {
  it('[NO1] sends as soon as an alarm is in the log', async () => {
    const site = openSite({ mail: delivered, push: delivered });
    const notifications = site.start();
    site.store.log.append([hot()]);
    expect(site.sent.map(({ channel }) => channel)).toEqual(['mail', 'push']);
    expect(site.sent[0]?.message).toMatchObject({ priority: 'P1', link: 'https://grow.example/alarms' });
    await settled();
    expect(notifications.status()).toMatchObject({ waiting: [], ended: [{ end: 'delivered' }, { end: 'delivered' }] });
    notifications.close();
  });

  it('[NO15] sends a message again under its id after a kill before the channel answered, and one that was delivered never', async () => {
    const site = openSite({ mail: delivered });
    const before = site.start();
    site.store.log.append([hot()]);
    await settled();
    // The process ends here: nobody hears what comes of the message by push.
    before.close();
    site.answers['push'] = delivered;
    const after = site.start();
    await settled();
    expect(site.sent.map(({ channel, message }) => [channel, message.id])).toEqual([
      ['mail', 'flower_room/hot#1/0-0/maria@mail'],
      ['push', 'flower_room/hot#1/0-0/maria@push'],
      ['push', 'flower_room/hot#1/0-0/maria@push'],
    ]);
    expect(after.status().waiting).toEqual([]);
    after.close();
  });

  it('[NO15] notifies of an alarm that was raised while the notifications did not run', async () => {
    const site = openSite({ mail: delivered, push: delivered });
    site.store.log.append([hot()]);
    const notifications = site.start();
    await settled();
    expect(site.sent).toHaveLength(2);
    notifications.close();
  });

  it('[NO12] raises an alarm for a channel that fails, sends it by the others, and clears it', async () => {
    const site = openSite({ mail: delivered, push: { kind: 'failed', error: 'no answer', isFinal: false } });
    const notifications = site.start();
    site.store.log.append([hot()]);
    for (let n = 0; n < 3; n += 1) {
      await settled();
      site.time.up += 60_000;
      site.time.at += 60_000;
      site.store.log.append([hot({ alarm: `flower_room/${randomUUID().slice(0, 8)}` })]);
    }
    await settled();
    const alarm = site.view.alarm('notification/push');
    expect(alarm).toMatchObject({
      state: 'active',
      priority: 'P2',
      why: { code: 'notification/failing', params: { channel: 'push', lastAt: null } },
    });
    expect(
      notifications
        .status()
        .waiting.filter(({ alarms }) => alarms[0]?.alarm === 'notification/push')
        .map(({ channel }) => channel),
    ).toEqual(['mail']);
    site.answers['push'] = delivered;
    await notifications.test('maria');
    expect(site.view.alarm('notification/push')?.state).toBe('cleared');
    notifications.close();
  });

  it('[NO12] clears the alarm of a channel that the site does not have any more', () => {
    const site = openSite();
    const why = reasonOf('notification/failing', { channel: 'pager', because: textReason('no answer'), lastAt: null });
    site.store.log.append([hot({ alarm: 'notification/pager', priority: 'P2', why })]);
    site.start().close();
    expect(site.view.alarm('notification/pager')?.state).toBe('cleared');
  });

  it('[NO10] takes an error in a channel for a failure of it, and goes on', async () => {
    const site = openSite({ mail: delivered });
    const notifications = site.start({ push: () => Promise.reject(new Error('bug')) });
    site.store.log.append([hot()]);
    await settled();
    expect(notifications.status()).toMatchObject({
      waiting: [{ channel: 'push', tries: 1, error: 'internal error: bug' }],
      ended: [{ channel: 'mail' }],
    });
    notifications.close();
  });
});
