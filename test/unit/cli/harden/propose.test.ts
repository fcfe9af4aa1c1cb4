import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../../../cli/harden/compose.ts';
import { placesOf } from '../../../../cli/harden/places.ts';
import type { Proposed } from '../../../../cli/harden/proposal.ts';
import { propose } from '../../../../cli/harden/propose.ts';
import { runFlags } from '../../../../cli/harden/run-flags.ts';
import type { WorkloadUse } from '../../../../shared/harden/use.ts';
import { began, configured, destination, hour, proposalOf, workloadUse } from './uses.ts';

const sighting = (text: string) => ({ text, at: began, count: 1 });
const processes = (more: Partial<WorkloadUse['processes']>) => ({ processes: { ...workloadUse().processes, ...more } });
const files = (more: Partial<WorkloadUse['files']>) => ({ files: { ...workloadUse().files, ...more } });
const network = (more: Partial<WorkloadUse['network']>) => ({ network: { ...workloadUse().network, ...more } });
const written = (path: string, by?: 'exec') => ({ path, change: 'added', last: began, ...(by && { by }) });
const why = (setting: Proposed<unknown>): string => (setting.proposed ? 'proposed' : setting.why);
const doubtsOf = (setting: Proposed<unknown>): string => (setting.proposed ? setting.doubts.join('\n') : '');

describe('nothing is proposed', () => {
  it('from less than was asked for, and it is said at the top; anyway, it is proposed with little confidence', () => {
    const short = { time: { ...workloadUse().time, watchedMs: 2 * hour, starts: 0 } };
    const refused = proposalOf(short);
    expect(settingsOf(refused).some(([, { proposed }]) => proposed)).toBe(false);
    expect(refused.warnings).toEqual([
      'too little was seen to propose from: watched running for 2.0 of at least 24 hours',
      expect.stringContaining('no start of it was seen'),
    ]);
    const anyway = proposalOf(short, { anyway: true });
    expect(anyway.warnings[0]).toBe('too little was seen: watched running for 2.0 of at least 24 hours');
    expect(anyway.pids).toMatchObject({ proposed: true, confidence: 'low' });
    expect(proposalOf({ time: { ...short.time, starts: 1 } }, { minHours: 2 }).pids.proposed).toBe(true);
  });

  it('of what a sensor that did not run would have seen', () => {
    const { processes: _, ...sensors } = workloadUse().sensors;
    for (const anyway of [false, true]) {
      const blind = proposalOf({ sensors }, { anyway });
      for (const name of ['capabilities', 'user', 'noNewPrivileges'] as const)
        expect(why(blind[name])).toContain('the sensor processes did not run');
      expect(blind.pids.proposed).toBe(true);
    }
  });

  it('with more confidence than a sensor that was off now and then allows', () => {
    const sensors = { ...workloadUse().sensors, resources: { running: 60, last: 'running' } };
    const { pids } = proposalOf({ sensors });
    expect(pids).toMatchObject({ confidence: 'low' });
    expect(doubtsOf(pids)).toContain('the sensor resources ran for 60 % of the time');
  });

  it('from a configuration that the log no longer has', () => {
    const { configuration: _, ...use } = workloadUse();
    const proposal = proposalOf({ ...use, configuration: undefined } as never);
    expect(proposal.warnings[0]).toContain('no longer has its configuration');
    expect(why(proposal.user)).toContain('no longer');
    expect(why(proposal.internal)).toContain('no longer');
  });
});

