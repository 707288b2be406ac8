import { Fault, type NamedSubscriptionRequest } from '@phloem/protocol';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { LinkStatus } from './link.ts';
import { openLink } from './run-link.ts';
import { openSender } from './run-sender.ts';
import { createFakeNetwork, toWelcome } from './testing/fake-network.ts';

const request: NamedSubscriptionRequest = { sub: 'log', mode: 'every', filter: {}, cursor: null, name: 'history', upTo: 'durable' };

const setUp = (subscriptions: readonly NamedSubscriptionRequest[] = [request]) => {
  const clock = new VirtualTimeScheduler();
  const network = createFakeNetwork();
  const link = openLink({
    transport: network.transport,
    clock,
    random: () => 0,
    nodeId: 'bridge',
    run: 'run-00000001',
    role: 'relay',
    software: 'test',
    commits: 'by-reader',
    subscriptions,
  });
  let newest: LinkStatus | undefined;
  link.status$.subscribe((status) => (newest = status));
  const pass = (): void => {
    clock.maxFrames = clock.frame;
    clock.flush();
  };
  const welcome = (minor = 1) => {
    const connection = network.newest();
    connection.accept();
    connection.send('welcome', toWelcome({ protocol: { major: 1, minor } }));
    connection.deliver();
    return connection;
  };
  return { link, clock, network, welcome, pass, status: () => newest };
};

describe('a subscription with a named cursor', () => {
  it('[CU3] [VE7] is asked for after the welcome, and not in the greeting', () => {
    const { welcome } = setUp();
    const connection = welcome();
    expect(connection.hello.subscriptions).toEqual([]);
    expect(connection.received.filter(({ event }) => event === 'subscribe')).toEqual([{ event: 'subscribe', payload: request }]);
  });

  it('[CU1] goes on at what was committed after a cut', () => {
    const { link, network, welcome, pass } = setUp();
    const first = welcome();
    const { epoch } = toWelcome().log;
    first.send('subscribed', { sub: 'log', from: 3 });
    first.deliver();
    link.commit({ sub: 'log', epoch, cursor: 3, term: null, commands: [], alarms: [], values: [] });
    network.newest().cut();
    pass();
    const [asked] = welcome().received.filter(({ event }) => event === 'subscribe');
    expect(asked?.payload).toEqual({ ...request, cursor: { epoch, lsn: 3 } });
  });

  it('[VE7] ends the link for good on a hub that keeps no cursors', () => {
    const { welcome, status } = setUp();
    const connection = welcome(0);
    expect(connection.received.filter(({ event }) => event === 'subscribe')).toEqual([]);
    expect(status()).toMatchObject({ phase: 'closed', bye: { code: 'version', message: /phloem 1\.0 .* update the hub/ } });
  });
});

describe('the sender of a source on an older hub', () => {
  it('[VE7] sends nothing, and says why', async () => {
    const { link, clock, welcome } = setUp([]);
    const sending = openSender({ link, clock, source: 'zigbee' }).send([{ readings: { 'shed/front/air': { v: 20 } } }]);
    const connection = welcome(0);
    await expect(sending).rejects.toMatchObject({ code: 'protocol/version' });
    await expect(sending).rejects.toBeInstanceOf(Fault);
    expect(connection.received.map(({ event }) => event)).toEqual(['heartbeat']);
  });
});
