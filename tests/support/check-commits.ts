import { spawnSync } from 'node:child_process';
import { judgeSubject } from './commit-subject.ts';

/** The last commit before the rule about subjects. */
const since = '92764df';

/** The subjects on this branch since the rule; of a shallow clone, the newest one. */
const readSubjects = (): readonly string[] => {
  const isKnown = spawnSync('git', ['merge-base', '--is-ancestor', since, 'HEAD']).status === 0;
  const range = isKnown ? [`${since}..HEAD`] : ['-1'];
  const { stdout } = spawnSync('git', ['log', '--no-merges', '--format=%s', ...range], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line !== '');
};

const subjects = readSubjects();
const wrong = subjects.flatMap((subject) => {
  const problem = judgeSubject(subject);
  return problem === null ? [] : [`"${subject}" ${problem}`];
});
for (const line of wrong) process.stderr.write(`${line}\n`);
process.stdout.write(`${subjects.length} commit subjects checked, ${wrong.length} wrong\n`);
if (subjects.length === 0 || wrong.length > 0) process.exitCode = 1;
