import { WebSocket } from 'ws';
import { drawLarge, drawSmall, spoil, type Draw } from './hostile-value.ts';
import type { Deed, Target } from './target.ts';

const position = { epoch: '000000000000', lsn: 0 };
const frame = {
  id: 'frame-0001',
  device: 'flower_room/heater',
  value: true,
  op: 'set',
  cause: position,
  ttlMs: 5000,
  why: { code: 'text', params: { text: 'cold' } },
};

/** An event of each kind that fits. */
const events: readonly (readonly [event: string, payload: unknown])[] = [
  ['subscribe', { sub: 'more', mode: 'every', filter: { kinds: ['sensor'], locations: ['flower_room'] }, cursor: position }],
  ['unsubscribe', { sub: 'all' }],
  [
    'commit',
    { sub: 'all', seq: 1, epoch: '000000000000', cursor: 0, commands: [frame], alarms: [], values: [{ name: 'a', v: 1, q: 'good' }] },
  ],
  ['heartbeat', { n: 1, t: 1, echo: { n: 1, t: 1, heldMs: 1 } }],
  ['watch', { watch: 'w-1', target: { bus: 'simulator' }, recent: 50 }],
  ['unwatch', { watch: 'w-1' }],
];
const strangeEvents = ['__proto__', 'constructor', 'connection', 'disconnect', 'error', '', 'x'.repeat(5000)];
/** Packets of Socket.IO and Engine.IO as they are on the wire. */
const strangePackets = (draw: Draw): string | Buffer =>
  draw.pick([
    Buffer.alloc(draw.pick([0, 1, 500_000])),
    '4',
    '40/admin,{}',
    '40{}',
    '451-["commit",{"_placeholder":true,"num":0}]',
    '461-1[{"_placeholder":true,"num":0}]',
    '4317[]',
    '44{"message":"x"}',
    '42["commit"',
    '42[]',
    '42[null]',
    '42{"a":1}',
    '429007199254740993["heartbeat",{}]',
    '42'.repeat(50_000),
    `42${'['.repeat(5000)}${']'.repeat(5000)}`,
    `42${'['.repeat(250_000)}`,
    `42["commit",${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}]`,
    '2probe',
    '5',
    '1',
    '9x',
  ]);

const toPacket = (draw: Draw): string | Buffer => {
  const size = draw.pick([10, 1000, 30_000]);
  const [event, payload] = draw.pick(events);
  switch (draw.below(6)) {
    case 0:
      return strangePackets(draw);
    case 1:
      return `42${JSON.stringify([draw.pick(strangeEvents), payload])}`;
    case 2:
      return `42${JSON.stringify([event, drawLarge(draw, size)])}`;
    case 3:
      return `42${JSON.stringify([event, drawSmall(draw), drawSmall(draw)])}`;
    default:
      return `42${JSON.stringify([event, spoil(draw, payload, size)])}`;
  }
};

const toHello = (draw: Draw, { tokens }: Target): string | Buffer => {
  const role = draw.pick(['viewer', 'engineer', 'automation'] as const);
  const hello = {
    protocol: { major: 1, minor: 0 },
    nodeId: `fuzz-${role}`,
    run: `run-${String(draw.below(100_000_000)).padStart(8, '0')}`,
    attempt: 1,
    role,
    token: tokens[role],
    software: 'fuzz',
    subscriptions: [{ sub: 'all', mode: 'every', filter: {}, cursor: null }],
    ...(role === 'automation' ? { lease: { scope: 'flower_room' } } : {}),
  };
  switch (draw.below(8)) {
    case 0:
      return strangePackets(draw);
    case 1:
      return `40${JSON.stringify({ ...hello, ...Object.fromEntries(Array.from({ length: draw.pick([1, 400, 36_000]) }, (_, n) => [`k${n}`, n])) })}`;
    case 2:
      return `40${JSON.stringify(spoil(draw, hello, 1000))}`;
    default:
      return `40${JSON.stringify(hello)}`;
  }
};

const shown = (packet: string | Buffer): string =>
  typeof packet === 'string' ? `${packet.length} characters ${packet.slice(0, 60)}` : `${packet.length} bytes, binary`;

/** How long a hub may take to say why, once it has taken all. */
const patienceMs = 150;

/** Greets, more or less, sends a few packets, and says how the hub ended it. */
export const sendSocket = async (draw: Draw, target: Target): Promise<Deed> => {
  const socket = new WebSocket(`${target.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false });
  const hello = toHello(draw, target);
  const packets = Array.from({ length: 1 + draw.below(4) }, () => toPacket(draw));
  let outcome = 'closed';
  const ended = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    const text = isBinary ? '' : data.toString();
    if (text.startsWith('0{')) {
      socket.send(hello);
      // Answered when all before it has been taken; a greeting that is none at all would be waited for for 5 s.
      socket.ping();
    }
    if (text.startsWith('42["welcome"')) {
      outcome = 'welcomed';
      for (const packet of packets) socket.send(packet);
      // Anyone who is released by nothing that was sent goes by himself.
      socket.send('41', () => socket.close());
    }
    const bye = /^42\["bye",\{"code":"([a-z-]+)"/.exec(text)?.[1];
    if (bye !== undefined) {
      outcome = `${outcome === 'welcomed' ? 'welcomed, then ' : ''}bye ${bye}`;
      socket.close();
    }
  });
  socket.on('pong', () => setTimeout(() => socket.close(), patienceMs).unref());
  await ended;
  socket.terminate();
  return { what: `hello ${shown(hello)}, then ${packets.map(shown).join('; ')}`.slice(0, 400), outcome: `socket ${outcome}` };
};
