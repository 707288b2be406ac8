/** The least and the most characters of a password. */
export const passwordLength = { min: 12, max: 128 } as const;

/** What people choose again and again, with twelve characters or more, in lower case and without separators. */
const common: ReadonlySet<string> = new Set([
  'passwordpassword',
  'password1234',
  'password12345',
  'password123456',
  'passw0rd1234',
  'administrator',
  'administrator1',
  'adminadminadmin',
  'letmeinletmein',
  'welcomewelcome',
  'iloveyouiloveyou',
  'qwertyuiopasdfgh',
  'qwertzuiopasdfgh',
  'qwertyuiopas',
  'qwerty123456',
  'qwertyqwerty',
  'qwertzqwertz',
  '1q2w3e4r5t6y',
  '1qaz2wsx3edc',
  'changemechangeme',
  'changeme1234',
  'trustno1trustno1',
  'correcthorsebatterystaple',
  'abcdefghijkl',
  'monkeymonkey',
  'dragondragon',
  'sunshinesunshine',
  'greenhouse123',
  'greenhouse1234',
  'growroom1234',
]);

/** A password as it is hashed: the same characters, however a keyboard composed them (RFC 8265 asks for NFC). */
export const toPlainPassword = (password: string): string => password.normalize('NFC');

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');

const digits = '0123456789'.repeat(14);
const countdown = '9876543210'.repeat(14);

/** A text that is one piece again and again, or counts up or down. */
const isSimple = (text: string): boolean => {
  const characters = Array.from(text);
  if (new Set(characters).size <= 3 || digits.includes(text) || countdown.includes(text)) return true;
  const steps = characters.slice(1).map((character, index) => (character.codePointAt(0) ?? 0) - (characters[index]?.codePointAt(0) ?? 0));
  return steps.every((step) => step === steps[0]) || /^(.{1,4})\1+.{0,3}$/su.test(text);
};

/**
 * Pure: why a password is refused, in a sentence that says what to do; null when it is accepted. `words` are what everybody at the
 * site knows: the name of the user, the title of the site. No rule asks for digits or signs: length is what counts.
 */
export const toPasswordRefusal = (password: string, words: readonly string[]): string | null => {
  const length = Array.from(toPlainPassword(password)).length;
  if (length < passwordLength.min) return `A password has at least ${passwordLength.min} characters; four unrelated words make a good one.`;
  if (length > passwordLength.max) return `A password has at most ${passwordLength.max} characters.`;
  // What has no letter and no digit is taken as it is.
  const text = plain(password) || toPlainPassword(password);
  if (common.has(text) || isSimple(text))
    return 'This password is one of the first that are tried; choose another, such as four unrelated words.';
  const known = words.map(plain).filter((word) => word.length >= 3);
  const rest = known.reduce((left, word) => left.replaceAll(word, ''), text);
  if (rest !== text && rest.length < 6) return 'This password is little more than the name of the user or of the site; choose another.';
  return null;
};
