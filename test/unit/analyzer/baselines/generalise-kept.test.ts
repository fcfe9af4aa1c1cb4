import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandPieces, generaliseCommand } from '../../../../analyzer/baselines/fold-arguments.ts';
import { placesOf } from '../../../../analyzer/baselines/fold-places.ts';
import { exec } from '../../../support/analyzer/observations.ts';
import { createPlay, quickBaselines, told } from '../../../support/analyzer/play.ts';

type Command = readonly string[];

/** What runs a command that it is given as arguments, or as a script. */
const wrappings: readonly (readonly [name: string, wrap: (command: Command) => Command])[] = [
  ['nothing', (command) => command],
  ['its directory', ([program, ...rest]) => [`/usr/sbin/${program}`, ...rest]],
  ['busybox', (command) => ['busybox', ...command]],
  ['env', (command) => ['env', '-i', 'A=b', ...command]],
  ['nice', (command) => ['nice', '-n', '5', ...command]],
  ['xargs', (command) => ['xargs', '-n1', ...command]],
  ['find', (command) => ['find', '/srv', '-exec', ...command, ';']],
  ['a loader', (command) => ['/lib64/ld-linux-x86-64.so.2', `/bin/${command[0]}`, ...command.slice(1)]],
  ['a program nobody knows', (command) => ['/opt/app-1.2.3/bin/wrap', '--', ...command]],
  ['a shell', (command) => ['sh', '-c', command.join(' ')]],
  ['a shell, behind a date', (command) => ['/bin/bash', '-euxc', `echo 2026-11-24 && ${command.join(' ')}`]],
  ['a shell in quotes', (command) => ['dash', '-c', `exec "${command[0]}" '${command.slice(1).join("' '")}'`]],
  ['a shell in a shell', (command) => ['sh', '-c', `env sh -c "${command.join(' ')}"`]],
  ['ssh', (command) => ['ssh', 'host', command.join(' ')]],
  ['a substitution', (command) => ['sh', '-c', `x=$(${command.join(' ')});echo $x`]],
  ['a loop', (command) => ['sh', '-c', `for a in /tmp/tmp.X1k9aQ;do ${command.join(' ')};done|cat`]],
];
const wrapping = fc.constantFrom(...wrappings).map(([, wrap]) => wrap);

const number = fc.oneof(fc.nat(99), fc.nat(65_535), fc.nat(4_294_967_295)).map(String);
const mode = fc.tuple(fc.constantFrom('', '0'), fc.stringMatching(/^[0-7]{3,4}$/)).map((parts) => parts.join(''));
const user = fc.oneof(
  number,
  fc.stringMatching(/^[a-z][a-z0-9]{3,15}$/),
  fc.stringMatching(/^[0-9a-f]{8,16}$/),
  fc.constantFrom('app-12', 'app-13', 'user_1234567', 'u20261124', '20261124'),
);
const rights: readonly (readonly [of: fc.Arbitrary<string>, (right: string) => Command])[] = [
  [mode, (right) => ['chmod', right, '/data/x']],
  [mode, (right) => ['chmod', '-R', right, '/data/x']],
  [mode, (right) => ['install', '-m', right, 'a', '/srv/b']],
  [mode, (right) => ['install', `-m${right}`, 'a', '/srv/b']],
  [mode, (right) => ['install', `--mode=${right}`, 'a', '/srv/b']],
  [mode, (right) => ['find', '/', '-perm', right]],
  [mode, (right) => ['find', '/', '-perm', `-${right}`]],
  [mode, (right) => ['find', '/', '-perm', `/${right}`]],
  [mode, (right) => ['mkdir', '-m', right, '/srv/x']],
  [mode, (right) => ['rsync', `--chmod=D${right}`, 'a', 'b']],
  [mode, (right) => ['umask', right]],
  [user, (right) => ['su', right]],
  [user, (right) => ['su', '-', right]],
  [user, (right) => ['chown', right, '/data/x']],
  [user, (right) => ['chown', `${right}:${right}`, '/data/x']],
  [user, (right) => ['chown', `root:${right}`, '/data/x']],
  [user, (right) => ['chown', `:${right}`, '/data/x']],
  [user, (right) => ['gosu', `${right}:0`, 'id']],
  [user, (right) => ['su-exec', right, 'id']],
  [user, (right) => ['setfacl', '-m', `u:${right}:rw`, '/srv/x']],
  [user, (right) => ['sudo', '-u', `#${right}`, 'id']],
  [user, (right) => ['sudo', `-u${right}`, 'id']],
  [user, (right) => ['sudo', `--user=${right}`, 'id']],
  [user, (right) => ['setpriv', `--reuid=${right}`, '--clear-groups', 'id']],
  [user, (right) => ['setpriv', '--reuid', right, 'id']],
  [user, (right) => ['docker', 'run', '-u', right, 'image']],
  [user, (right) => ['docker', 'run', '--user', `${right}:${right}`, 'image']],
  [user, (right) => ['start-stop-daemon', '--chuid', right, '-x', 'id']],
  [user, (right) => ['mount', '-o', `uid=${right},ro`, 'a', '/srv/b']],
  [user, (right) => ['mount', '-o', `rw,nosuid,nodev,noexec,relatime,gid=${right},file_mode=0644`, 'a', '/srv/b']],
  [user, (right) => ['psql', '-U', right, 'shop']],
  [number, (right) => ['capsh', `--uid=${right}`, '--']],
  [number, (right) => ['setcap', right, '/srv/x']],
  [number, (right) => ['nsenter', '-t', right, 'id']],
  [number, (right) => ['nsenter', `--target=${right}`, 'id']],
  [number, (right) => ['unshare', `--map-user=${right}`, 'id']],
  [number, (right) => ['newuidmap', '1', '0', right, '1']],
  [number, (right) => ['python3', '-c', `import os;os.setuid(${right})`]],
  [mode, (right) => ['python3', '-c', `import os;os.chmod("/x",0o${right})`]],
  [mode, (right) => ['perl', '-e', `chmod 0${right},"/x"`]],
];