describe('capabilities', () => {
  it('are those that implication shows, with the doubt beside them', () => {
    const implied = [{ ...sighting('listens on port 80/tcp'), capability: 'CAP_NET_BIND_SERVICE' }];
    const likely = [{ ...sighting('root started x as user 33'), capability: 'CAP_KILL' }];
    const { capabilities } = proposalOf(processes({ implied, likely }));
    expect(capabilities).toMatchObject({
      value: { add: ['NET_BIND_SERVICE'] },
      evidence: 'NET_BIND_SERVICE: listens on port 80/tcp',
      confidence: 'low',
    });
    for (const part of [
      'its processes have CHOWN, too, and use of these cannot be seen',
      'perhaps KILL',
      'Docker since 20.10',
    ])
      expect(doubtsOf(capabilities)).toContain(part);
  });

  it('are none for who never had any, whatever it seems to have done', () => {
    const implied = [{ ...sighting('listens on port 80/tcp'), capability: 'CAP_NET_BIND_SERVICE' }];
    const configuration = configured({ user: '33', uid: 33 });
    expect(proposalOf({ ...processes({ effective: [], implied }), configuration }).capabilities).toMatchObject({
      value: { add: [] },
      confidence: 'high',
    });
  });

  it('are those that a start as root takes, though nobody was root when it was looked at', () => {
    const text = 'postgres became user 999 from root';
    const implied = ['CAP_SETUID', 'CAP_SETGID'].map((capability) => ({ ...sighting(text), capability }));
    const users = [{ uid: 999, count: 4 }];
    const configuration = configured({
      capabilities: { added: [], effective: ['CAP_CHOWN', 'CAP_SETGID', 'CAP_SETUID'] },
    });
    const { capabilities } = proposalOf({ ...processes({ effective: [], implied, users }), configuration });
    expect(capabilities).toMatchObject({ value: { add: ['SETGID', 'SETUID'] }, confidence: 'low' });
    expect(doubtsOf(capabilities)).toContain('it starts as root and had given that up');
    const unknown = { ...workloadUse(processes({ effective: [], implied })), configuration: undefined };
    expect(propose({ use: unknown, minHours: 24, anyway: false }).capabilities).toMatchObject({ confidence: 'low' });
  });

  it('are none that it does not have: what was mounted in it may have come from its host', () => {
    const implied = [{ ...sighting('mounted ext4 at /data/x'), capability: 'CAP_SYS_ADMIN' }];
    const { capabilities } = proposalOf(processes({ implied }));
    expect(capabilities).toMatchObject({ value: { add: [] } });
    expect(doubtsOf(capabilities)).toContain('not added, as it does not have it: SYS_ADMIN (mounted ext4 at /data/x)');
    const privileged = configured({ privileged: true, capabilities: { added: [], effective: ['CAP_SYS_ADMIN'] } });
    expect(proposalOf({ ...processes({ implied }), configuration: privileged }).capabilities).toMatchObject({
      value: { add: ['SYS_ADMIN'] },
    });
  });

  it('are not known where they could not be read', () => {
    expect(why(proposalOf(processes({ withRights: 0 })).capabilities)).toContain('coverage partial');
  });
});

describe('user and new privileges', () => {
  it('a user is kept, root stays unknown', () => {
    const users = [{ uid: 33, count: 4 }];
    const app = configured({ user: '33:33', uid: 33 });
    expect(proposalOf({ ...processes({ users }), configuration: app }).user).toMatchObject({ value: '33:33' });
    expect(why(proposalOf().user)).toContain('whether it works as another user cannot be seen');
    expect(why(proposalOf(processes({ users })).user)).toContain('gives that up by itself');
    expect(
      why(proposalOf({ ...processes({ users }), configuration: configured({ user: 'a\nb', uid: 33 }) }).user),
    ).toContain('not copied');
  });

  it('who gained rights by a file keeps them', () => {
    expect(proposalOf().noNewPrivileges).toMatchObject({ value: true, confidence: 'medium' });
    expect(why(proposalOf(processes({ gained: [sighting('sudo became root')] })).noNewPrivileges)).toContain(
      'sudo became root',
    );
  });
});

