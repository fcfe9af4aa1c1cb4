import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

interface StubMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body as they came, without the dots of the transfer. */
  readonly raw: string;
}

/** A mail server that takes mails in the clear and answers as it is told. */
export interface SmtpStub {
  readonly port: number;
  readonly mails: StubMail[];
  /** Every command that came. */
  readonly commands: string[];
  /** What it answers to a command, by its beginning; `.`: to the whole mail; `` (greeting): to a connection. Else what RFC 5321 has for success. */
  answers: Readonly<Record<string, string>>;
  /** It answers nothing any more. */
  isSilent: boolean;
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
}

const usual: readonly (readonly [beginning: string, answer: string])[] = [
  ['EHLO', '250-stub\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 1000000'],
  ['AUTH', '235 welcome'],
  ['MAIL', '250 sender ok'],
  ['RCPT', '250 recipient ok'],
  ['DATA', '354 go on'],
  ['.', '250 taken'],
  ['STARTTLS', '502 5.5.1 not here'],
  ['', '220 stub ESMTP'],
];

export async function startSmtpStub(): Promise<SmtpStub> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    converse(socket, stub);
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const stub: SmtpStub = {
    port,
    mails: [],
    commands: [],
    answers: {},
    isSilent: false,
    goAway: async () => {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
    comeBack: async () => {
      if (!server.listening) await listen(port);
    },
  };
  return stub;
}

function converse(socket: Socket, stub: SmtpStub): void {
  let mail = { from: '', to: [] as string[] };
  let data: string[] | undefined;
  let rest = '';
  const say = (command: string): string => {
    const told = Object.entries(stub.answers).find(([beginning]) =>
      beginning === '' ? command === '' : command.startsWith(beginning),
    )?.[1];
    const answer = told ?? usual.find(([beginning]) => command.startsWith(beginning))?.[1] ?? '250 ok';
    if (!stub.isSilent) socket.write(`${answer}\r\n`);
    return answer;
  };
  const take = (line: string): void => {
    if (data !== undefined) {
      if (line !== '.') return void data.push(line.replace(/^\./, ''));
      const raw = data.join('\r\n');
      data = undefined;
      if (say('.').startsWith('2')) stub.mails.push({ ...mail, raw });
      return;
    }
    stub.commands.push(line);
    const answer = say(line);
    const address = /<(.*)>/.exec(line)?.[1] ?? '';
    if (line.startsWith('MAIL')) mail = { from: address, to: [] };
    if (line.startsWith('RCPT') && answer.startsWith('2')) mail.to.push(address);
    if (line === 'DATA' && answer.startsWith('3')) data = [];
    if (line === 'QUIT') socket.end();
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  say('');
}
