import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSite, parseProfile, readProfiles, siteFromContent } from '@phloem/backend';
import { createParse, Hello, hubEvents, nodeEvents } from '@phloem/protocol';
import {
  compileAlarms,
  compileBundle,
  findBridgeProblems,
  findNotificationsProblems,
  kindOf,
  readBundle,
  readDocuments,
  toSiteModel,
  toTestSite,
  type SiteModel,
  type SourceFile,
} from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { projectFiles, root } from '../support/repository.ts';

/** A block of a page, with what the comment before it says that it is a part of. */
type Block = { readonly place: string; readonly language: string; readonly part: string; readonly text: string };

const fence = /(?:<!-- part of: ([^\n]+) -->\n+)?^```(\w*)\n([\s\S]*?)^```$/gm;

const toBlocks = (page: string): readonly Block[] => {
  const content = readFileSync(join(root, page), 'utf8');
  return [...content.matchAll(fence)].map(({ index, 1: part = '', 2: language = '', 3: text = '' }) => ({
    place: `${page}:${content.slice(0, index).split('\n').length}`,
    language,
    part,
    text,
  }));
};

/** Every page of the project. */
const pages = projectFiles().filter((path) => path.endsWith('.md') && existsSync(join(root, path)));
const blocks = pages.flatMap(toBlocks);
const documents = blocks.filter(({ language }) => /^(ya?ml|jsonc?)$/.test(language));

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '  ');

const profileOf = (points: string): string => `{
  "profile": "of-a-page", "version": 1, "title": "Of a page", "source": { "document": "A page" }, "status": "unverified",
  "points": {
${points}
  }
}`;

/** Set-points that a reader of a page knows, with signals in their units. */
const setpointsWith = (spec: string): string => `apiVersion: phloem/v1
kind: Setpoints
metadata: { id: page/climate }
spec:
  setpoints: { temp: "22 °C", vpd: "1.0 kPa" }
${indented(spec)}---
apiVersion: phloem/v1
kind: Signals
metadata: { id: page/signals }
spec:
  inputs:
    temp: { point: page/front/temperature, quantity: temperature, maxAge: 1min }
    vpd: { point: page/front/vpd, quantity: vapour_pressure_deficit, maxAge: 1min }
`;

const parts: Readonly<Record<string, (text: string) => string>> = {
  '': (text) => text,
  'points of a profile': profileOf,
  'spec of a Setpoints document': setpointsWith,
};

/** The site with devices that the page of a block shows, if it shows one: its rules are for that site. */
const findPageSite = (place: string): SiteModel | null => {
  const [page = ''] = place.split(':');
  const shown = blocks.find(
    (block) => page !== '' && block.place.startsWith(`${page}:`) && /^kind: Site$/m.test(block.text) && /^kind: Devices$/m.test(block.text),
  );
  if (shown === undefined) return null;
  return toSiteModel(siteFromContent(loadSite([{ path: 'page.yaml', text: shown.text }], readProfiles()).content));
};

