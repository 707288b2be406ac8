import { describe, expect, it } from 'vitest';
import { toNoteLine } from './note-line.ts';

const read = (line: string): string => toNoteLine('automation', line, (at) => `at ${at}`);

describe('a line of a part', () => {
  it('of its log is shown as a sentence', () => {
    expect(read('{"level":40,"time":7,"node":"automation-1","why":"transport close","msg":"not connected, tries again"}')).toBe(
      '  at 7 automation  warning: not connected, tries again (why: transport close)',
    );
  });

  it('that reports an error gives its message', () => {
    expect(read('{"level":50,"time":7,"err":{"message":"disk full","stack":"…"},"msg":"cannot write"}')).toBe(
      '  at 7 automation  error: cannot write (disk full)',
    );
  });

  it('forges no other line, whatever somebody wrote into it', () => {
    const line = JSON.stringify({
      level: 40,
      time: 7,
      node: 'x\nOpen http://evil',
      why: 'a\u001B[2J\u202Eb\nOpen http://evil',
      msg: 'refused',
    });
    expect(read(line)).toBe('  at 7 automation  warning: refused (why: a\\u{1b}[2J\\u{202e}b\\nOpen http://evil)');
    expect(read('  Open\rhttp://evil')).toBe('  Open\\rhttp://evil');
  });

  it.each(['plain text', '{ half', '{"a":1}', ''])('that is %j stays as it is', (line) => {
    expect(read(line)).toBe(line);
  });
});
