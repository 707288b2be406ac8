import type { WatchRequest } from '@phloem/protocol';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { WatchNews } from './link.ts';
import { openLink } from './run-link.ts';
import { createFakeNetwork, toWelcome } from './testing/fake-network.ts';

const request: WatchRequest = { watch: 'raw', target: { bus: 'line', unit: 3 }, recent: 50 };
const transactions = (watch: string): WatchNews => ({ event: 'transactions', payload: { watch, dropped: 0, items: [] } });

const open = () => {
  const clock = new VirtualTimeScheduler();
  const network = createFakeNetwork();
  const link = openLink({
    transport: network.transport,
    clock,
    random: () => 0.5,
    nodeId: 'panel-1',
    run: 'run-00000001',
    role: 'technician',
    software: 'test/1',
    subscriptions: [],
  });
  const pass = (ms: number): void => {
    clock.maxFrames = clock.frame + ms;
    clock.flush();
    clock.frame = clock.maxFrames;
  };
  const welcome = () => {
    const connection = network.newest();
    connection.accept();
    connection.say({ event: 'welcome', payload: toWelcome({ heartbeat: { everyMs: 5000, deadMs: 1e9, leaseMs: 3000 } }) });
    return connection;
  };
  const asked = () => network.newest().received.filter(({ event }) => event === 'watch' || event === 'unwatch');
  return { link, network, pass, welcome, asked };
};

describe('a raw watch over a link', () => {
  it('[LA4] is asked for when the link is ready, and receives only what is its own', () => {
    const rig = open();
    const heard: WatchNews[] = [];
    rig.link.watch$(request).subscribe((news) => heard.push(news));
    const connection = rig.welcome();
    expect(rig.asked()).toEqual([{ event: 'watch', payload: request }]);
    connection.say(transactions('other'));
    connection.say(transactions('raw'));
    expect(heard).toEqual([transactions('raw')]);
  });

  it('[LA4] is renewed long before its two minutes are over, without asking for the past again', () => {
    const rig = open();
    rig.link.watch$(request).subscribe();
    rig.welcome();
    rig.pass(95_000);
    expect(rig.asked().map(({ payload }) => payload)).toEqual([request, ...Array.from({ length: 3 }, () => ({ ...request, recent: 0 }))]);
  });

  it('[LA4] is asked for again after a cut', () => {
    const rig = open();
    rig.link.watch$(request).subscribe();
    rig.welcome().cut();
    rig.pass(5000);
    rig.welcome();
    expect(rig.asked()).toEqual([{ event: 'watch', payload: request }]);
  });

  it('[LA4] that nobody looks at any more is given back at once', () => {
    const rig = open();
    const watching = rig.link.watch$(request).subscribe();
    rig.welcome();
    watching.unsubscribe();
    rig.pass(200_000);
    expect(rig.asked().map(({ event }) => event)).toEqual(['watch', 'unwatch']);
  });
});
