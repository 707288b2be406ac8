import { isScalar, parseAllDocuments, visit } from 'yaml';
import { readDocuments, type SourceFile } from './source.ts';

/**
 * A file of documents in the one form: two spaces, no blanks at the ends, expressions in single quotes. Comments and the
 * choice between lines and braces stay with whoever wrote them; columns that were lined up by hand do not.
 *
 * @throws DocumentFault `document/syntax` when the text is not valid.
 */
export const formatText = (file: SourceFile): string => {
  // What is not valid is told with its place, and never rewritten.
  readDocuments([file]);
  const documents = parseAllDocuments(file.text, { version: '1.2', schema: 'core', keepSourceTokens: false });
  if (!Array.isArray(documents)) return file.text;
  const texts = documents.map((document) => {
    visit(document, {
      Pair: (_, pair) => {
        const isExpression = isScalar(pair.key) && expressionKeys.has(String(pair.key.value)) && isScalar(pair.value);
        if (isExpression && isScalar(pair.value) && typeof pair.value.value === 'string') {
          pair.value.type = pair.value.value.includes("'") ? 'QUOTE_DOUBLE' : 'QUOTE_SINGLE';
        }
      },
    });
    return document.toString({ indent: 2, lineWidth: 0, flowCollectionPadding: true, indentSeq: true, commentString: toComment });
  });
  return texts.join('');
};

/** Keys whose text is always an expression. */
const expressionKeys: ReadonlySet<string> = new Set(['expr', 'on', 'off', 'pv', 'sp', 'set', 'reset']);

const toComment = (comment: string): string => comment.replaceAll(/^(?!$)(?: $)?/gm, '#');