const component = fc.oneof(
  fc.stringMatching(/^[0-9]{1,12}$/),
  fc.stringMatching(/^[0-9a-f]{8,16}$/),
  fc.stringMatching(/^[A-Za-z0-9]{3,24}$/),
  fc.stringMatching(/^tmp[.-][A-Za-z0-9]{6,10}$/),
  fc.stringMatching(/^app-[0-9]\.[0-9]\.[0-9]$/),
  fc.constantFrom('20261124', '2026-11-24', 'backup-20261125', '550e8400-e29b-41d4-a716-446655440000', 'x-gabcdefa'),
);
const tops: readonly ((top: string) => Command)[] = [
  (top) => ['cat', `/${top}/x`],
  (top) => ['cat', `//${top}/x`],
  (top) => ['cat', `/./${top}/x`],
  (top) => ['cat', `/usr/../${top}/x`],
  (top) => ['cat', `/usr/lib/../..//${top}`],
  (top) => ['cat', `../../${top}/x`],
  (top) => ['cat', `file:///${top}/x`],
  (top) => ['cat', `file://localhost/${top}/x`],
  (top) => ['git', 'clone', `ssh://git@host/${top}/x`],
  (top) => ['tool', `x=/${top}/y`],
  (top) => ['tool', `--file=/${top}/y`],
  (top) => ['gcc', `-I/${top}/y`],
  (top) => ['docker', 'run', '-v', `/${top}:/srv`, 'x'],
  (top) => ['docker', 'run', '-v', `/srv:/${top}:ro`, 'x'],
  (top) => ['docker', 'run', '--mount', `type=bind,source=/${top},target=/srv`, 'x'],
  (top) => ['tool', `@/${top}/x`],
  (top) => ['tool', `["/${top}/x"]`],
  (top) => ['tool', `a,/${top}/x`],
  (top) => ['tool', `a /${top}/x`],
  (top) => ['tee', `$HOME/${top}/x`],
  (top) => ['tee', `\${ROOT}/${top}/x`],
  (top) => ['cat', `/proc/4711/root/${top}/x`],
  (top) => ['cat', `/proc/4711/task/4712/cwd/${top}/x`],
];

const hostName = fc
  .tuple(
    fc.oneof(
      fc.stringMatching(/^[0-9a-f]{8,16}$/),
      fc.stringMatching(/^(?:cdn|c2-)[0-9]{6,12}$/),
      fc.stringMatching(/^[a-z0-9]{20,40}$/),
      fc.constantFrom('20261124', 'a-2026-11-24', 'x-12'),
    ),
    fc.constantFrom('com', 'net', 'io', 'example.org', 'co.uk', 'xn--p1ai', 'internal'),
  )
  .map((labels) => labels.join('.'));
