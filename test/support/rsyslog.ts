import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeCertificates } from './certificates.ts';
import { eventually } from './eventually.ts';
import { freePorts } from './kafka/free-ports.ts';

/** What rsyslog understood of a message. */
export interface Understood {
  readonly pri: string;
  readonly ts: string;
  readonly host: string;
  readonly app: string;
  readonly procid: string;
  readonly msgid: string;
  readonly sd: string;
  readonly msg: string;
  /** Structured data, in small letters: SD-ID → name → value. */
  readonly 'rfc5424-sd'?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Rsyslog {
  /** Directory with ca.pem, client.pem, client.key, stranger.pem. */
  readonly directory: string;
  /** tlsMutual: with a certificate of the client alone. The server's is for 127.0.0.1 and siem.example. */
  readonly ports: Readonly<Record<'plain' | 'tls' | 'tlsMutual', number>>;
  understood(): Promise<readonly Understood[]>;
  /** It reads nothing any more; its machine still takes what is sent. */
  freeze(): void;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface RsyslogOptions {
  readonly address?: string;
  /** Command that runs it: `ip netns exec …`. */
  readonly through?: readonly string[];
  /** Its configuration; default: one that tells all it understood. */
  readonly configuration?: (directory: string, ports: Rsyslog['ports']) => string;
}

/** A real rsyslog daemon. UDP and TCP (`plain`) share a port. */
export async function startRsyslog(options: RsyslogOptions = {}): Promise<Rsyslog> {
  const { address = '127.0.0.1', through = [] } = options;
  const directory = await mkdtemp(join(tmpdir(), 'moorwatch-rsyslog-'));
  await makeCertificates(directory, { server: 'server', names: `IP:${address},DNS:siem.example` });
  const [plain = 0, tls = 0, tlsMutual = 0] = await freePorts(3);
  const file = join(directory, 'rsyslog.conf');
  const out = join(directory, 'out.ndjson');
  const ports = { plain, tls, tlsMutual };
  await writeFile(file, options.configuration?.(directory, ports) ?? judge(directory, address, ports));
  await promisify(execFile)('rsyslogd', ['-N1', '-f', file]);
  let daemon: ChildProcess | undefined;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill(signal);
    await ended;
  };
  const rsyslog: Rsyslog = {
    directory,
    ports,
    understood: async () => {
      const text = await readFile(out, 'utf8').catch(() => '');
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Understood);
    },
    freeze: () => void daemon?.kill('SIGSTOP'),
    kill: () => end('SIGKILL'),
    start: async () => {
      const [command, ...args] = [...through, 'rsyslogd', '-n', '-f', file, '-i', join(directory, 'pid')];
      daemon = spawn(command, args, { stdio: 'ignore' });
      await eventually(async () => (await listeners(through)).includes(`:${tlsMutual} `) || undefined);
    },
    stop: async () => {
      await end('SIGTERM');
      await rm(directory, { recursive: true });
    },
  };
  await rsyslog.start();
  return rsyslog;
}

/** Asked of the kernel: a connection of ours would be one more in what the daemon tells. */
async function listeners(through: readonly string[]): Promise<string> {
  const [command, ...args] = [...through, 'ss', '-Hltn'];
  return (await promisify(execFile)(command, args)).stdout;
}

/** Every message as a line of JSON, controlling characters and all: what is wrong is to be seen. */
function judge(dir: string, address: string, ports: Rsyslog['ports']): string {
  const tls = 'streamDriver.name="gtls" streamDriver.mode="1"';
  return `global(workDirectory="${dir}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off" net.enableDNS="off"
  defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="${dir}/ca.pem"
  defaultNetstreamDriverCertFile="${dir}/server.pem" defaultNetstreamDriverKeyFile="${dir}/server.key")
module(load="mmpstrucdata")
module(load="imudp")
module(load="imptcp")
module(load="imtcp")
input(type="imudp" port="${ports.plain}" address="${address}" ruleset="judge")
input(type="imptcp" port="${ports.plain}" address="${address}" ruleset="judge")
input(type="imtcp" port="${ports.tls}" address="${address}" ruleset="judge" ${tls} streamDriver.authMode="anon")
input(type="imtcp" port="${ports.tlsMutual}" address="${address}" ruleset="judge" ${tls}
  streamDriver.authMode="x509/name" permittedPeer=["moorwatch"])
template(name="ts" type="string" string="%timereported:::date-rfc3339%")
template(name="judge" type="string" string="%$!all-json%\\n")
ruleset(name="judge") {
  action(type="mmpstrucdata")
  set $!pri = $pri; set $!ts = exec_template("ts"); set $!host = $hostname; set $!app = $app-name;
  set $!procid = $procid; set $!msgid = $msgid; set $!sd = $structured-data; set $!msg = $msg;
  action(type="omfile" file="${dir}/out.ndjson" template="judge")
}
`;
}
