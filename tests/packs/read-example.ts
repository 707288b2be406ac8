import { readText } from '../support/repository.ts';

const block = (text: string, language: string): string => {
  const found = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'm').exec(text)?.[1];
  if (found === undefined) throw new Error(`no block of ${language}`);
  return found;
};

/** The first program of a package's README, which is valid as JavaScript and as TypeScript. */
export const readExample = (folder: string): string => block(readText(`${folder}/README.md`), 'ts');

/** What the README says that the program prints. */
export const readExampleOutput = (folder: string): string => block(readText(`${folder}/README.md`), 'text');
