import { createFakeNetwork, type FakeConnection } from './fake-network.ts';
import { describeTransport, type PeerConnection } from './transport-contract.ts';

const toPeer = (connection: FakeConnection): PeerConnection => ({
  hello: connection.hello,
  received: connection.received,
  isEnded: () => connection.isEnded,
  send: (event, payload) => connection.send(event, payload),
  end: () => connection.cut(),
});

describeTransport('the fake network', async () => {
  const network = createFakeNetwork();
  const nowhere = createFakeNetwork();
  const accepted = new Set<FakeConnection>();
  const work = (): void => {
    for (const connection of nowhere.connections) if (!connection.isEnded) connection.cut('refused');
    for (const connection of network.connections) {
      if (!accepted.has(connection)) connection.accept();
      accepted.add(connection);
      connection.deliver();
    }
  };
  return {
    transport: network.transport,
    nowhere: nowhere.transport,
    get connections() {
      return network.connections.map(toPeer);
    },
    until: async (claim) => {
      for (let turn = 0; turn < 10 && !claim(); turn += 1) work();
      if (!claim()) throw new Error('the network has come to rest, and the claim does not hold');
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
});
