import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * PEM files in a directory, valid for two days: ca.pem, the server's certificate and key, client.pem and client.key, and stranger.pem, an
 * authority that signed none of them.
 * @param names of the server, as OpenSSL writes them: `IP:127.0.0.1,DNS:localhost`
 */
export async function makeCertificates(
  dir: string,
  { server, names }: { server: string; names: string },
): Promise<void> {
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: dir });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2'];
  const authority = (name: string): Promise<unknown> =>
    openssl('req', '-x509', ...key, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`);
  const signed = (name: string, subject: string, extra: readonly string[]): Promise<unknown> => {
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:false', ...extra];
    return openssl('req', '-x509', ...key, ...by, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', subject);
  };
  await Promise.all([authority('ca'), authority('stranger')]);
  await Promise.all([
    signed(server, `/CN=${server}`, ['-addext', `subjectAltName=${names}`]),
    signed('client', '/CN=moorwatch', []),
  ]);
}
