import { expect, test } from 'vitest';
import { features } from '../../../analyzer/baselines/features/index.ts';
import { coverageOf } from '../../../analyzer/catalogue/coverage.ts';
import { catalogueRows } from '../../../analyzer/catalogue/rows.ts';
import { tierSights, unseenIn, unseenRows } from '../../../analyzer/catalogue/sight.ts';
import { parseRuleFile } from '../../../analyzer/sigma/language/document.ts';

const rule = (row: string, of: { category: string; field: string; tier: string }): string => `title: ${row}
name: ${row}
logsource: { product: docker, category: ${of.category} }
detection: { sel: { ${of.field}: 1 }, condition: sel }
catalogue: [${row}]
tier: ${of.tier}
`;
const { documents } = parseRuleFile(
  [
    rule('CFG-01', { category: 'container_configuration', field: 'container.privileged', tier: 'engine' }),
    rule('CRD-01', { category: 'connection', field: 'destination.port', tier: 'procfs' }),
    rule('NET-10', { category: 'resources', field: 'resources.network_tx_bytes', tier: 'engine' }),
    rule('IMP-02', { category: 'resources', field: 'resources.cpu_pct_of_quota', tier: 'engine' }),
    rule('DMN-04', { category: 'daemon', field: 'docker.id', tier: 'engine' }),
  ].join('---\n'),
  'mine.yml',
);
const ids = ['CFG-01', 'CRD-01', 'NET-10', 'IMP-02', 'DMN-04', 'FIL-05', 'EVA-03', 'NET-08', 'NET-14'];
const rows = catalogueRows(
  ids.map((id) => ({
    id,
    name: id,
    severity: [],
    tier: id === 'NET-08' ? 'kernel' : 'engine',
    ...(id === 'EVA-03' && { note: 'a test' }),
  })),
);
const coverage = coverageOf(rows, { documents: documents.map((one) => one.rule), silent: new Set(), features });

const all = {
  coverage: { engine: 'full', procfs: 'full', kernel: 'none' },
  sensors: { configuration: 'running', connections: 'running', resources: 'running', exec: 'running' },
};
const here = { network: 'private', paused: false };

test('with everything running only what no rule and no tier sees is missing', () => {
  expect(unseenRows(coverage, all)).toEqual([
    { why: 'no rule finds it', rows: ['FIL-05'] },
    { why: 'only the kernel tier shows it', rows: ['NET-08'] },
  ]);
  expect(tierSights(coverage, all)).toEqual([
    { tier: 'engine', state: 'full', rows: ['CFG-01', 'NET-10', 'IMP-02', 'DMN-04'] },
    { tier: 'procfs', state: 'full', rows: ['CRD-01', 'NET-14'] },
    { tier: 'kernel', state: 'none', rows: [] },
  ]);
});

test.each([
  ['running', undefined],
  ['failed', 'the sensor connections is failed'],
  [undefined, 'the sensor connections is switched off'],
])('a sensor that is %s', (state, why) => {
  const { connections: _connections, ...others } = all.sensors;
  const sensors = state === undefined ? others : { ...others, connections: state };
  const found = unseenRows(coverage, { ...all, sensors }).find((one) => one.rows.includes('CRD-01'));
  expect(found).toEqual(why === undefined ? undefined : { why, rows: ['CRD-01', 'NET-14'] });
});

test('a tier that is not there takes its rows along, whatever runs', () => {
  const seeing = { ...all, coverage: { ...all.coverage, procfs: 'none' } };
  expect(unseenRows(coverage, seeing)).toContainEqual({
    why: 'the procfs tier is not there',
    rows: ['CRD-01', 'NET-14'],
  });
});

test.each([
  ['private', []],
  ['host', ['NET-10']],
  ['container:abc', ['NET-10']],
  ['none', ['CRD-01', 'NET-10', 'NET-14']],
])('of a container with the network %s', (network, missing) => {
  expect(unseenIn({ ...here, network }, coverage, all).flatMap((one) => one.rows)).toEqual(missing);
});

test('what nobody sees on the host is not told again of its containers', () => {
  const sensors = { ...all.sensors, resources: 'failed' };
  expect(unseenIn({ ...here, network: 'host' }, coverage, { ...all, sensors })).toEqual([]);
});

test('what is asked of the engine, and what is counted, depends on the sensor that does it', () => {
  const { documents: own } = parseRuleFile(
    [
      rule('DMN-01', { category: 'daemon', field: 'daemon.weaknesses', tier: 'engine' }),
      rule('API-10', { category: 'daemon', field: 'stops.count', tier: 'engine' }),
      rule('DMN-04', { category: 'daemon', field: 'docker.id', tier: 'engine' }),
    ].join('---\n'),
    'own.yml',
  );
  const some = catalogueRows(
    ['DMN-01', 'API-10', 'DMN-04'].map((id) => ({ id, name: id, severity: [], tier: 'engine' })),
  );
  const covers = coverageOf(some, { documents: own.map((one) => one.rule), silent: new Set(), features });
  expect(unseenRows(covers, { ...all, sensors: { stops: 'failed' } })).toEqual([
    { why: 'the sensor daemon is switched off', rows: ['DMN-01'] },
    { why: 'the sensor stops is failed', rows: ['API-10'] },
  ]);
});

test('connections to the API have a sensor of their own, need no network, and are not told apart on the host’s', () => {
  const { documents: own } = parseRuleFile(
    rule('API-01', { category: 'connection', field: 'network.runtime_socket', tier: 'procfs' }),
    'api.yml',
  );
  const some = catalogueRows([{ id: 'API-01', name: 'API-01', severity: [], tier: 'procfs' }]);
  const covers = coverageOf(some, { documents: own.map((one) => one.rule), silent: new Set(), features: [] });
  expect(unseenRows(covers, all)).toEqual([{ why: 'the sensor api-sockets is switched off', rows: ['API-01'] }]);
  const seeing = { ...all, sensors: { 'api-sockets': 'running' } };
  expect(unseenRows(covers, seeing)).toEqual([]);
  const missing = (network: string) => unseenIn({ ...here, network }, covers, seeing).flatMap((one) => one.rows);
  expect(['private', 'none', 'container:abc', 'host'].map(missing)).toEqual([[], [], [], ['API-01']]);
});
