import { formatFailure, type TestResult } from './run-rule-tests.ts';

/** The results of test documents as JUnit XML, which CI servers read. `suites` names each document's tests. */
export const toJUnit = (suites: readonly { readonly name: string; readonly results: readonly TestResult[] }[]): string => {
  const lines = suites.map(({ name, results }) => {
    const failed = results.filter((result) => result.failures.length > 0).length;
    const cases = results.map((result) => {
      const open = `    <testcase classname="${escape(name)}" name="${escape(result.name)}" time="0"`;
      if (result.failures.length === 0) return `${open}/>`;
      const failures = result.failures.map(
        (failure) =>
          `      <failure message="${escape(`expected ${failure.expected}, got ${failure.got}`)}">${escape(formatFailure(failure))}</failure>`,
      );
      return `${open}>\n${failures.join('\n')}\n    </testcase>`;
    });
    return `  <testsuite name="${escape(name)}" tests="${results.length}" failures="${failed}">\n${cases.join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${lines.join('\n')}\n</testsuites>\n`;
};

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** XML knows no control characters, whatever they are written as. */
const escape = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- they are what is taken out
  text.replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, '').replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
