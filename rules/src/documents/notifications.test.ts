import { describe, expect, it } from 'vitest';
import { findNotificationsProblems } from './notifications.ts';
import { readDocuments } from './source.ts';

const good = `apiVersion: phloem/v1
kind: Notifications
metadata: { id: on-call }
spec:
  channels:
    mail: { kind: email, host: mail.example.org, from: phloem@example.org, user: phloem, secret: mail }
    push: { kind: ntfy, url: https://ntfy.example.org }
    hook: { kind: webhook, url: https://hook.example.org, secret: hook }
  people:
    maria: { addresses: { mail: maria@example.org, push: maria-topic } }
  rotas:
    night: { people: [maria], from: 2026-11-30, every: week }
  routes:
    - { priorities: [P1], steps: [{ notify: [night, hook] }, { notify: [maria], after: 10min }], repeat: 30min }
`;
const problemsOf = (text: string) => readDocuments([{ path: 'notify.yaml', text }]).flatMap(findNotificationsProblems);

describe('a document of the kind Notifications', () => {
  it('is accepted as docs/notifications.md describes it', () => {
    expect(problemsOf(good)).toEqual([]);
  });

  it.each([
    ['a name that nobody has', 'notify: [maria], after', 'notify: [mario], after', 'a person, a rota, or a channel'],
    ['a channel that needs an address', 'notify: [night, hook]', 'notify: [night, push]', 'a person, a rota, or a channel'],
    ['a second step without a time', ', after: 10min', '', 'after'],
    ['an address for a channel that there is not', 'push: maria-topic', 'pager: maria-topic', 'a channel of this document'],
    ['a mail address without @', 'mail: maria@example.org', 'mail: maria', 'an e-mail address'],
    ['two addresses in one', 'mail: maria@example.org', 'mail: "maria@example.org,eve@example.org"', 'an e-mail address'],
    ['a password without a secret', ', user: phloem, secret: mail', ', user: phloem', 'secret'],
    ['mail in clear', 'from: phloem', 'encryption: none, from: phloem', 'tls or starttls'],
    ['a webhook in clear', 'https://hook', 'http://hook', 'TLS'],
    ['a rota of strangers', 'people: [maria]', 'people: [eve]', 'people of this document'],
    ['a day that there is not', '2026-11-30', '2026-02-30', 'a day of the calendar'],
    ['a name twice', '    maria: { addr', '    hook: { addr', 'each name once'],
    ['a misspelled key', 'repeat: 30min', 'repeats: 30min', ''],
    ['a priority that there is not', '[P1]', '[P5]', ''],
  ])('names %s', (_what, from, to, expected) => {
    expect(good).toContain(from);
    const problems = problemsOf(good.replace(from, to));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.some((problem) => problem.expected.includes(expected) && problem.line > 0)).toBe(true);
  });
});
