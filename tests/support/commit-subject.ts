const types = ['build', 'ci', 'docs', 'feat', 'fix', 'perf', 'refactor', 'revert', 'style', 'test'];
const maxLength = 72;
const notImperative = /^(?:added|adds|fixed|fixes|changed|changes|moved|moves|made|makes|the|a|an) /;

/** What is wrong with the subject of a commit, which reads `type(scope): imperative`; null when nothing is. */
export const judgeSubject = (subject: string): string | null => {
  const parts = /^([a-z]+)\([a-z0-9-]+\): (.+)$/.exec(subject);
  const [, type = '', text = ''] = parts ?? [];
  if (parts === null) return 'must read "type(scope): what it does"';
  if (!types.includes(type)) return `has the type ${type}; use one of ${types.join(', ')}`;
  if (subject.length > maxLength) return `has ${subject.length} characters; at most ${maxLength} are allowed`;
  if (/[.!]$/.test(text)) return 'ends with a full stop';
  if (/^[A-Z][a-z]/.test(text)) return 'begins with a capital letter';
  return notImperative.test(text) ? 'is not an imperative ("add", "fix", "move")' : null;
};