const address = fc
  .nat(4_294_967_295)
  .chain((ip) =>
    fc.constantFrom(
      String(ip),
      `0x${ip.toString(16).padStart(8, '0')}`,
      `0${ip.toString(8)}`,
      `${ip >>> 24}.${ip & 0xffffff}`,
      [24, 16, 8, 0].map((by) => `0x${((ip >>> by) & 255).toString(16)}`).join('.'),
      [24, 16, 8, 0].map((by) => `0${((ip >>> by) & 255).toString(8)}`).join('.'),
    ),
  );
const host = fc.oneof(hostName, address, fc.constantFrom('db', 'db-1', 'db-12', 'a1b2c3d4e5f6', 'job12345678901'));
const hosts: readonly ((host: string) => Command)[] = [
  (to) => ['tool', `https://${to}/x`],
  (to) => ['tool', `https://${to}:8443/x?at=1764489000`],
  (to) => ['tool', `http://app:secret@${to}/x`],
  (to) => ['tool', `--from=ftp://${to}`],
  (to) => ['tool', `see <http://${to}> of 2026-11-24`],
  (to) => ['tool', `//${to}/share`],
  (to) => ['tool', `app@${to}`],
  (to) => ['tool', `--host=${to}`],
  (to) => ['tool', '--server', to],
  (to) => ['psql', '-h', to, 'shop'],
  (to) => ['java', `-Dhttp.proxyHost=${to}`, '-jar', 'x'],
  (to) => ['python3', '-c', `s.connect(("${to}",80))`],
  (to) => ['tool', `/dev/tcp/${to}/443`],
  (to) => ['ping', to],
  (to) => ['curl', `${to}/x`],
  (to) => ['nc', to, '443'],
  (to) => ['ssh', '-l', 'app', to, 'id'],
  (to) => ['scp', `${to}:/srv/x`, '/srv/y'],
  (to) => ['curl', '-x', to, 'http://example.com'],
];
const namedHosts: readonly ((host: string) => Command)[] = [
  (to) => ['tool', to],
  (to) => ['tool', `${to}:443`],
  (to) => ['tool', `${to}/x`],
  (to) => ['tool', `to=${to},x`],
  (to) => ['tool', `["${to}"]`],
  (to) => ['tool', `${to}.`],
];

/** Another command, as it is hidden. */
const payload = fc
  .string({ minLength: 12, maxLength: 60 })
  .map((text) => Buffer.from(text))
  .chain((bytes) => fc.constantFrom(bytes.toString('base64'), bytes.toString('hex')));
const decoders: readonly ((payload: string) => Command)[] = [
  (of) => ['sh', '-c', `echo ${of} | base64 -d | sh`],
  (of) => ['sh', '-c', `echo ${of} | base64 --decode | sh`],
  (of) => ['bash', '-c', `$(echo ${of}|openssl enc -a -d)`],
  (of) => ['sh', '-c', `printf ${of} | xxd -r -p | sh`],
  (of) => ['python3', '-c', `exec(__import__('base64').b64decode('${of}'))`],
  (of) => ['python3', '-c', `exec(bytes.fromhex("${of}"))`],
  (of) => ['node', '-e', `eval(Buffer.from('${of}','base64')+'')`],
  (of) => ['php', '-r', `eval(base64_decode('${of}'));`],
  (of) => ['ruby', '-e', `eval(Base64.decode64('${of}'))`],
  (of) => ['perl', '-e', `eval pack("H*","${of}")`],
  (of) => ['pwsh', '-NoProfile', '-enc', of],
  (of) => ['powershell.exe', '-EncodedCommand', of],
];

const runs = { numRuns: 3_000 };

/** They are two items, and of no fold. */
function differ(one: Command, other: Command): void {
  const [first, second] = [one, other].map(generaliseCommand);
  if (first === undefined || second === undefined) throw new Error('two commands');
  expect(first).not.toEqual(second);
  const folds = new Set(placesOf(commandPieces(first)).map(({ key }) => key));
  expect(placesOf(commandPieces(second)).filter(({ key }) => folds.has(key))).toEqual([]);
}