/** What a page leaves out is an ellipsis. */
const isCut = (text: string): boolean => /(^|[[{,] *)…/m.test(text);
const withoutCuts = (text: string): string => text.replaceAll(/, …/g, '').replaceAll(/…(, )?/g, '');

/** Reads a block as the product does; throws with every problem. */
const check = ({ place, language, part, text }: Block): void => {
  if (isCut(text)) {
    // Of a block from which something is left out the YAML alone can be read.
    parseYaml(withoutCuts(text));
    return;
  }
  const whole = parts[part];
  if (whole === undefined) throw new Error(`nobody knows how to complete ${part}`);
  const file: SourceFile = { path: language.startsWith('json') ? 'page.json' : 'page.yaml', text: whole(text) };
  const sources = readDocuments([file]);
  const profiles = sources.filter(({ value }) => typeof value === 'object' && value !== null && 'profile' in value);
  for (const profile of profiles) parseProfile(profile);
  if (profiles.length === sources.length) return;
  const bridges = sources.filter((source) => kindOf(source) === 'Bridge');
  const notifications = sources.filter((source) => kindOf(source) === 'Notifications');
  const [problem] = [...bridges.flatMap(findBridgeProblems), ...notifications.flatMap(findNotificationsProblems)];
  if (problem !== undefined) throw new Error(`${problem.path}: ${problem.expected}`);
  if (bridges.length + notifications.length === sources.length) return;
  if (sources.some((source) => kindOf(source) === 'Site')) {
    loadSite([file], readProfiles());
    return;
  }
  const site = findPageSite(place) ?? toTestSite(sources, 'Europe/Berlin');
  compileBundle(readBundle([file]), site);
  compileAlarms(readBundle([file]), site);
};

type Message = { readonly event: string; readonly from: 'node' | 'hub'; readonly text: string };

/** A conversation: `>` is what a node sends, `<` what it gets, and what is left out is an ellipsis. */
const toMessages = (text: string): readonly Message[] =>
  [...text.matchAll(/^([<>]) (\w+) ([\s\S]*?)(?=^[<>] |(?![\s\S]))/gm)].map(({ 1: side, 2: event = '', 3: body = '' }) => ({
    event,
    from: side === '>' ? 'node' : 'hub',
    text: body,
  }));
const conversations = blocks.filter(({ text }) => /^[<>] \w+ \{/.test(text));
const messages = conversations.flatMap(({ place, text }) => toMessages(text).map((message) => ({ place, ...message })));

const schemaOf = ({ event, from }: Message) => {
  if (event === 'CONNECT') return Hello;
  const events = from === 'node' ? nodeEvents : hubEvents;
  const found = Object.entries(events).find(([name]) => name === event);
  if (found === undefined) throw new Error(`no ${from} sends ${event}`);
  return found[1];
};

describe('the messages that pages show', () => {
  it('are found', () => {
    expect(messages.length).toBeGreaterThanOrEqual(13);
  });

  it.each(messages)('$place: $event of a $from is JSON, and what its schema says', (message) => {
    const content: unknown = JSON.parse(withoutCuts(message.text));
    const schema = schemaOf(message);
    const parse = createParse(schema, message.event);
    // Of a message from which something is left out the JSON alone can be read.
    expect(() => (isCut(message.text) ? content : parse(content))).not.toThrow();
  });
});

describe('the documents that pages show', () => {
  it('are found', () => {
    expect(documents.length).toBeGreaterThanOrEqual(4);
  });

  it.each(documents)('$place is taken by its checker', (block) => {
    expect(() => check(block)).not.toThrow();
  });

  it('say in which language they are', () => {
    const isDocument = ({ text }: Block): boolean => /^(\{|apiVersion:|spec:|kind:)/m.test(text);
    expect(
      blocks
        .filter((block) => !['sh', 'ts', 'py', 'yaml', 'json', 'jsonc'].includes(block.language) && isDocument(block))
        .map(({ place }) => place),
    ).toEqual([]);
  });

  it('are refused where they are wrong', () => {
    const [whole] = documents.filter(({ text }) => text.includes('"my-probe"'));
    expect(() => check({ place: '', language: 'jsonc', part: '', text: whole?.text.replace('"s16"', '"s17"') ?? '' })).toThrow(
      'points.temperature.type',
    );
    const [bridge] = documents.filter(({ text }) => text.includes('kind: redis'));
    expect(() => check({ place: '', language: 'yaml', part: '', text: bridge?.text.replace('127.0.0.1', 'redis.example') ?? '' })).toThrow(
      'TLS',
    );
    const [limit] = documents.filter(({ part }) => part.startsWith('spec'));
    expect(() => check({ place: '', language: 'yaml', part: limit?.part ?? '', text: limit?.text.replace('P3', 'P9') ?? '' })).toThrow(
      'priority',
    );
  });
});
