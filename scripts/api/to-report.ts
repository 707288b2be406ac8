import { createDeclarationFiles, type Declared } from './declaration-files.ts';
import { ts, type ts6 } from './typescript.ts';

const printer = ts.createPrinter({ removeComments: true });

/** Types that are shorter than this are shown in full where they are used. */
const shortest = 48;

/** Lists that fit are on one line. */
const widest = 110;

const print = (node: ts6.Node): string => printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
/** The same type has the same text, wherever it is written out and whatever it imports there. */
const oneLine = (text: string): string => text.replaceAll(/import\("[^"]+"\)\./g, '').replaceAll(/\s+/g, ' ');

/** The type of `const X: …`, where a statement declares such a value. */
const typeOfValue = (statement: ts6.Statement): ts6.TypeNode | undefined =>
  ts.isVariableStatement(statement) ? statement.declarationList.declarations[0]?.type : undefined;

/** Replaces each part that is the type of a known value by `typeof` that value, outermost first. */
const shorten = (statement: ts6.Statement, own: string, values: ReadonlyMap<string, string>): ts6.Statement => {
  const whole = typeOfValue(statement);
  const { transformed } = ts.transform(statement, [
    (context) => (top) => {
      const visit = (node: ts6.Node): ts6.Node => {
        if (ts.isTypeNode(node) && node !== whole && node.end - node.pos >= shortest) {
          const name = values.get(oneLine(print(node)));
          if (name !== undefined && name !== own) return ts.factory.createTypeQueryNode(ts.factory.createIdentifier(name));
        }
        if (ts.isImportTypeNode(node) && node.qualifier !== undefined) {
          return ts.factory.createTypeReferenceNode(node.qualifier, node.typeArguments);
        }
        const visited = ts.visitEachChild(node, visit, context);
        return ts.isTupleTypeNode(node) && oneLine(print(node)).length <= widest
          ? ts.setEmitFlags(visited, ts.EmitFlags.SingleLine)
          : visited;
      };
      return visit(top) as ts6.Statement;
    },
  ]);
  return transformed[0] ?? statement;
};

/** The names that a statement mentions, types of `import('./x.ts')` included. */
const mentionsOf = (statement: ts6.Node): ReadonlySet<string> => {
  const names = new Set<string>();
  const visit = (node: ts6.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(statement);
  return names;
};

const keyOf = ({ file, name }: Declared): string => `${file}#${name}`;

type Shown = { readonly text: string; readonly mentioned: readonly Declared[] };

/**
 * The report on an entry point: every exported name with its type, without comments, then the names that those types mention but
 * that are not exported. `entry` is a declaration file. `name` is how programs import it.
 */
export const toReport = (name: string, entry: string): string => {
  const files = createDeclarationFiles();
  const exported = files
    .exportsOf(entry)
    .toSorted()
    .map((each) => [each, files.find(entry, each)] as const);

  const values = new Map<string, string>();
  for (const [each, found] of exported) {
    for (const type of found?.statements.flatMap((statement) => typeOfValue(statement) ?? []) ?? []) {
      const text = oneLine(print(type));
      if (text.length >= shortest && !values.has(text)) values.set(text, each);
    }
  }

  const show = (declared: Declared, as: string): Shown => {
    const shown = declared.statements.map((statement) => {
      const short = shorten(statement, as, values);
      // Printed at once: the next transformation forgets what is to be on one line.
      const text = printer.printNode(ts.EmitHint.Unspecified, short, statement.getSourceFile());
      return { text: text.replace(/^export (declare )?|^declare /, ''), names: mentionsOf(short) };
    });
    const names = new Set(shown.flatMap((each) => [...each.names]));
    const mentioned = [...names].flatMap((name) => files.find(declared.file, name) ?? []);
    return { text: shown.map(({ text }) => text).join('\n'), mentioned };
  };

  const known = new Set(exported.flatMap(([, found]) => (found === null ? [] : [keyOf(found)])));
  const blocks = exported.map(([each, found]): Shown => {
    if (found !== null) return show(found, each);
    const foreign = files.findForeign(entry, each);
    if (foreign === null) throw new Error(`${entry} exports ${each}, which no file beside it declares`);
    return { text: `export { ${each} } from '${foreign.from}';`, mentioned: [] };
  });
  const hidden: { readonly name: string; readonly text: string }[] = [];
  for (const queue = blocks.flatMap(({ mentioned }) => mentioned); queue.length > 0;) {
    const next = queue.shift();
    if (next === undefined || known.has(keyOf(next))) continue;
    known.add(keyOf(next));
    const { text, mentioned } = show(next, '');
    hidden.push({ name: next.name, text });
    queue.push(...mentioned);
  }
  const inner = hidden.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ text }) => text);
  const section = (title: string, texts: readonly string[]): string =>
    texts.length === 0 ? '' : `\n## ${title}\n\n\`\`\`ts\n${texts.join('\n\n')}\n\`\`\`\n`;
  return `# API of \`${name}\`

Generated by \`npm run api\` from the declaration files. A change here is a change of the public interface.
A type that is also the type of an exported value is written \`typeof\` that value.
${section(
  'Exports',
  blocks.map(({ text }) => text),
)}${section('Mentioned by exports, but not exported', inner)}`;
};