describe('a read-only root', () => {
  it('is not proposed before anybody looked at the files, and it is said how to have them looked at', () => {
    const { lastLook: _, ...rest } = workloadUse().files;
    expect(why(proposalOf({ files: { ...rest, looks: 0 } }).readOnly)).toContain('docker exec CONTAINER true');
  });

  it('has a tmpfs where nothing is missed, a volume elsewhere, and is none where programs and settings lie', () => {
    const paths = [
      written('/tmp/deep/a'),
      written('/run/web.pid'),
      written('/var/lib/app/db'),
      written('/usr/bin/vim', 'exec'),
    ];
    const { readOnly } = proposalOf(files({ paths, executed: ['/tmp/run-me'] }));
    expect(readOnly).toMatchObject({
      value: {
        tmpfs: [
          { path: '/run', exec: false },
          { path: '/tmp', exec: true },
        ],
        volumes: ['/var/lib/app'],
      },
    });
    expect(doubtsOf(readOnly)).toContain('/usr/bin/vim');
    expect(why(proposalOf(files({ paths: [written('/etc/app.conf')] })).readOnly)).toContain('/etc/app.conf');
    const held = [written('/data'), written('/data/sub'), written('/proc')];
    expect(
      proposalOf({ ...files({ paths: held }), configuration: configured({ mounts: ['/data/sub'] }) }).readOnly,
    ).toMatchObject({ value: { tmpfs: [], volumes: [] } });
    // What an exec brought about just now is looked at only a moment later.
    const lastLook = workloadUse().time.last - 10_000;
    expect(why(proposalOf(files({ lastLook })).readOnly)).toContain('ask again in a minute');
    expect(why(proposalOf(files({ leftOut: 2 })).readOnly)).toContain('2 changed files');
    expect(
      why(proposalOf(files({ paths: Array.from({ length: 17 }, (_, n) => written(`/srv/d${n}/x`)) })).readOnly),
    ).toContain('17 directories');
  });

  it('takes no name that a line of options would read otherwise', () => {
    expect(placesOf(['/data/a:exec/x', '/data/b\u202e/x', '/data/$HOME/x'], []).refused).toHaveLength(3);
    expect(placesOf(['/dev/x'], [])).toMatchObject({ volumes: [], refused: ['/dev/x'] });
    expect(placesOf(['/srv/a/x', '/srv/a/b/y', '/srv/ab/z'], [])).toMatchObject({
      volumes: ['/srv/a', '/srv/ab'],
      refused: [],
    });
  });
});

describe('networks', () => {
  it('are internal where only containers were spoken to', () => {
    const peer = destination({ container: { id: 'd', name: 'db' } });
    expect(proposalOf(network({ egress: [peer, destination({ owner: 'exec' })] })).internal).toMatchObject({
      value: [{ name: 'shop_back', key: 'back' }],
    });
  });

  it.each([
    ['it connects out', network({ egress: [destination()] }), 'which is no container’s'],
    [
      'somebody connects from outside',
      network({ ingress: { fromContainers: 0, fromOutside: 2, sample: '192.0.2.1' } }),
      '192.0.2.1',
    ],
    ['a port is published', { configuration: configured({ published: ['80:80/tcp'] }) }, '80:80/tcp'],
    ['it is on the host’s network', { configuration: configured({ networkMode: 'host' }) }, '`host`'],
    [
      'it is on the default network',
      { configuration: configured({ networks: [{ name: 'bridge', id: 'x' }] }) },
      'default network',
    ],
  ])('stay open where %s', (_, use, text) => {
    expect(why(proposalOf(use).internal)).toContain(text);
  });
});

it('limits leave room above the most that was seen, and need some readings', () => {
  const { pids, memory } = proposalOf();
  expect([pids, memory]).toMatchObject([{ value: 64 }, { value: 160 * 2 ** 20 }]);
  const tight = proposalOf({ configuration: configured({ limits: { pids: 40, memory: 110 * 2 ** 20 + 1 } }) });
  expect([tight.pids, tight.memory]).toMatchObject([{ value: 40 }, { value: 110 * 2 ** 20 + 1 }]);
  expect(doubtsOf(tight.memory)).toContain('its limit is 110.0 MiB now');
  expect(runFlags(tight)).toContain(`--memory ${110 * 2 ** 20 + 1}b`);
  const few = proposalOf({ resources: { ...workloadUse().resources, readings: 3 } });
  expect([why(few.pids), few.memory.proposed]).toEqual(['3 of at least 10 readings of what it uses', false]);
});

