import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { parseEvent } from '../analyzer/sigma/event-json.ts';
import type { ExplainedEvent } from '../analyzer/sigma/explain-document.ts';
import { MalformedError, messageOf, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { decodeObservation, isRecord } from '../shared/observation.ts';
import type { GlobalFlags, MakeContext } from './context.ts';
import { explainLines } from './explain-lines.ts';
import { jsonLine } from './json-line.ts';
import { documentsCalled, documentsOf, linkRulesAt } from './linked-rules.ts';

interface ExplainFlags extends GlobalFlags {
  readonly rules?: readonly string[];
  readonly plain?: boolean;
  readonly json?: boolean;
}

/** `rules explain`: why a rule is true of an event, or why not. */
export function addRulesExplain(rules: Command, contextOf: MakeContext): void {
  rules
    .command('explain <rule> <event>')
    .description('which part of a rule says what of an event (a file, or - for standard input)')
    .option(
      '--rules <path...>',
      'rule files or directories (default: the shipped rules and those of the configuration)',
    )
    .option('--plain', 'the event is any JSON object, no observation: fields are looked up as given')
    .option('--json', 'the tree as JSON, one line a rule')
    .action(async (called: string, file: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<ExplainFlags>();
      const context = contextOf(flags);
      const { explainDocument } = await import('../analyzer/sigma/explain-document.ts');
      const linked = await linkRulesAt(context, flags.rules ?? []);
      const documents = documentsCalled(documentsOf(linked), called);
      const event = await readEvent(file, flags.plain === true);
      for (const document of documents) {
        const explanation = explainDocument(document, event, linked);
        if (flags.json === true) context.terminal.out(jsonLine(explanation));
        else for (const line of explainLines(explanation, context.terminal.colors)) context.terminal.out(line);
      }
    });
}

async function readEvent(file: string, isPlain: boolean): Promise<ExplainedEvent> {
  const { observationFields, plainFields } = await import('../analyzer/sigma/fields.ts');
  const { logSourcesOf } = await import('../analyzer/sigma/taxonomy.ts');
  const content = await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: unknown) => {
    throw wrong(file, messageOf(error), 'name a file that holds one event, or - for standard input', error);
  });
  if (isPlain) return { event: plainObject(file, content), fields: plainFields, sources: undefined };
  try {
    const event = decodeObservation(content, file);
    return { event, fields: observationFields, sources: logSourcesOf(event) };
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    const fix = 'give one observation as the topic `observations` has them; --plain takes any object';
    throw wrong(file, messageOf(error), fix, error);
  }
}

function plainObject(file: string, content: string): object {
  const fix = 'give one JSON object';
  let event: unknown;
  try {
    event = parseEvent(content);
  } catch (error) {
    throw wrong(file, messageOf(error), fix, error);
  }
  if (!isRecord(event)) throw wrong(file, 'an event is a JSON object', fix);
  return event;
}

const wrong = (file: string, what: string, fix: string, cause?: unknown): UserError =>
  new UserError(escapeControl(`${file}: ${what}`, 300), { fix, ...(cause === undefined ? {} : { cause }) });
