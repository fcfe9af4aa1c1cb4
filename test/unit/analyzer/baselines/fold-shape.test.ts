import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandPieces, generaliseCommand } from '../../../../analyzer/baselines/fold-arguments.ts';
import { groupsOf, placesOf } from '../../../../analyzer/baselines/fold-places.ts';
import { type Piece, pathPieces, textOfPieces } from '../../../../analyzer/baselines/fold-shape.ts';

/** The text with what may vary in braces. */
const marked = (pieces: readonly Piece[]): string =>
  pieces.map(({ text, free }) => (free === true ? `{${text}}` : text)).join('');

describe('what may vary in a path', () => {
  it.each([
    ['/backup/db/shop.sql', '/backup/db/{shop.sql}'],
    ['/srv/app/releases/blue/log', '/srv/app/{releases}/{blue}/{log}'],
    ['a/b/c', 'a/b/{c}'],
    ['/srv/app/<date>', '/srv/app/{<date>}'],
    ['/etc/passwd', '/etc/passwd'],
    ['/tmp', '/tmp'],
    ['', ''],
  ])('is what is below its second component: %s', (path, shape) => {
    expect(marked(pathPieces(path))).toBe(shape);
  });

  it.each([
    '/srv/app/../../etc/shadow',
    '/srv/app/./x',
    '/srv//app/x/y',
    '/srv/app/x/',
    '/srv/app/$(id)/x',
    "/srv/app/<'*>/x",
    '/srv/app/a b',
    '-v/data:/srv/app/x',
    'x=/srv/app/x',
    '/proc/<pid>/root/etc/x',
    '/proc/<pid>/task/<pid>/cwd/x',
    '/dev/tcp/host/443',
  ])('is nothing where it may lead elsewhere: %s', (path) => {
    expect(pathPieces(path)).toEqual([{ text: path }]);
  });

  it('is never the name of a program', () => {
    expect(marked(pathPieces('/srv/app/blue/server', { program: true }))).toBe('/srv/app/{blue}/server');
  });
});

describe('what may vary in a command', () => {
  it.each([
    ['pg_dump -t orders shop', 'pg_dump -t {orders} shop'],
    ['pg_dump --table=orders shop', 'pg_dump --table={orders} shop'],
    ['pg_dump shop --file=/backup/db/shop.sql', 'pg_dump shop --file=/backup/db/{shop.sql}'],
    ['redis-cli -n 2 get key', 'redis-cli -n {<number>} get {key}'],
    ['redis-cli flushall', 'redis-cli flushall'],
    ['cat /var/log/nginx/access.log', 'cat /var/log/{nginx}/{access.log}'],
    ['tar -xzf /backup/db/a.tgz -C /srv', 'tar -xzf /backup/db/{a.tgz} -C /srv'],
    ['curl -s evil.example', 'curl -s evil.example'],
    ['curl -s 10.0.0.7', 'curl -s 10.0.0.7'],
    ['curl https://evil.example/a/b/c', 'curl https://evil.example/a/b/c'],
    ['mysql -u root@host -e SELECT(1)', 'mysql -u root@host -e SELECT(1)'],
    ['app -- run', 'app -- run'],
    ['gcc -I/srv/app/x main', 'gcc -I/srv/app/{x} {main}'],
    ['pg_dump -U app -h db -t orders shop', 'pg_dump -U app -h db -t {orders} shop'],
    ['pg_dump --username=app --host db -t orders shop', 'pg_dump --username=app --host db -t {orders} shop'],
    ['chown -R app /srv/app/x word', 'chown -R app /srv/app/{x} word'],
    ['ping -c 3 -n name', 'ping -c 3 -n name'],
  ])('is a word or the lower part of a path: %s', (line, shape) => {
    expect(marked(commandPieces(generaliseCommand(line.split(' '))))).toBe(shape);
  });

  it.each([
    'sh -c whatever',
    '/bin/bash /srv/jobs/nightly/run',
    'python3.11 -m module name',
    'busybox wget name name',
    'env A=b tool word word',
    'su-exec app tool word',
    '/lib64/ld-linux-x86-64.so.2 -x tool word',
    'npx -y package name',
    '/opt/wrap -x sh -c word',
    '/init -- /usr/bin/env -i word',
  ])('is nothing of what runs something else: %s', (line) => {
    expect(commandPieces(line.split(' ')).some(({ free }) => free === true)).toBe(false);
  });

  it.each([
    'mount -o suid /dev/sdb /mnt',
    'umount -t overlay /mnt',
    'losetup loop0 image',
    'modprobe -q overlay',
    'rabbitmqctl set_user_tags app administrator',
    'rabbitmqctl set_permissions -p main app all',
  ])('is no word of what mounts, loads into the kernel or makes an administrator: %s', (line) => {
    expect(commandPieces(line.split(' ')).some(({ free }) => free === true)).toBe(false);
  });

  it('is no right: modes, users and processes stay as they are (more in generalise-kept.test.ts)', () => {
    const command = (line: string) => generaliseCommand(line.split(' ')).join(' ');
    expect(command('chmod 4755 /srv/x')).toBe('chmod 4755 /srv/x');
    expect(command('/usr/bin/nsenter --target=4711 sh')).toBe('/usr/bin/nsenter --target=4711 sh');
    expect(command('chown 33 /tmp/tmp.X1k9aQ')).toBe('chown 33 /tmp/<temp>');
    expect(command('sleep 4755')).toBe('sleep <number>');
  });
});

