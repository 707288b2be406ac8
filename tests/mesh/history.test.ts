import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry, PointHistory } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { until } from '../support/until.ts';

const id = 'flower_room/middle/temperature';
const path = `/api/v1/points/${encodeURIComponent(id)}`;

const ask = async (mesh: Mesh, token: string, url: string) => fetch(`${mesh.url}${url}`, { headers: { authorization: `Bearer ${token}` } });

/** The times and values of the point, oldest first, as its export reports them. */
const exported = async (mesh: Mesh, token: string): Promise<string[]> => {
  const text = await (await ask(mesh, token, `${path}/export.csv?zone=utc`)).text();
  const lines = text.split('\r\n').slice(1, -1);
  return lines.map((line) => line.split(',').slice(0, 2).join(','));
};

/** The same as the log shows them. */
const logged = async (mesh: Mesh, token: string): Promise<string[]> => {
  const { entries } = (await (await ask(mesh, token, '/api/v1/log?limit=10000')).json()) as { entries: readonly Entry[] };
  return entries.flatMap((entry) => {
    const isOfMiddle = entry.kind === 'sensor' && `${entry.location}/${entry.cluster}` === 'flower_room/middle';
    const reading = isOfMiddle ? entry.readings['temperature'] : undefined;
    return reading === undefined ? [] : [`${new Date(entry.at).toISOString()},${reading.v ?? ''}`];
  });
};

describe('the history of an installation', () => {
  it('[IN1] has each reading of the log once, over a kill of the hub and over the loss of its file', async () => {
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const token = await mesh.token('engineer', 'tool');
    const samples = async (): Promise<number> => (await exported(mesh, token)).length;
    const reaches = (count: number) => until(`${count} samples`, samples, (found) => found >= count);
    const agree = async (): Promise<void> => {
      const inLog = await logged(mesh, token);
      // The export is asked for after the log, which goes on meanwhile.
      const told = await exported(mesh, token);
      expect(told.slice(0, inLog.length)).toEqual(inLog);
    };
    const first = await reaches(4);
    await agree();

    await mesh.hub().end('SIGKILL');
    await mesh.startHub();
    const second = await reaches(first + 3);
    await agree();

    await mesh.hub().end('SIGKILL');
    writeFileSync(join(mesh.data, 'history.db'), 'no database at all '.repeat(1000));
    await mesh.startHub();
    await reaches(second + 3);
    await agree();
    const { mean, good } = await mesh.get<PointHistory>(`${path}/history?buckets=1`);
    expect(mean).toHaveLength(1);
    expect(good[0]).toBeGreaterThan(0);
  });
});
