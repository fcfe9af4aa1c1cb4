import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileRules } from '../../../analyzer/sigma/compile.ts';
import { completeSample } from '../../../analyzer/sigma/complete-sample.ts';
import { type ParsedDocument, parseRuleFile } from '../../../analyzer/sigma/language/document.ts';
import { readRules, shippedRules } from '../../../analyzer/sigma/load.ts';
import type { HostConfig } from '../../../collector/engine/inspect-types.ts';
import { isRecord } from '../../../shared/observation.ts';
import { containerWith, factsOf } from '../../support/inspect.ts';

const shipped = await readRules([shippedRules()]);
const directory = 'analyzer/exceptions';
const files = readdirSync(directory);
const read = (file: string): string => readFileSync(`${directory}/${file}`, 'utf8');
const zeros = '0'.repeat(64);
const ours = { image: `sha256:${'1'.repeat(64)}`, hash: '2'.repeat(64), id: '3'.repeat(64) };

/** As whoever takes it over fills it in. */
const filled = (text: string): string =>
  text
    .replace(`container.id: "${zeros}"`, `container.id: "${ours.id}"`)
    .replace(`sha256:${zeros}`, ours.image)
    .replace(zeros, ours.hash)
    .replace('at|year: 1970', 'at|year: 2027');

const noon = Date.UTC(2027, 0, 1, 12);

/** The first observation that a rule is true of by its own samples, in that container. */
function sampleOf(id: string, container: { id?: string; image: string; hash: string }, at: number) {
  const document = shipped.documents.find(({ rule }) => rule.id === id || (rule.kind !== 'filter' && rule.name === id));
  if (document?.rule.kind !== 'rule') throw new Error(`${id} is no rule`);
  const { samples } = document.attributes;
  const match: unknown = isRecord(samples) ? samples.match : undefined;
  const [sample] = Array.isArray(match) ? match.filter(isRecord) : [];
  const complete = completeSample(document.rule, sample ?? {});
  const facts = complete.container;
  if (facts === undefined) throw new Error(`${id} is about no container`);
  const image = { ...facts.image, id: container.image };
  return { ...complete, at, container: { ...facts, id: container.id ?? facts.id, image, config_hash: container.hash } };
}

/** All of them at once, as who takes all of them over. */
const parsed = new Map(files.map((file) => [file, parseRuleFile(filled(read(file)), file)]));
const rulesWith = (filters: readonly ParsedDocument[]) =>
  compileRules([...shipped.documents, ...filters].map(({ rule }) => rule));
const set = rulesWith([...parsed.values()].flatMap(({ documents }) => documents));
const asShipped = rulesWith(files.flatMap((file) => parseRuleFile(read(file), file).documents));

test('all of them load beside the shipped rules, and none is over what is never hidden', () => {
  expect([...[...parsed.values()].flatMap(({ problems }) => problems), ...set.problems]).toEqual([]);
});

describe.each(files)('exception %s', (file) => {
  const documents = parsed.get(file)?.documents ?? [];
  const [document] = documents;
  const rules = document?.rule.kind === 'filter' && document.rule.rules !== 'any' ? document.rule.rules : [];
  const hidden = (observation: ReturnType<typeof sampleOf>, id: string) =>
    set
      .match(observation)
      .filter(({ rule }) => rule.id === id || rule.name === id)
      .map(({ hiddenBy }) => hiddenBy.some(({ id: filter }) => filter === document?.rule.id));

  test('is one filter over single rules', () => {
    expect(documents).toHaveLength(1);
    expect(rules.length).toBeGreaterThan(0);
  });

  test.each(rules)('hides %s in the container that it names, and nowhere else', (id) => {
    expect(hidden(sampleOf(id, ours, noon), id)).toEqual([true]);
    expect(hidden(sampleOf(id, { ...ours, id: 'other', hash: 'other' }, noon), id)).toEqual([false]);
    expect(hidden(sampleOf(id, { ...ours, id: 'other', image: 'sha256:other' }, noon), id)).toEqual([false]);
  });

  test.each(rules)('ends by itself: %s is told again', (id) => {
    expect(hidden(sampleOf(id, ours, Date.UTC(2028, 0, 1, 12)), id)).toEqual([false]);
  });

  test('matches nothing as it is shipped', () => {
    const told = rules.flatMap((id) =>
      asShipped.match(sampleOf(id, ours, noon)).map(({ hiddenBy }) => hiddenBy.length),
    );
    expect(told.every((filters) => filters === 0)).toBe(true);
  });

  test('is in docs/exceptions.md', () => {
    expect(readFileSync('docs/exceptions.md', 'utf8')).toContain(`\`${file}\``);
  });
});

describe('a near miss has another hash', () => {
  const ro = (source: string, target: string) => `${source}:${target}:ro`;
  const benign: Readonly<Record<string, HostConfig>> = {
    'socket reader': { Binds: [ro('/var/run/docker.sock', '/var/run/docker.sock')] },
    cAdvisor: { Privileged: true, Binds: [ro('/', '/rootfs'), ro('/var/run', '/var/run'), ro('/sys', '/sys')] },
    'node-exporter': { PidMode: 'host', NetworkMode: 'host', Binds: ['/:/host:ro,rslave'] },
    VPN: { CapAdd: ['NET_ADMIN'], Devices: [{ PathOnHost: '/dev/net/tun', CgroupPermissions: 'rwm' }] },
    sidecar: { NetworkMode: 'container:abc' },
    'Docker in Docker': { Privileged: true },
  };
  const hashOf = (host: HostConfig, cmd?: readonly string[]) =>
    factsOf(containerWith(host, { Config: { Image: 'lab/bb:1', ...(cmd && { Cmd: cmd }) } })).config_hash;

  test.each<[string, HostConfig]>([
    ['socket reader', { Binds: ['/var/run/docker.sock:/var/run/docker.sock'] }],
    ['socket reader', { ...benign['socket reader'], CapAdd: ['SYS_ADMIN'] }],
    ['cAdvisor', { Privileged: true, Binds: ['/:/rootfs', ro('/var/run', '/var/run'), ro('/sys', '/sys')] }],
    ['cAdvisor', { ...benign.cAdvisor, PidMode: 'host' }],
    ['node-exporter', { ...benign['node-exporter'], CapAdd: ['SYS_PTRACE'] }],
    ['node-exporter', { ...benign['node-exporter'], Binds: ['/:/host:rslave'] }],
    ['VPN', { ...benign.VPN, CapAdd: ['NET_ADMIN', 'SYS_MODULE'] }],
    ['sidecar', { NetworkMode: 'container:abc', PidMode: 'container:abc' }],
    ['Docker in Docker', { Privileged: true, Binds: ['/:/host'] }],
  ])('of %s: %j', (name, widened) => {
    expect(hashOf(widened)).not.toBe(hashOf(benign[name] ?? {}));
  });

  test('another command is one, too; the same again is not', () => {
    for (const host of Object.values(benign)) {
      expect(hashOf(host, ['sh'])).not.toBe(hashOf(host));
      expect(hashOf({ ...host })).toBe(hashOf(host));
    }
  });
});
