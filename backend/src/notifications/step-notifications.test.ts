import type { AlarmStatus } from '@phloem/protocol';
import type { NotificationsDocument } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { toNotificationPlan } from './notification-plan.ts';
import { noNotifications, type Delivery, type NotificationState } from './notification-state.ts';
import { toDue } from './outbox.ts';
import { stepNotifications, type NotificationEvent } from './step-notifications.ts';

const minute = 60_000;
/** A Monday evening in winter, by the clocks of Vienna 18:00. */
const evening = Date.UTC(2026, 10, 30, 17);

const spec: NotificationsDocument['spec'] = {
  channels: {
    mail: { kind: 'email', host: 'mail.example.org', from: 'phloem@example.org' },
    push: { kind: 'ntfy', url: 'https://ntfy.example.org' },
    hook: { kind: 'webhook', url: 'https://hook.example.org', secret: 'hook' },
  },
  people: {
    maria: { addresses: { mail: 'maria@example.org', push: 'maria-topic' } },
    jonas: { addresses: { mail: 'jonas@example.org' } },
  },
  rotas: { night: { people: ['maria', 'jonas'], from: '2026-11-30', at: '08:00', every: 'day' } },
  routes: [
    { priorities: ['P1', 'P2'], steps: [{ notify: ['maria'] }, { notify: ['jonas'], after: '10min' }], repeat: '30min' },
    { priorities: ['P3'], steps: [{ notify: ['jonas'] }], quiet: { from: '22:00', to: '06:00' } },
    { priorities: ['P1'], locations: ['cold_store'], steps: [{ notify: ['hook'] }] },
  ],
};
const plan = toNotificationPlan({ spec }, 'Europe/Vienna');

const alarm = (parts: Partial<AlarmStatus> = {}): AlarmStatus => ({
  alarm: 'flower_room/hot',
  state: 'active',
  priority: 'P1',
  why: { code: 'alarm/condition', params: { title: 'Too hot', because: '31 °C' } },
  since: evening,
  raised: evening,
  isAcknowledged: false,
  acknowledgedBy: null,
  count: 1,
  lsn: 7,
  ...parts,
});

/** A site whose alarms and messages the test drives. */
const createSite = (which = plan) => {
  let state: NotificationState = noNotifications;
  let now = { up: 0, at: evening };
  const step = (event: NotificationEvent): void => {
    // What is stored is what goes on after a restart.
    state = JSON.parse(JSON.stringify(stepNotifications(which, state, event, now)));
  };
  const due = (): readonly Delivery[] => toDue(which, state, now);
  return {
    get state() {
      return state;
    },
    look: (alarms: readonly AlarmStatus[], afterMs = 0) => {
      now = { up: now.up + afterMs, at: now.at + afterMs };
      step({ kind: 'look', alarms });
    },
    due,
    /** Delivers all that is due; what was sent, in words. */
    deliver: (): readonly string[] => {
      const sent: string[] = [];
      for (let all = due(); all.length > 0; all = due()) {
        for (const { id, recipient, notices } of all) {
          sent.push(
            `${recipient.person ?? recipient.channel} by ${recipient.channel}: ${notices.map(({ kind, alarm: name }) => `${kind} ${name}`).join(', ')}`,
          );
          step({ kind: 'delivered', id });
        }
      }
      return sent;
    },
    fail: (isFinal = false) => due().forEach(({ id }) => step({ kind: 'failed', id, error: 'no answer', isFinal })),
  };
};
const byMaria = (text: string): readonly string[] => [`maria by mail: ${text}`, `maria by push: ${text}`];