describe('what may be connected to', () => {
  const learned = { steady: true, missing: [], untrusted: new Set(['203.0.113.66 port 443/tcp']) };

  it('is what it connected to itself, without what was told as new, the host and what only execs did', () => {
    const egress = [
      destination({ ip: '::ffff:203.0.113.7' }),
      destination({ ip: '203.0.113.66' }),
      destination({ ip: '172.18.0.1', isHost: true }),
      destination({ ip: '203.0.113.8', owner: 'exec' }),
      destination({ ip: '203.0.113.9', owner: 'unknown' }),
    ];
    const { egress: proposed } = proposalOf(network({ egress }), { learned });
    expect(proposed).toMatchObject({ proposed: true, confidence: 'medium' });
    if (!proposed.proposed) return;
    expect(proposed.value.allowed.map(({ ip }) => ip)).toEqual(['203.0.113.7', '203.0.113.9']);
    expect(proposed.value.allowed[1]?.comment).toContain('not seen');
    expect(proposed.value.left).toHaveLength(3);
    expect(proposed.value).toMatchObject({ name: 'mw_shop_web_abcdef', sources: ['172.18.0.2'], asksNames: false });
    expect(proposed.value.name.length).toBeLessThanOrEqual(28);
  });

  it('knows names by what the baseline keeps many of them as', () => {
    const named = (domain: string, ip: string) => destination({ domain, ip });
    const egress = [
      named('0a1b2c3d4e.pop.example.com', '203.0.113.1'),
      named('edge-7f00ab12cd.example.org', '203.0.113.2'),
      named('a.b.pop.example.com', '203.0.113.3'),
      named('0a1b2c3d4e.pop.evil.example', '203.0.113.4'),
    ];
    const text = (name: string) => `${name} port 443/tcp`;
    const allowedOf = (more: { readonly untrusted?: readonly string[]; readonly known?: readonly string[] }) => {
      const { untrusted = [], known } = more;
      const of = {
        ...learned,
        untrusted: new Set(untrusted.map(text)),
        ...(known && { known: new Set(known.map(text)) }),
      };
      const { egress: proposed } = proposalOf(network({ egress }), { learned: of });
      return proposed.proposed ? proposed.value.allowed.map(({ ip }) => ip.slice(-1)).join('') : undefined;
    };
    const kept = ['<hex>.pop.example.com', 'edge-<hex>.example.org'];
    expect(allowedOf({ known: kept })).toBe('12');
    expect(allowedOf({ untrusted: kept })).toBe('34');
    expect(allowedOf({ known: ['<*>.pop.example.com', '<*>.pop.evil.example'] })).toBe('14');
  });

  it('looks for them in no time, whatever names a container makes up', () => {
    const name = (label: string) => `${label}.pop.evil.example port 443/tcp`;
    const egress = [
      destination({ domain: `1${'-'.repeat(61)}1.pop.evil.example` }),
      destination({ domain: '12-34-12-34.pop.evil.example', ip: '203.0.113.9' }),
    ];
    const known = new Set([name(`${'<number>-'.repeat(7)}x`), name('<number>-34-<number>')]);
    const begun = performance.now();
    const { egress: proposed } = proposalOf(network({ egress }), { learned: { ...learned, known } });
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(proposed.proposed && proposed.value.allowed.map(({ ip }) => ip)).toEqual(['203.0.113.9']);
  });

  it('leaves out what was told as new where its text was cut, and what the baseline had no room for', () => {
    const domain = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(40)}.example`;
    const text = `${domain} port 443/tcp`;
    const egress = [destination({ domain }), destination({ ip: '203.0.113.8' }), destination({ ip: 'fe80::1%eth0' })];
    const allowedOf = (more: Partial<typeof learned> & { readonly known?: ReadonlySet<string> }) => {
      const { egress: of } = proposalOf(network({ egress }), { learned: { ...learned, ...more } });
      return of.proposed ? of.value.allowed.map(({ ip }) => ip) : undefined;
    };
    expect(allowedOf({ untrusted: new Set([`${text.slice(0, 199)}…`]) })).toEqual(['203.0.113.8']);
    expect(allowedOf({ known: new Set([`${text.slice(0, 199)}…`]) })).toEqual(['203.0.113.7']);
    expect(allowedOf({})).toEqual(['203.0.113.7', '203.0.113.8']);
  });

  it('takes no address with a zone for one of its containers: no rule can name it', () => {
    const addresses = ['172.18.0.2', 'fe80::1%eth0'].map((ip) => ({ ip, container: 'a', running: true, last: 0 }));
    const { egress } = proposalOf(network({ addresses }));
    expect(egress.proposed && egress.value.sources).toEqual(['172.18.0.2']);
  });

  it('has little confidence while that is learned, and says why', () => {
    const { egress } = proposalOf({}, { learned: { ...learned, steady: false, missing: ['3 of 50 sightings'] } });
    expect(egress).toMatchObject({ confidence: 'low' });
    expect(doubtsOf(egress)).toContain('3 of 50 sightings');
  });

  it('is not said in addresses where there are too many of them, or none of its own', () => {
    expect(why(proposalOf(network({ leftOut: 1 })).egress)).toContain('more destinations');
    expect(why(proposalOf(network({ addresses: [] })).egress)).toContain('no address');
    expect(why(proposalOf({ configuration: configured({ networkMode: 'host' }) }).egress)).toContain('host');
  });
});
