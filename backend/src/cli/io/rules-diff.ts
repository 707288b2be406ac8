import { readDocuments } from '@phloem/protocol/rules';
import { diffDocuments } from '../rules/diff-documents.ts';
import { readFolder } from './read-folder.ts';

/** Says what two folders of documents mean differently, document by document. */
export const diffFolders = (before: string, after: string, isJson: boolean): void => {
  const valuesOf = (folder: string): readonly unknown[] => readDocuments(readFolder(folder)).map(({ value }) => value);
  const differences = diffDocuments(valuesOf(before), valuesOf(after));
  if (isJson) {
    process.stdout.write(`${JSON.stringify(differences, null, 2)}\n`);
    return;
  }
  if (differences.length === 0) process.stdout.write('no difference in what they mean\n');
  for (const { kind, id, change, lines } of differences) {
    process.stdout.write(
      [`${id} (${kind})${change === 'changed' ? '' : `: ${change}`}`, ...lines.map((line) => `  ${line}`), ''].join('\n'),
    );
  }
};
