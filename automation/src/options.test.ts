import { isFault } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toOptions } from './options.ts';

const faultOf = (given: Parameters<typeof toOptions>[0]): string => {
  try {
    toOptions(given);
    return 'none';
  } catch (error) {
    return isFault(error, 'cli/usage') ? error.message : 'a bug';
  }
};

describe('the options', () => {
  it('say where the hub of this machine is when nothing is said', () => {
    expect(toOptions({})).toEqual({
      hubUrl: 'http://127.0.0.1:8420',
      nodeId: 'automation-1',
      tokenFile: null,
      dataFolder: './data/automation',
      scope: null,
    });
  });

  it('the order of the locations of a scope does not matter', () => {
    expect(toOptions({ scope: 'propagation+flower_room' }).scope).toBe('flower_room+propagation');
  });

  it.each([
    [{ hub: 'hub' }, '--hub is "hub", and must be an address such as http://127.0.0.1:8420'],
    [{ hub: 'ftp://hub' }, '--hub is "ftp://hub", and must be an address such as http://127.0.0.1:8420'],
    [{ node: 'Automation 1' }, '--node must be a name in lower case, such as automation-1'],
    [{ scope: 'Flower Room' }, '--scope must name locations, such as flower_room'],
  ])('%o is refused in one sentence', (given, sentence) => {
    expect(faultOf(given)).toContain(sentence);
  });
});
