import { request } from 'node:http';
import { drawLarge, drawSmall, spoil, type Draw } from './hostile-value.ts';
import type { Deed, Target } from './target.ts';

const device = 'flower_room%2Fheater';
const point = 'flower_room%2Ffront%2Ftemperature';

/** Each route with a body that fits, or none. */
const routes: readonly (readonly [method: string, path: string, body?: unknown])[] = [
  ['GET', '/healthz'],
  ['GET', '/metrics'],
  ['GET', '/api/v1/points'],
  ['GET', '/api/v1/devices'],
  ['GET', '/api/v1/alarms'],
  ['GET', '/api/v1/bundles'],
  ['GET', '/api/v1/tokens'],
  ['GET', '/api/v1/openapi.json'],
  ['GET', '/api/v1/log?after=0&limit=10000'],
  ['GET', `/api/v1/points/${point}/history?buckets=2000`],
  ['GET', '/api/v1/locations/flower_room/setpoints'],
  ['GET', '/sign-in/guess'],
  ['POST', `/api/v1/devices/${device}/override`, { value: true, reason: 'frost', forMs: 60_000 }],
  ['POST', `/api/v1/devices/${device}/override/preview`, { value: true, forMs: 60_000 }],
  ['DELETE', `/api/v1/devices/${device}/override`, { reason: 'done', lsn: 3 }],
  ['POST', `/api/v1/devices/${device}/acknowledge`, { reason: 'seen' }],
  ['POST', '/api/v1/alarms/device%2Froom%2Fheater%2Fsilent/acknowledge', { comment: 'seen' }],
  ['POST', '/api/v1/alarms/acknowledge', { alarms: ['device/room/heater/silent'], comment: 'seen' }],
  ['POST', '/api/v1/alarms/shelve', { alarms: ['device/room/heater/silent'], forMs: 60_000, reason: 'service' }],
  ['POST', '/api/v1/alarms/unshelve', { alarms: ['device/room/heater/silent'], reason: 'done' }],
  ['POST', '/api/v1/setpoints/flower_room%2Fclimate%2Ftemp/offset', { delta: 1, reason: 'cold', forMs: 60_000 }],
  ['DELETE', '/api/v1/setpoints/flower_room%2Fclimate%2Ftemp/offset', { lsn: 3 }],
  ['POST', '/api/v1/notes', { about: 'flower_room', text: 'aphids' }],
  ['POST', `/api/v1/points/${point}/calibration`, { pairs: [{ reference: 21, shown: 20 }], seen: null, reason: 'yearly' }],
  ['POST', `/api/v1/points/${point}/maintenance`, { reason: 'cleaning', forMs: 60_000 }],
  ['DELETE', `/api/v1/points/${point}/maintenance`, { reason: 'done' }],
  ['POST', '/api/v1/buses/simulator/read', { unit: 1, function: 3, address: 0, count: 1 }],
  ['POST', '/api/v1/kiosks', { name: 'lobby' }],
  ['POST', '/api/v1/sign-in-links', { role: 'viewer', name: 'anna' }],
  ['POST', '/api/v1/interlocks/flower_room%2Fsafety%2Fdoor/reset'],
  ['POST', '/api/v1/history/simulated-past', { samples: [{ point: 'flower_room/front/temperature', at: 1, v: 1, q: 'good' }], spans: [] }],
  ['PUT', '/api/v1/checkpoints/flower_room', { term: 1, checkpoint: { epoch: 'AAAAAAAAAAAA', cursor: 1 } }],
];

const queries = [
  'after=0x10',
  'limit=1e9',
  'from=NaN&to=-1',
  'buckets=2000&buckets=1',
  '__proto__=1',
  `x=${'y'.repeat(4000)}`,
  'lsn=1.5',
  '%00=1',
  '=&&&==',
];

const toPayload = (draw: Draw, body: unknown): string => {
  const size = draw.pick([10, 100, 1000, 40_000]);
  switch (draw.below(8)) {
    case 0:
      return JSON.stringify(drawLarge(draw, size));
    case 1:
      return '['.repeat(size * 4);
    case 2:
      return `{"a":${'{"a":'.repeat(size)}1${'}'.repeat(size)}}`;
    case 3:
      return JSON.stringify(body ?? {}).slice(0, draw.below(60));
    case 4:
      return `{"__proto__":{"role":"admin"},"constructor":{"prototype":{}}}`;
    case 5:
      return JSON.stringify(drawSmall(draw)) ?? 'null';
    default:
      return JSON.stringify(spoil(draw, body ?? {}, size)) ?? '';
  }
};

/** Sends one request with something wrong about it, and says how it was answered. */
export const sendRequest = async (draw: Draw, { url, users, tokens }: Target): Promise<Deed> => {
  const [method, path, body] = draw.pick(routes);
  const token = draw.pick([
    draw.pick(users),
    draw.pick(users),
    draw.pick(users),
    tokens.viewer,
    tokens.engineer,
    tokens.automation,
    'phloem_rubbish',
    'x'.repeat(5000),
  ]);
  const isPlain = draw.below(3) > 0;
  const target = isPlain ? path : `${path}${path.includes('?') ? '&' : '?'}${draw.pick(queries)}`;
  const payload = method === 'GET' && draw.below(4) > 0 ? '' : toPayload(draw, body);
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    'content-type': draw.pick([
      'application/json',
      'application/json',
      'application/json',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
    ]),
    'content-length': String(Buffer.byteLength(payload)),
    ...(draw.below(10) === 0 ? { origin: draw.pick(['http://evil.test', 'null', url]) } : {}),
    ...(draw.below(10) === 0 ? { cookie: `phloem_session_x=${'y'.repeat(draw.below(3000))}; =;;;a=b` } : {}),
  };
  const status = await new Promise<number>((resolve, reject) => {
    const sent = request(`${url}${target}`, { method, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(payload);
  });
  return { what: `${method} ${target.slice(0, 120)} with ${payload.length} bytes: ${payload.slice(0, 60)}`, outcome: `HTTP ${status}` };
};
