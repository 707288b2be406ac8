import { drawLarge, drawSmall, spoil, type Draw } from './hostile-value.ts';
import type { Deed, Target } from './target.ts';

const expressions = [
  '('.repeat(3000),
  `${'1 + '.repeat(5000)}1`,
  `${'-'.repeat(5000)}1`,
  `min(${'1,'.repeat(5000)}1)`,
  `${'if 1 then '.repeat(500)}1`,
  '1 / 0 > nan',
  'a'.repeat(60_000),
  '"unterminated',
  '5 °C + 3 kPa',
] as const;

/** A large bundle of the kind that a program makes: many documents that differ in nothing. */
const multiply = (bundle: object, times: number): object => {
  const { documents = [] } = bundle as { readonly documents?: readonly unknown[] };
  return { ...bundle, documents: Array.from({ length: times }, () => documents).flat() };
};

/** Nothing is wrong with it but its size: it is accepted, and the hub switches to it. */
const makeLargest = (draw: Draw): object => {
  const head = { apiVersion: 'phloem/v1' };
  const place = draw.pick(['front', 'middle', 'back']);
  const inputs = { t: { point: `flower_room/${place}/temperature`, quantity: 'temperature', maxAge: '15s' } };
  const signals = Object.fromEntries(Array.from({ length: 1400 }, (_, i) => [`x${i}`, { expr: `t + K(${i}.5)` }]));
  const alarm = { use: { signals: 'flower_room/s0' }, when: { expr: 't > degC(90.0)' }, priority: 'P3', text: 'Hot' };
  return {
    ...head,
    kind: 'Bundle',
    documents: [
      ...Array.from({ length: 12 }, (_, n) => ({
        ...head,
        kind: 'Signals',
        metadata: { id: `flower_room/s${n}` },
        spec: { inputs, signals },
      })),
      ...Array.from({ length: 100 }, (_, n) => ({ ...head, kind: 'Alarm', metadata: { id: `flower_room/a${n}` }, spec: alarm })),
    ],
  };
};

const toBundle = (draw: Draw, bundle: object): unknown => {
  const size = draw.pick([10, 1000, 20_000]);
  const frame = { apiVersion: 'phloem/v1', kind: 'Bundle' };
  switch (draw.below(7)) {
    case 0: {
      const rare = draw.below(20);
      if (rare === 1) return makeLargest(draw);
      return multiply(bundle, rare === 0 ? 40 : 1 + draw.below(3));
    }
    case 1:
      return drawLarge(draw, size);
    case 2:
      return { ...frame, documents: [drawLarge(draw, size)] };
    case 3:
      return { ...frame, documents: Array.from({ length: 500 }, () => drawSmall(draw, 4)) };
    case 4:
      return JSON.parse(
        JSON.stringify(bundle).replaceAll(/"when":"[^"]*"/g, () => JSON.stringify({ when: draw.pick(expressions) }).slice(1, -1)),
      );
    default:
      return spoil(draw, bundle, size);
  }
};

/** Sends a bundle with something wrong about it. */
export const sendDocument = async (draw: Draw, { url, users, bundle }: Target): Promise<Deed> => {
  const text = JSON.stringify(toBundle(draw, bundle)) ?? 'null';
  const response = await fetch(`${url}/api/v1/bundles`, {
    method: 'POST',
    headers: { authorization: `Bearer ${draw.pick(users)}`, 'content-type': 'application/json' },
    body: text,
  });
  await response.arrayBuffer();
  return { what: `a bundle of ${text.length} bytes: ${text.slice(0, 60)}`, outcome: `bundle ${response.status}` };
};