describe('notifications of an alarm', () => {
  it('[NO1] go out at once for P1, by every channel of the person', () => {
    const site = createSite();
    site.look([alarm()]);
    expect(site.deliver()).toEqual(byMaria('raised flower_room/hot'));
    site.look([alarm()], minute);
    expect(site.due()).toEqual([]);
  });

  it('[NO2] reach the next step after its time, then everybody again, until somebody acknowledges', () => {
    const site = createSite();
    site.look([alarm()]);
    site.deliver();
    site.look([alarm()], 10 * minute - 1);
    expect(site.deliver()).toEqual([]);
    site.look([alarm()], 1);
    expect(site.deliver()).toEqual(['jonas by mail: escalated flower_room/hot']);
    site.look([alarm()], 30 * minute);
    expect(site.deliver()).toEqual([...byMaria('reminder flower_room/hot'), 'jonas by mail: reminder flower_room/hot']);
    site.look([alarm({ isAcknowledged: true, state: 'acknowledged' })], minute);
    site.look([alarm({ isAcknowledged: true, state: 'acknowledged' })], 29 * minute);
    expect(site.deliver()).toEqual([]);
  });

  it('[NO3] come again when an acknowledged alarm is still active after 30 minutes', () => {
    const site = createSite();
    site.look([alarm()]);
    site.deliver();
    const seen = alarm({ isAcknowledged: true, state: 'acknowledged' });
    site.look([seen], minute);
    site.look([seen], 30 * minute);
    expect(site.deliver()).toEqual(byMaria('reminder flower_room/hot'));
  });

  it('[NO4] end with a message to those who were notified', () => {
    const site = createSite();
    site.look([alarm()]);
    site.deliver();
    site.look([alarm({ state: 'cleared', since: evening + minute })], minute);
    expect(site.due().map(({ notices }) => notices[0]?.cleared)).toEqual([evening + minute, evening + minute]);
    expect(site.deliver()).toEqual(byMaria('resolved flower_room/hot'));
    site.look([], minute);
    expect(site.deliver()).toEqual([]);
  });

  it('[NO5] of a shelved alarm, or of one that comes from another, are not sent', () => {
    const site = createSite();
    const by = { kind: 'user', id: 'maria' } as const;
    const shelved = { by, reason: 'door is being repaired', since: evening, until: evening + minute, untilUp: minute };
    site.look([alarm({ priority: 'P2', shelved }), alarm({ alarm: 'bus/a' }), alarm({ alarm: 'bus/a/unit/1', parent: 'bus/a' })]);
    expect(site.deliver()).toEqual(byMaria('raised bus/a'));
    // The cause is gone, and what came of it is not.
    site.look([alarm({ alarm: 'bus/a', state: 'cleared' }), alarm({ alarm: 'bus/a/unit/1', parent: 'bus/a' })], minute);
    expect(site.deliver()).toEqual([...byMaria('resolved bus/a'), ...byMaria('raised bus/a/unit/1')]);
  });

  it('[NO5] are sent of an alarm that is more urgent than what it comes from', () => {
    const steps = [{ notify: ['maria'] }, { notify: ['jonas'], after: '10min' }];
    const urgentOnly = toNotificationPlan({ spec: { ...spec, routes: [{ priorities: ['P1'], steps }] } }, 'Europe/Vienna');
    const bus = alarm({ alarm: 'bus/a', priority: 'P2' });
    const site = createSite(urgentOnly);
    site.look([bus, alarm({ parent: 'bus/a' })]);
    expect(site.deliver()).toEqual(byMaria('raised flower_room/hot'));
    // One that turns out to come from a less urgent alarm only later is escalated all the same.
    const later = createSite(urgentOnly);
    later.look([alarm()]);
    later.deliver();
    later.look([bus, alarm({ parent: 'bus/a' })], 10 * minute);
    expect(later.deliver()).toEqual(['jonas by mail: escalated flower_room/hot']);
  });

  it('[NO6] below P1 wait 30 s for others, and travel together', () => {
    const site = createSite();
    site.look([alarm({ alarm: 'a/x', priority: 'P2' })]);
    site.look([alarm({ alarm: 'a/x', priority: 'P2' }), alarm({ alarm: 'a/y', priority: 'P2' })], 29_999);
    expect(site.deliver()).toEqual([]);
    site.look([alarm({ alarm: 'a/x', priority: 'P2' }), alarm({ alarm: 'a/y', priority: 'P2' })], 1);
    expect(site.deliver()).toEqual(byMaria('raised a/x, raised a/y'));
  });

  it('[NO6] of P1 wait for no others, however many there are', () => {
    const site = createSite();
    const storm = Array.from({ length: 500 }, (_, n) => alarm({ alarm: `a/n${n}`, priority: 'P2', lsn: n + 1 }));
    site.look(storm);
    site.look([...storm, alarm()], 1000);
    expect(site.due().map(({ notices }) => notices.map((notice) => notice.alarm))).toEqual([['flower_room/hot'], ['flower_room/hot']]);
    expect(site.state.outbox.length).toBeLessThan(30);
  });

  it('[NO6] of P1 do not wait for another of P1 that is under way, and report one alarm in order', () => {
    const site = createSite();
    site.look([alarm()]);
    const [first] = site.due();
    site.look([alarm(), alarm({ alarm: 'cold_store/warm', lsn: 8 })]);
    expect(site.due().map(({ id }) => id)).toEqual([
      first?.id,
      'flower_room/hot#7/0-0/maria@push',
      'cold_store/warm#8/0-0/maria@mail',
      'cold_store/warm#8/0-0/maria@push',
      'cold_store/warm#8/2-0/@hook',
    ]);
    // That it is over is not said before it was said that it began.
    site.look([alarm({ state: 'cleared' })], 1000);
    expect(
      site
        .due()
        .flatMap(({ notices }) => notices)
        .every(({ alarm: name, kind }) => name !== 'flower_room/hot' || kind === 'raised'),
    ).toBe(true);
  });

  it('[NO6] of an alarm below P1 that came and went before they were sent, are not sent', () => {
    const site = createSite();
    site.look([alarm({ priority: 'P2' })]);
    site.look([alarm({ priority: 'P2', state: 'cleared' })], 10_000);
    site.look([], minute);
    expect(site.deliver()).toEqual([]);
    expect(site.state.outbox).toEqual([]);
  });

  it('[NO7] wait for the end of quiet hours, but not those of P1', () => {
    const site = createSite();
    site.look([], 5 * 60 * minute);
    const both = [alarm({ alarm: 'a/x', priority: 'P3' }), alarm()];
    site.look(both);
    site.look(both, minute);
    expect(site.deliver()).toEqual(byMaria('raised flower_room/hot'));
    site.look([both[0] ?? alarm()], 7 * 60 * minute);
    expect(site.deliver()).toContain('jonas by mail: raised a/x');
  });

  it('[NO8] go to who is on call by the clocks of the site', () => {
    const onCall = (at: number) => plan.recipientsOf('night', at)[0]?.person;
    expect(onCall(Date.UTC(2026, 10, 30, 7, 0))).toBe('maria');
    expect(onCall(Date.UTC(2026, 10, 30, 6, 59))).toBe('jonas');
    expect(onCall(Date.UTC(2026, 11, 1, 6, 59))).toBe('maria');
    expect(onCall(Date.UTC(2026, 11, 1, 7, 0))).toBe('jonas');
    // In summer the clocks are ahead by an hour.
    expect(onCall(Date.UTC(2027, 5, 1, 5, 59)) === onCall(Date.UTC(2027, 5, 1, 6, 0))).toBe(false);
  });

  it('[NO9] start again when an alarm comes again or becomes more urgent', () => {
    const site = createSite();
    site.look([alarm({ priority: 'P2' })]);
    site.look([alarm({ priority: 'P1', raised: evening + 1, lsn: 9 })], 1000);
    expect(site.due().map(({ id }) => id)).toEqual(['flower_room/hot#9/0-0/maria@mail', 'flower_room/hot#9/0-0/maria@push']);
    site.deliver();
    site.look([alarm({ raised: evening + 2, lsn: 12 })], 1000);
    expect(site.deliver()).toEqual(byMaria('raised flower_room/hot'));
  });
});

