import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { composeOverride } from '../../../../cli/harden/compose.ts';
import { dockerUserRules, nftTable } from '../../../../cli/harden/firewall.ts';
import type { Proposal } from '../../../../cli/harden/proposal.ts';
import { report } from '../../../../cli/harden/report.ts';
import { runFlags, runScript } from '../../../../cli/harden/run-flags.ts';
import { escapeControl } from '../../../../shared/escape.ts';
import { configured, destination, proposalOf, workloadUse } from './uses.ts';

const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/compose-spec/compose-spec.json'), 'utf8'),
) as object;
const isValid = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);

function composeOf(proposal: Proposal): Record<string, Record<string, Record<string, unknown>>> {
  const document = parseDocument(composeOverride(proposal), {
    customTags: [{ tag: '!override', collection: 'seq', resolve: (node) => node }],
  });
  expect([document.errors, document.warnings]).toEqual([[], []]);
  const read: unknown = document.toJS();
  isValid(read);
  expect(isValid.errors ?? null).toBeNull();
  return read as ReturnType<typeof composeOf>;
}

const use = workloadUse();
const full = () =>
  proposalOf({
    processes: { ...use.processes, implied: [{ capability: 'CAP_SETUID', text: 'x', at: 0, count: 1 }] },
    files: {
      ...use.files,
      paths: ['/tmp/a', '/srv/a/b'].map((path) => ({ path, change: 'added', last: 0 })),
      executed: ['/tmp/a'],
    },
    network: {
      ...use.network,
      egress: [destination({ ip: '172.18.0.3', port: 5432, container: { id: 'd', name: 'db' } })],
    },
  });

it('a compose override says what is proposed, by the schema of the Compose Specification', () => {
  expect(composeOf(full())).toEqual({
    services: {
      web: {
        cap_drop: ['ALL'],
        cap_add: ['SETUID'],
        read_only: true,
        tmpfs: ['/tmp:exec'],
        volumes: ['/srv/a'],
        security_opt: ['no-new-privileges:true'],
        pids_limit: 64,
        mem_limit: '160m',
      },
    },
    networks: { back: { internal: true } },
  });
  expect(composeOverride(full())).toMatch(/# .*Not proposed: user: it runs as root/);
});

it('a compose override takes away what the file gives too much', () => {
  const more = configured({ privileged: true, capabilities: { added: ['CAP_SYS_ADMIN'], effective: [] } });
  const proposal = proposalOf({ configuration: more });
  expect(composeOf(proposal).services?.web).toMatchObject({ privileged: false, cap_add: [] });
  expect(composeOverride(proposal)).toContain('cap_add: !override []');
  expect(runScript(proposal)).toContain('# leave out --privileged');
});

it('a compose override repeats nothing that Compose takes once, and says where it refuses two spellings of one limit', () => {
  const proposal = proposalOf({ configuration: configured({ noNewPrivileges: true }) });
  expect(composeOf(proposal).services?.web).not.toHaveProperty('security_opt');
  expect(composeOverride(proposal)).toContain('# Not repeated: no-new-privileges, which it has already');
  expect(runFlags(proposal)).toContain('--security-opt no-new-privileges:true');
  expect(composeOverride(full())).toContain('# Where your file has deploy.resources.limits, put these limits there');
  expect(composeOverride(full())).not.toContain('Not repeated');
});

it('nothing is to be left out for capabilities that are not proposed', () => {
  const more = configured({ privileged: true, capabilities: { added: ['CAP_SYS_ADMIN'], effective: [] } });
  const proposal = proposalOf({ configuration: more });
  const without = { ...proposal, capabilities: { proposed: false as const, why: 'not known' } };
  expect(runScript(without)).not.toContain('leave out');
});

it('flags of docker run are the same', () => {
  expect(runFlags(full())).toEqual([
    '--cap-drop ALL',
    '--cap-add SETUID',
    '--read-only',
    '--tmpfs /tmp:exec',
    '--volume /srv/a',
    '--security-opt no-new-privileges:true',
    '--pids-limit 64',
    '--memory 160m',
    '--network shop_back-internal',
  ]);
});

it('where nothing is proposed, it is valid and says why', () => {
  const nothing = proposalOf({ time: { ...use.time, watchedMs: 0 } });
  expect(composeOf(nothing)).toEqual({ services: { web: {} } });
  expect(runFlags(nothing)).toEqual([]);
  expect(report(nothing).join('\n')).toContain('user: not proposed');
});

it('the table rejects what is not named, and says what it does not know', () => {
  const { egress } = full();
  if (!egress.proposed) throw new Error('no rules');
  const table = nftTable(full(), egress.value);
  expect(table).toContain('ip daddr 172.18.0.3 tcp dport 5432 accept comment "container db, last');
  expect(table).toMatch(/counter reject\n {2}\}/);
  expect(table).toContain('# look-ups through the engine’s resolver');
  const chain = dockerUserRules(full(), egress.value);
  expect(chain).toContain('-I DOCKER-USER -s 172.18.0.2/32 -j mw_shop_web_abcdef');
  // Declared, it would be emptied.
  expect(chain).not.toContain(':DOCKER-USER');
});

