import { toPrintable, toPrintableJson } from '@phloem/protocol';

/**
 * The one way from a command to its terminal: what people typed and peers sent can forge no line and move no cursor.
 * Only a secret that is printed for a program, and pages of text made here, go past it.
 */
export const printLines = (lines: readonly string[]): void => {
  // No lines are nothing, not one empty line.
  if (lines.length > 0) process.stdout.write(`${lines.map(toPrintable).join('\n')}\n`);
};

/** Text of several lines, made here. */
export const printText = (text: string): void => printLines(text.split('\n'));

/** A value for programs. */
export const printJson = (value: unknown, indent?: number): void =>
  void process.stdout.write(`${toPrintableJson(JSON.stringify(value, null, indent))}\n`);

/** A word to anyone who sits at the terminal, beside what the command answers. */
export const printNote = (text: string): void => void process.stderr.write(`${text.split('\n').map(toPrintable).join('\n')}\n`);