describe('the outbox', () => {
  it('[NO10] tries a message again under the same id until it is delivered', () => {
    const site = createSite();
    site.look([alarm()]);
    const ids = site.due().map(({ id }) => id);
    site.fail();
    expect(site.due()).toEqual([]);
    site.look([alarm()], 5000);
    expect(site.due().map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    expect(site.state.channels['mail']).toMatchObject({ failures: 1, error: 'no answer' });
    site.deliver();
    expect(site.state.channels['mail']).toMatchObject({ failures: 0, deliveredAt: evening + 5000 });
  });

  it('[NO11] goes to the next step at once where nobody of a step can be reached', () => {
    const site = createSite();
    site.look([alarm()]);
    site.fail();
    site.look([alarm()], 1000);
    expect(site.deliver()).toEqual(['jonas by mail: escalated flower_room/hot']);
  });

  it('[NO10] gives up what can never be delivered, and what was not for a day', () => {
    const site = createSite();
    site.look([alarm()]);
    site.fail(true);
    expect(site.state.outbox).toEqual([]);
    expect(site.state.ended.map(({ end, error }) => [end, error])).toEqual([
      ['given-up', 'no answer'],
      ['given-up', 'no answer'],
    ]);
    const other = createSite();
    other.look([alarm({ priority: 'P2' })]);
    for (let hour = 0; hour < 30; hour += 1) {
      other.look([alarm({ priority: 'P2', isAcknowledged: true, state: 'acknowledged' })], 60 * minute);
      other.fail();
    }
    expect(other.state.ended.some(({ end }) => end === 'given-up')).toBe(true);
  });

  it('[NO12] does not use a channel to say that it fails', () => {
    const site = createSite();
    site.look([alarm({ alarm: 'notification/push', priority: 'P2' })]);
    site.look([alarm({ alarm: 'notification/push', priority: 'P2' })], 30_000);
    expect(site.deliver()).toEqual(['maria by mail: raised notification/push']);
  });

  it('[NO13] takes the routes of the locations of an alarm', () => {
    const site = createSite();
    site.look([alarm({ alarm: 'cold_store/warm' })]);
    expect(site.deliver()).toEqual([...byMaria('raised cold_store/warm'), 'hook by hook: raised cold_store/warm']);
  });
});
