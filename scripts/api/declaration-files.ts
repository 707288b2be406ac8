import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ts, type ts6 } from './typescript.ts';

/** A name that is declared at the top of a declaration file, with all its declarations: a schema and its type share a name. */
export type Declared = { readonly file: string; readonly name: string; readonly statements: readonly ts6.Statement[] };

/** A name that is passed on from another package. */
export type Foreign = { readonly name: string; readonly from: string };

/** One declaration file: what it declares, and the local names that it takes from files beside it. */
type DeclarationFile = {
  readonly exports: ReadonlyMap<string, { readonly from: string | null; readonly name: string }>;
  readonly imports: ReadonlyMap<string, { readonly from: string; readonly name: string }>;
  readonly foreign: ReadonlyMap<string, Foreign>;
  readonly declared: ReadonlyMap<string, readonly ts6.Statement[]>;
};

const namesOf = (statement: ts6.Statement): readonly string[] => {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  }
  const isNamed =
    ts.isTypeAliasDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isFunctionDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
};

/** `./time.ts` in a declaration file is `time.d.ts` beside it. Null for another package. */
const toPath = (file: string, specifier: ts6.Expression | undefined): string | null =>
  specifier !== undefined && ts.isStringLiteral(specifier) && specifier.text.startsWith('.')
    ? join(dirname(file), specifier.text.replace(/\.[jt]s$/, '.d.ts'))
    : null;

const readFile = (file: string): DeclarationFile => {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const exports = new Map<string, { from: string | null; name: string }>();
  const imports = new Map<string, { from: string; name: string }>();
  const foreign = new Map<string, Foreign>();
  const declared = new Map<string, ts6.Statement[]>();
  for (const statement of source.statements) {
    for (const name of namesOf(statement)) declared.set(name, [...(declared.get(name) ?? []), statement]);
    if (ts.isImportDeclaration(statement)) {
      const from = toPath(file, statement.moduleSpecifier);
      const named = statement.importClause?.namedBindings;
      if (named === undefined || !ts.isNamedImports(named)) continue;
      for (const { name, propertyName } of named.elements) {
        const original = (propertyName ?? name).text;
        if (from !== null) imports.set(name.text, { from, name: original });
        else if (ts.isStringLiteral(statement.moduleSpecifier))
          foreign.set(name.text, { from: statement.moduleSpecifier.text, name: original });
      }
    }
    if (ts.isExportDeclaration(statement) && statement.exportClause !== undefined && ts.isNamedExports(statement.exportClause)) {
      const from = toPath(file, statement.moduleSpecifier);
      for (const { name, propertyName } of statement.exportClause.elements) {
        exports.set(name.text, { from, name: (propertyName ?? name).text });
      }
    }
  }
  return { exports, imports, foreign, declared };
};

/** Reads the declaration files of a package as they are needed, each once. */
export type DeclarationFiles = {
  /** The names that a file exports by name, in order. */
  exportsOf(file: string): readonly string[];
  /** What a name stands for in a file; null for a name of another package, of the language, or of a type parameter. */
  find(file: string, name: string): Declared | null;
  /** The name of another package that an exported name stands for. */
  findForeign(file: string, name: string): Foreign | null;
};

export const createDeclarationFiles = (): DeclarationFiles => {
  const files = new Map<string, DeclarationFile>();
  const open = (file: string): DeclarationFile => {
    const read = files.get(file) ?? readFile(file);
    files.set(file, read);
    return read;
  };
  const find = (file: string, name: string): Declared | null => {
    const { declared, imports, exports } = open(file);
    const statements = declared.get(name);
    if (statements !== undefined) return { file, name, statements };
    const imported = imports.get(name);
    if (imported !== undefined) return find(imported.from, imported.name);
    const exported = exports.get(name);
    return exported === undefined || exported.from === null ? null : find(exported.from, exported.name);
  };
  const findForeign = (file: string, name: string): Foreign | null => {
    const { imports, exports, foreign } = open(file);
    const next = imports.get(name) ?? exports.get(name);
    const found = foreign.get(next?.from === null ? next.name : name);
    return found ?? (next === undefined || next.from === null ? null : findForeign(next.from, next.name));
  };
  return { exportsOf: (file) => [...open(file).exports.keys()], find, findForeign };
};
