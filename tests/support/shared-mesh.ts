import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { openMesh, type Mesh, type MeshOptions } from './mesh.ts';

/** What several tests share; `prepare` runs once, before the first of them. */
export type SharedMeshOptions = MeshOptions & { readonly prepare?: (mesh: Mesh) => Promise<unknown> };

/**
 * Opens Phloem once for all tests of a file or a `describe`: its start is most of the time of a short test. After each test
 * the simulator has no fault and no device is overridden, so that no test depends on the one before it.
 */
export const shareMesh = ({ prepare, ...options }: SharedMeshOptions = {}): (() => Mesh) => {
  let mesh: Mesh | undefined;
  const get = (): Mesh => {
    if (mesh === undefined) throw new Error('the shared mesh is open only while tests run');
    return mesh;
  };
  beforeAll(async () => {
    mesh = await openMesh(options);
    await prepare?.(mesh);
  });
  afterEach(async () => {
    await get().simulator('DELETE', '/faults');
    for (const { device } of await get().get<readonly { device: string }[]>('/api/v1/overrides')) await release(get(), device);
  });
  afterAll(async () => mesh?.[Symbol.asyncDispose]());
  return get;
};

const release = async ({ url, data }: Mesh, device: string): Promise<void> => {
  const token = readFileSync(join(data, 'secrets/admin.token'), 'utf8').trim();
  const path = `${url}/api/v1/devices/${encodeURIComponent(device)}/override`;
  const answer = await fetch(path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok && answer.status !== 404)
    throw new Error(`the override of ${device} was not released: ${answer.status} ${await answer.text()}`);
};
