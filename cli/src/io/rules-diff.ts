import { readDocuments } from '@phloem/rules';
import { diffDocuments } from '../rules/diff-documents.ts';
import { toDifferenceLines } from '../rules/difference-lines.ts';
import { readFolder } from '@phloem/backend/documents';
import { printJson, printLines } from './print.ts';

/** Says what two folders of documents mean differently, document by document. */
export const diffFolders = (before: string, after: string, isJson: boolean): void => {
  const valuesOf = (folder: string): readonly unknown[] => readDocuments(readFolder(folder)).map(({ value }) => value);
  const differences = diffDocuments(valuesOf(before), valuesOf(after));
  if (isJson) {
    printJson(differences, 2);
    return;
  }
  printLines(toDifferenceLines(differences));
};