const part = fc.constantFrom(
  'tool',
  'word',
  'other',
  '-x',
  '--name=value',
  '/srv/app/blue/log',
  '/srv/app/green/log',
  'a b',
  '<*>',
  '..',
  '',
);
const command = fc.array(part, { minLength: 1, maxLength: 6 });

describe('the pieces of any command', () => {
  const piecesOf = (args: readonly string[]) => commandPieces(generaliseCommand(args));

  it('are its text', () => {
    fc.assert(
      fc.property(command, (args) => {
        expect(textOfPieces(piecesOf(args))).toBe(generaliseCommand(args).join(' '));
      }),
    );
  });

  it('share a fold with those of another command only if these differ in that one place, which both may vary', () => {
    let shared = 0;
    fc.assert(
      fc.property(command, fc.nat(5), part, (one, changed, to) => {
        const other = one.map((argument, at) => (at === changed ? to : argument));
        const [first, second] = [piecesOf(one), piecesOf(other)];
        const keys = new Set(placesOf(second).map(({ key }) => key));
        const common = placesOf(first).filter(({ key }) => keys.has(key));
        const differing = first.flatMap((piece, at) => (piece.text === second[at]?.text ? [] : [at]));
        if (common.length === 0) return;
        shared += differing.length;
        expect(first).toHaveLength(second.length);
        expect(differing.length).toBeLessThanOrEqual(1);
        for (const at of differing) expect([first[at]?.free, second[at]?.free]).toEqual([true, true]);
      }),
      { numRuns: 5_000 },
    );
    expect(shared).toBeGreaterThan(50);
  });

  it('have their places where these are in the text, at most eight, the last ones, and none when there is too much', () => {
    const words = Array.from({ length: 20 }, (_, at) => `word${at}x`);
    const pieces = piecesOf(['tool', 'verb', ...words]);
    const text = textOfPieces(pieces);
    expect(placesOf(pieces).map(({ from, to }) => text.slice(from, to))).toEqual(words.slice(-8).reverse());
    expect(placesOf(piecesOf(['tool', 'verb', ...words, 'x'.repeat(5_000)]))).toEqual([]);
    expect(placesOf(piecesOf(['tool', 'verb', ...Array.from({ length: 500 }, () => 'word')]))).toEqual([]);
  });
});

describe('a stored item', () => {
  const place = { key: 'p', from: 0, to: 1 };
  const learned = { as: 'learned', count: 1, first: 0, last: 0 } as const;
  const item = { host: 'h', workload: 'w', feature: 'f', text: 't', lineage: 'l', places: [place], steady: learned };

  it('counts for each of its places and phases', () => {
    expect(groupsOf({ ...item, startup: learned })).toEqual(['startup/p', 'steady/p']);
  });

  it.each([
    { ripeAt: 1 },
    { holdUntil: 1 },
    { told: 1 },
    { approved: { by: 'somebody', at: 1, reason: 'why' } },
    { startup: { ...learned, as: 'held' as const } },
    { startup: { ...learned, as: 'novel' as const } },
  ])('counts nowhere when it is young, held, told or approved: %o', (more) => {
    expect(groupsOf({ ...item, ...more })).toEqual([]);
  });
});
