import { differenceOf, formatDimension } from '../units/dimension.ts';
import type { RuleDocument } from '../documents/rule.ts';
import type { Path, SourceDocument } from '../documents/source.ts';
import type { Maybe } from '../nodes/node.ts';
import { createPace, type PaceOutput, type PaceState } from '../nodes/pace.ts';
import type { DeviceModel } from '../site-model.ts';
import type { Builder } from './builder.ts';
import { toDeviceDimension } from './device-value.ts';
import type { NodeSlot } from './run.ts';

type Request = RuleDocument['spec']['then'][number]['request'];
type Place = {
  readonly device: DeviceModel | undefined;
  readonly source: SourceDocument;
  readonly path: Path;
  readonly builder: Builder;
};

/** How finely and how often a number is requested; undefined where the request is no number that moves. */
export const compilePace = (node: string, request: Request, place: Place): NodeSlot<PaceState, Maybe<number>, PaceOutput> | undefined => {
  const { device, source, path, builder } = place;
  const { value, resolution, interval } = request;
  if (device === undefined) return undefined;
  const takesNumbers = device.kind === 'percent' || device.kind === 'three-point' || device.kind === 'setpoint';
  if (typeof value !== 'object' || !takesNumbers) {
    const expected = takesNumbers ? 'this key only where value is an expression' : `no such key: ${device.id} takes no numbers`;
    for (const [key, found] of Object.entries({ resolution, interval })) {
      if (found !== undefined) builder.complain(source, [...path, key], { expected, found, atKey: true });
    }
    return undefined;
  }
  return builder.addNode(node, createPace({ resolution: toResolution(resolution, place, device), everyMs: builder.duration(interval) }));
};

/** The step of a request: what the document says, else the device's own, else a whole per cent. */
const toResolution = (written: string | undefined, { source, path, builder }: Place, device: DeviceModel): number => {
  const byDefault = device.step ?? (device.kind === 'setpoint' ? 0 : 1);
  if (written === undefined) return byDefault;
  const dimension = differenceOf(toDeviceDimension(device));
  const step = builder.quantity(source, [...path, 'resolution'], written, dimension);
  if (step === undefined || step > 0) return step ?? byDefault;
  builder.complain(source, [...path, 'resolution'], { expected: `a step above 0 ${formatDimension(dimension)}`, found: written });
  return byDefault;
};