it('containers of one bridge find each other by IPv6, and what a file does not filter it says', () => {
  const addresses = ['172.18.0.2', 'fd00:9::2'].map((ip) => ({ ip, container: 'a', running: true, last: 0 }));
  const proposal = proposalOf({ network: { ...use.network, addresses, egress: [destination()] } });
  const { egress } = proposal;
  if (!egress.proposed) throw new Error('no rules');
  const table = nftTable(proposal, egress.value);
  const types = 'nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert';
  expect(table).toMatch(new RegExp(`established,related accept\\n +icmpv6 type { ${types} } accept[^]*counter reject`));
  expect(dockerUserRules(proposal, egress.value)).toContain(
    '# what its containers send from fd00:9::2 is not filtered',
  );
  const four = full().egress;
  if (!four.proposed) throw new Error('no rules');
  expect(nftTable(full(), four.value)).not.toContain('icmpv6');
  expect(nftTable(full(), four.value)).toContain('# only what comes from 172.18.0.2 is filtered');
});

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '"; drop\n}',
    "'$(reboot)'",
    '`id`',
    '$HOME',
    '*/ #',
    '\u202ex',
    '\u001b[2J',
    '- x: &a',
    '!!js x',
    '{{',
  ),
);

it('nothing that an attacker names leaves its place', () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, (name, path, text) => {
      const proposal = proposalOf({
        host: { id: 'h', name },
        workload: { id: name, name },
        configuration: configured({ service: name, user: text, uid: 33, networks: [{ name, id: 'x' }] }),
        processes: {
          ...use.processes,
          users: [{ uid: 33, count: 1 }],
          implied: [{ capability: 'CAP_SETUID', text, at: 0, count: 1 }],
        },
        files: { ...use.files, paths: [{ path: `/srv/${path}/x`, change: 'added', last: 0 }] },
        network: { ...use.network, egress: [destination({ container: { id: 'd', name: text } })] },
      });
      const { services = {} } = composeOf(proposal);
      expect(Object.keys(services)).toHaveLength(1);
      const { egress } = proposal;
      if (!egress.proposed) throw new Error('no rules');
      const [table, chain] = [nftTable(proposal, egress.value), dockerUserRules(proposal, egress.value)];
      const code = (rules: string) => rules.split('\n').filter((line) => !line.trimStart().startsWith('#'));
      // As many statements as with names of no harm.
      expect([code(table).length, code(chain).length]).toEqual([17, 7]);
      const printed = [...report(proposal), table, chain, runScript(proposal)].flatMap((lines) => lines.split('\n'));
      expect(printed.map((line) => escapeControl(line))).toEqual(printed);
    }),
  );
});

it('a shell reads the flags as they are meant', () => {
  const odd = { name: "a b'$(id)`x`\\" };
  const proposal: Proposal = {
    ...full(),
    internal: { proposed: true, value: [odd], evidence: '', confidence: 'low', doubts: [] },
  };
  const words = execFileSync('sh', ['-c', `printf '%s\\n' ${runFlags(proposal).join(' ')}`], { encoding: 'utf8' });
  expect(words.split('\n')).toContain(`${odd.name}-internal`);
});
