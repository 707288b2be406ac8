/**
 * Characters that a terminal or a reader's eye would take for something else: control characters (C0, DEL, C1), which move
 * the cursor and forge lines, and those that turn or hide the text around them (bidirectional controls, line and
 * paragraph separators, zero-width characters). Unicode Technical Report 36, section 2.
 */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200B-\u200D\u2060-\u2064\uFEFF]/gu;

const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line of text that people typed or peers sent, as it may be shown: what cannot be seen is written out, as `\u{202e}`. */
export const toPrintable = (text: string): string =>
  text.replace(unprintable, (character) => names[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);

/** JSON for a terminal or a file: the same characters as escapes of JSON, so that it parses to what it was. */
export const toPrintableJson = (json: string): string =>
  json.replace(unprintable, (character) =>
    character === '\n' ? character : `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
