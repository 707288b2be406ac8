import { describe, expect, it } from 'vitest';
import { readManifest, root } from '../../scripts/packs/workspace.ts';
import { readText } from '../support/repository.ts';

/** The instructions of each stage, with continued lines joined. */
const stages = readText('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\\\n\s*/g, '')
  .split(/^(?=FROM )/m)
  .filter((stage) => stage.trim() !== '')
  .map((stage) => stage.split('\n').filter((line) => line !== ''));
const last = stages.at(-1) ?? [];
const find = (instruction: string): string => last.find((line) => line.startsWith(`${instruction} `)) ?? '';

describe('the container', () => {
  it('has the Node that the product needs', () => {
    const { engines } = readManifest(`${root}/cli`);
    expect(engines).toEqual({ node: '>=26' });
    expect(stages.map(([from]) => from?.split(' ')[1])).toEqual(['node:26-bookworm-slim', 'node:26-bookworm-slim']);
  });

  it('installs the packed product and nothing else of the sources', () => {
    expect(last.filter((line) => /^(COPY|ADD)/.test(line))).toEqual([]);
    expect(find('RUN')).toMatch(/npm install --global --offline .*\/packs\/phloem-\[0-9\]\*\.tgz/);
    expect(readManifest(root).scripts).toHaveProperty('packs');
  });

  it('does not run as root, and keeps its data in a volume that only its user can read', () => {
    expect(find('USER')).toBe('USER node');
    expect(last.indexOf(find('USER'))).toBeGreaterThan(last.indexOf(find('RUN')));
    expect(find('VOLUME')).toBe('VOLUME /data');
    expect(find('RUN')).toContain('--owner=node --group=node --mode=0700 /data');
    expect(find('ENV')).toBe('ENV PHLOEM_DATA=/data');
  });

  it('is healthy while the hub answers', () => {
    expect(last.find((line) => line.startsWith('HEALTHCHECK'))).toContain("fetch('http://127.0.0.1:8420/healthz')");
    expect(readText('backend/src/http/io/health-routes.ts')).toContain("app.get('/healthz'");
  });
});
