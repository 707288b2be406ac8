import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findBridge } from './bridge-target.ts';
import { checkFolder } from './check.ts';
import { printLines } from './print.ts';

const bridge = `apiVersion: phloem/v1
kind: Bridge
metadata: { id: history }
spec: { target: { kind: postgresql, url: "postgres://phloem@127.0.0.1:1/plant" } }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'phloem-folder-'));
  writeFileSync(join(folder, 'bridge.yaml'), bridge);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a folder with a bridge and no site', () => {
  it('is checked as a site that lacks its Site document, not as rules', () => {
    expect(() => checkFolder(folder, null)).toThrow(/expected a document of the kind Site/);
  });

  it('names the bridges that it has', () => {
    expect(findBridge(folder, 'history').metadata.id).toBe('history');
    expect(() => findBridge(folder, 'histry')).toThrow('named histry; it has history');
  });
});

describe('a folder without bridges', () => {
  it('is refused with the option that names another folder', () => {
    const other = mkdtempSync(join(folder, 'other-'));
    writeFileSync(join(other, 'note.yaml'), bridge.replace('kind: Bridge', 'kind: Site'));
    expect(() => findBridge(other, 'history')).toThrow('name the folder of your site with --site');
  });
});

describe('no lines', () => {
  it('print nothing, not an empty line', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    try {
      printLines([]);
      expect(write).not.toHaveBeenCalled();
      printLines(['a', 'b']);
      expect(write).toHaveBeenCalledWith('a\nb\n');
    } finally {
      write.mockRestore();
    }
  });
});
