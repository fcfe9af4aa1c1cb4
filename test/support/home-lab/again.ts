import { readdirSync, readFileSync } from 'node:fs';
import { compileRules } from '../../../analyzer/sigma/compile.ts';
import { parseRuleFile } from '../../../analyzer/sigma/language/document.ts';
import { readRules, shippedRules } from '../../../analyzer/sigma/load.ts';
import type { Finding } from '../../../shared/finding.ts';
import type { Observation } from '../../../shared/observation.ts';
import { createPlay, findings } from '../analyzer/play.ts';

const directory = 'analyzer/exceptions';
const batch = 500;

/**
 * Judges a log again with the shipped rules and the shipped examples of exceptions, each filled in (docs/exceptions.md) for the containers whose
 * names begin with its line of the corpus.
 * @param trusted whether somebody has looked at the container of that name
 * @param except lines whose example nobody takes over
 */
export async function judgedWithExceptions(
  log: readonly Observation[],
  { trusted, except }: { readonly trusted: (name: string) => boolean; readonly except: readonly string[] },
): Promise<readonly Finding[]> {
  const shipped = await readRules([shippedRules()]);
  const files = readdirSync(directory).filter((file) => !except.includes(lineOf(file)));
  const known = log.filter(({ container }) => container !== undefined && trusted(container.name));
  const filters = files.flatMap((file) => parseRuleFile(filledIn(file, known), file).documents);
  const play = createPlay({
    rules: compileRules([...shipped.documents, ...filters].map(({ rule }) => rule)),
    baselines: {
      enabled: true,
      minimumObservations: 50,
      minimumHours: 24,
      newProbability: 0.05,
      startupSeconds: 60,
      mediumPerWeek: 1,
      kilobytesPerWorkload: 8_192,
    },
  });
  const told: Finding[] = [];
  for (let from = 0; from < log.length; from += batch)
    told.push(...findings(play.batch(log.slice(from, from + batch))));
  return told;
}

/** The corpus' line that a file or a container belongs to: `b02` of `b02-agent`. */
export const lineOf = (name: string): string => name.split('-')[0] ?? '';

/** Proxies that find their backends are readers of the socket, as agents are. */
const sameExample: Readonly<Record<string, string>> = { b03: 'b02' };

function filledIn(file: string, known: readonly Observation[]): string {
  const containers = known.flatMap(({ container }) =>
    container !== undefined && (sameExample[lineOf(container.name)] ?? lineOf(container.name)) === lineOf(file)
      ? [container]
      : [],
  );
  const list = (values: readonly (string | undefined)[]): string =>
    JSON.stringify([...new Set(values.filter((value) => value !== undefined))]);
  return readFileSync(`${directory}/${file}`, 'utf8')
    .replace(/sha256:0{64}/, list(containers.map(({ image }) => image.id)))
    .replace(/"0{64}"/, list(containers.map(({ config_hash }) => config_hash)))
    .replace('at|year: 1970', `at|year: ${new Date().getUTCFullYear()}`);
}
