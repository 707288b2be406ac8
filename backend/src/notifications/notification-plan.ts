import { createTimeZone, DAY_MS, parseDay, toLocal, type AlarmStatus, type LocationId, type TimeZone } from '@phloem/protocol';
import { parseDuration, type NotificationChannel, type NotificationsDocument } from '@phloem/rules';

/** Where a message goes: a channel, and the person and address there; a channel with one receiver has neither. */
export type Recipient = { readonly channel: string; readonly person: string | null; readonly address: string | null };

/** A time of day, in ms since midnight of the site. */
type ClockMs = number;
export type QuietHours = { readonly fromMs: ClockMs; readonly toMs: ClockMs };

/** A step of a route: who is notified, and how long after the alarm was raised. */
export type RouteStep = { readonly afterMs: number; readonly notify: readonly string[] };

export type Route = {
  readonly priorities: readonly AlarmStatus['priority'][];
  /** Null for alarms of every location, and of none. */
  readonly locations: readonly LocationId[] | null;
  readonly steps: readonly RouteStep[];
  /** How often everybody is notified again after the last step; null for never. */
  readonly repeatMs: number | null;
  readonly quiet: QuietHours | null;
};

/** Who is notified of what. */
export type NotificationPlan = {
  readonly channels: Readonly<Record<string, NotificationChannel>>;
  readonly routes: readonly Route[];
  /** The recipients that a name stands for at a wall time: those of a person, of who is on call, or a channel itself. */
  readonly recipientsOf: (name: string, at: number) => readonly Recipient[];
  /** Claims that a wall time lies within quiet hours. */
  readonly isQuiet: (quiet: QuietHours, at: number) => boolean;
};

const toClockMs = (text: string): ClockMs => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 3_600_000 + minutes * 60_000;
};

const toMs = (text: string | undefined): number | null => (text === undefined ? null : (parseDuration(text) ?? null));

type Spec = NotificationsDocument['spec'];

const toRoute = ({ priorities, locations, steps, repeat, quiet }: Spec['routes'][number]): Route => ({
  priorities,
  locations: locations ?? null,
  steps: steps.map(({ notify, after }) => ({ notify, afterMs: toMs(after) ?? 0 })).toSorted((a, b) => a.afterMs - b.afterMs),
  repeatMs: toMs(repeat),
  quiet: quiet === undefined ? null : { fromMs: toClockMs(quiet.from), toMs: toClockMs(quiet.to) },
});

/** Who of a rota is on call: days begin at its time of day, by the clocks of the site. */
const toOnCall = ({ people, from, at, every }: NonNullable<Spec['rotas']>[string], zone: TimeZone, wall: number): string | undefined => {
  const local = toLocal(zone, wall) - toClockMs(at ?? '00:00');
  const days = Math.floor(local / DAY_MS) - (parseDay(from) ?? 0);
  const turns = Math.floor(days / (every === 'week' ? 7 : 1));
  return people[((turns % people.length) + people.length) % people.length];
};

/** Makes the plan of a document that has been checked. Times of day are those of the site's zone. */
export const toNotificationPlan = ({ spec }: Pick<NotificationsDocument, 'spec'>, timeZone: string): NotificationPlan => {
  const zone = createTimeZone(timeZone);
  const { channels, people = {}, rotas = {} } = spec;
  const recipientsOf = (name: string, at: number): readonly Recipient[] => {
    const rota = rotas[name];
    const person = rota === undefined ? name : (toOnCall(rota, zone, at) ?? name);
    const addresses = people[person]?.addresses;
    if (addresses === undefined) return channels[name] === undefined ? [] : [{ channel: name, person: null, address: null }];
    return Object.entries(addresses).map(([channel, address]) => ({ channel, person, address }));
  };
  return {
    channels,
    routes: spec.routes.map(toRoute),
    recipientsOf,
    isQuiet: ({ fromMs, toMs: untilMs }, at) => {
      const local = toLocal(zone, at);
      const clock = local - Math.floor(local / DAY_MS) * DAY_MS;
      return fromMs <= untilMs ? clock >= fromMs && clock < untilMs : clock >= fromMs || clock < untilMs;
    },
  };
};

/** The routes that an alarm takes. */
export const toRoutes = (plan: NotificationPlan, priority: AlarmStatus['priority'], locations: readonly LocationId[]): readonly number[] =>
  plan.routes.flatMap((route, index) => {
    const isHere = route.locations === null || route.locations.some((one) => locations.includes(one));
    return route.priorities.includes(priority) && isHere ? [index] : [];
  });