describe('two commands, however they are wrapped, that differ', () => {
  it.each(rights.map(([of, make]) => ({ name: make('RIGHT').join(' '), of, make })))(
    'in a right only are two: $name',
    ({ of, make }) => {
      fc.assert(
        fc.property(of, of, wrapping, (one, other, wrap) => {
          fc.pre(one !== other);
          differ(wrap(make(one)), wrap(make(other)));
        }),
        { numRuns: 300 },
      );
    },
  );

  it('in the top level of a path only are two', () => {
    fc.assert(
      fc.property(component, component, fc.constantFrom(...tops), wrapping, (one, other, make, wrap) => {
        fc.pre(one !== other);
        differ(wrap(make(one)), wrap(make(other)));
      }),
      runs,
    );
  });

  it('in a host only are two', () => {
    fc.assert(
      fc.property(host, host, fc.constantFrom(...hosts), wrapping, (one, other, make, wrap) => {
        fc.pre(one !== other);
        differ(wrap(make(one)), wrap(make(other)));
      }),
      runs,
    );
    fc.assert(
      fc.property(hostName, hostName, fc.constantFrom(...namedHosts), wrapping, (one, other, make, wrap) => {
        fc.pre(one !== other);
        differ(wrap(make(one)), wrap(make(other)));
      }),
      runs,
    );
  });

  it('in what they decode only are two', () => {
    fc.assert(
      fc.property(payload, payload, fc.constantFrom(...decoders), wrapping, (one, other, make, wrap) => {
        fc.pre(one !== other);
        differ(wrap(make(one)), wrap(make(other)));
      }),
      runs,
    );
    // Who encodes runs nothing.
    expect(generaliseCommand(['base64', '/srv/a/x-20261124'])).toEqual(['base64', '/srv/a/x-<date>']);
  });

  it('in what changes from run to run are one', () => {
    const texts = (line: string) => generaliseCommand(line.split('|')).join('|');
    expect(texts('sh|-c|pg_dump shop > /backup/db-20261124.sql')).toBe('sh|-c|pg_dump shop > /backup/db-<date>.sql');
    expect(texts('sh|-c|rm -rf /tmp/tmp.X1k9aQ; echo 2026-11-24 11:17:48')).toBe(
      'sh|-c|rm -rf /tmp/<temp>; echo <date>',
    );
    expect(texts('sh|-c|tar xf site-20261124.tar.gz')).toBe('sh|-c|tar xf site-<date>.tar.gz');
    expect(texts('sh|-c|job 550e8400-e29b-41d4-a716-446655440000 1764489000')).toBe('sh|-c|job <uuid> <number>');
    expect(texts('chown|app:app|/srv/app/backup-20261124.sql')).toBe('chown|app:app|/srv/app/backup-<date>.sql');
    expect(texts('gosu|postgres|pg_dump|-f|/backup/1764489000/db')).toBe(
      'gosu|postgres|pg_dump|-f|/backup/<number>/db',
    );
    expect(texts('chmod|600|dump-20261124.sql')).toBe('chmod|600|dump-<date>.sql');
    expect(texts('curl|https://cdn12345678.example/job/20261124/x?at=1764489000')).toBe(
      'curl|https://cdn12345678.example/job/<date>/x?at=<number>',
    );
    expect(
      texts('curl|-o|/srv/x/backup-20261124.zip|-H|X-Id: 550e8400-e29b-41d4-a716-446655440000|https://a.example'),
    ).toBe('curl|-o|/srv/x/backup-<date>.zip|-H|X-Id: <uuid>|https://a.example');
    expect(texts('unzip|site-20261124.zip')).toBe('unzip|site-<date>.zip');
    expect(texts('psql|-U|postgres|-c|select 1 from orders where id > 4711')).toBe(
      'psql|-U|postgres|-c|select 1 from orders where id > <number>',
    );
    expect(texts('cat|/proc/4711/root/etc/x-20261124')).toBe('cat|/proc/<pid>/root/etc/x-<date>');
  });

  it('in a right are told apart once learned', () => {
    const play = createPlay({ baselines: quickBaselines });
    const run = (at: number, script: string) => play.batch([exec('c1', at, ['sh', '-c', script], { age: 100 })]);
    for (let at = 1; at <= 9; at += 1) run(at * 1_000, 'chmod 0644 /data/x');
    expect(told(run(20_000, 'chmod 0644 /data/x'))).toEqual([]);
    expect(told(run(20_001, 'chmod 4755 /data/x'))).toEqual(['EXE-04']);
    expect(told(run(20_002, 'chmod 0644 /1234567/x'))).toEqual(['EXE-04']);
    expect(told(run(20_003, 'chmod 0644 /7654321/x'))).toEqual(['EXE-04']);
  });

  it('in a text that has characters of our own are as they are', () => {
    expect(generaliseCommand(['tool', '\ue031\ue032 20261124'])).toEqual(['tool', '\ue031\ue032 20261124']);
  });
});
