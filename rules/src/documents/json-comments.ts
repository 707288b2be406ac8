/**
 * JSON with comments without them: each comment becomes as many spaces, so that every part keeps its place. Examples
 * are copied with their comments, and YAML, of which JSON is a part, has others.
 */
export const blankJsonComments = (text: string): string => {
  let out = '';
  let at = 0;
  // A string is stepped over as a whole, so that what looks like a comment in it stays.
  for (const { 0: found, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g)) {
    if (found.startsWith('"')) continue;
    out += text.slice(at, index) + found.replaceAll(/[^\n\r]/g, ' ');
    at = index + found.length;
  }
  return out + text.slice(at);
};
