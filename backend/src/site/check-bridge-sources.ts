import { toBridgeNode } from '@phloem/protocol';
import { toSensorBridge, toSourceBridge, type Problem, type SourceDocument } from '@phloem/rules';
import { createComplain, isKnown, type Complain } from './complain.ts';
import type { PointSpec, Site } from './site.ts';

/** What a bridge sends: for which source, and the points that it names as a whole. */
type Sent = {
  readonly source: string;
  readonly part: 'readings' | 'sensors';
  readonly points: readonly (readonly [string, ...string[]])[];
};

/**
 * What is wrong with the bridges that send readings to a site. Such a bridge needs a source whose node it is, and a point has one source: the hub
 * would refuse the readings of a point that an instrument measures.
 */
export const checkBridgeSources = (
  bridges: readonly SourceDocument[],
  site: Pick<Site, 'points' | 'sources'>,
  problems: Problem[],
): void => {
  for (const bridge of bridges) {
    const sent = toSent(bridge);
    if (sent === null) continue;
    const complain = createComplain(bridge, problems);
    checkSource(bridge, sent, site.sources ?? [], complain);
    const points = new Map(site.points.map((point) => [point.id, point]));
    if ((site.sources ?? []).some(({ id }) => id === sent.source)) checkPoints(sent, points, complain);
  }
};

const toSent = (bridge: SourceDocument): Sent | null => {
  const readings = toSourceBridge(bridge)?.spec.readings;
  if (readings !== undefined) {
    return { source: readings.source, part: 'readings', points: Object.keys(readings.points).map((id) => [id, 'points', id]) };
  }
  const sensors = toSensorBridge(bridge)?.spec.sensors;
  if (sensors === undefined) return null;
  const points = Object.entries(sensors.topics).flatMap(([topic, mapped]) =>
    Object.keys(mapped).map((id): [string, ...string[]] => [id, 'topics', topic, id]),
  );
  return { source: sensors.source, part: 'sensors', points };
};

const checkSource = (bridge: SourceDocument, { source, part }: Sent, sources: NonNullable<Site['sources']>, complain: Complain): void => {
  const at = ['spec', part, 'source'];
  const known = sources.map(({ id }) => id);
  if (known.length === 0) {
    complain(
      at,
      'a source of the Site document',
      `${source}, and the site has no source`,
      `declare ${source} under spec.sources of the Site document`,
    );
    return;
  }
  if (!isKnown(source, known, 'source of the Site document', at, complain)) return;
  const node = sources.find(({ id }) => id === source)?.node;
  const own = toBridgeNode((bridge.value as { readonly metadata: { readonly id: string } }).metadata.id);
  if (node !== own) complain(at, `a source whose node is ${own}`, `${source}, whose node is ${node}`, `write node: ${own} at the source`);
};

/** A key with a part in braces stands for points that only the rows name. */
const checkPoints = ({ source, part, points }: Sent, known: ReadonlyMap<string, PointSpec>, complain: Complain): void => {
  for (const [id, ...path] of points) {
    if (id.includes('{')) continue;
    const found = toOther(known.get(id), source);
    if (found !== null)
      complain(['spec', part, ...path], `a point of the source ${source}: a point has one source`, `${id}, which ${found}`);
  }
};

/** Where a point comes from, if not from the source; null where it does. */
const toOther = (point: PointSpec | undefined, source: string): string | null => {
  if (point === undefined) return 'the site does not have';
  switch (point.source.kind) {
    case 'register':
      return `the instrument ${point.source.instrument} measures`;
    case 'derived':
      return 'the hub works out';
    case 'ingest':
      return point.source.source === source ? null : `the source ${point.source.source} sends`;
    default:
      return point.source satisfies never;
  }
};
