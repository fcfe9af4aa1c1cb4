import { type Piece, pathPieces } from './fold-shape.ts';
import { escapeLiteral, generalise, generaliseExecutable } from './generalise.ts';

/** What runs another program or a script that it is given: nothing of its arguments varies harmlessly. */
const launchers: ReadonlySet<string> = new Set(
  (
    'sh bash dash ash zsh ksh mksh fish csh tcsh busybox toybox env sudo su doas gosu su-exec setpriv runuser nsenter unshare chroot capsh ' +
    'xargs find nohup nice ionice chrt taskset timeout time watch setsid stdbuf flock script expect strace ltrace gdb perf make ' +
    'python perl ruby node nodejs deno bun php lua luajit tclsh java rscript awk gawk mawk sed ed vi vim emacs ssh scp rsync socat nc ncat ' +
    'docker podman nerdctl ctr crictl kubectl npx pnpx pipx uvx s6-setuidgid chpst tini dumb-init catatonit supervisorctl systemd-run at crontab parallel eval exec'
  ).split(' '),
);
/** What gives rights: a number is a mode, a user or a process, and stays. */
const grants: ReadonlySet<string> = new Set(
  (
    'chmod chown chgrp install mknod setfacl setcap capsh setpriv su sudo doas gosu su-exec runuser nsenter unshare chroot useradd usermod ' +
    'adduser addgroup groupadd groupmod'
  ).split(' '),
);

const number = /^(?:--?[\w-]+=)?\d+$/;
/** No dot, colon or at: those are in the names of hosts. */
const word = /^(?!-)(?:[\w+-]|<[a-z]+>){1,255}$/;
const assignment = /^(--?[A-Za-z][\w.-]{0,255}=)(.*)$/s;

/** A command's arguments, generalised: the program by its name, rights as they are. */
export function generaliseCommand(args: readonly string[]): readonly string[] {
  const [program = '', ...rest] = args;
  const keepsNumbers = grants.has(nameOf(program));
  return [
    generaliseExecutable(program),
    ...rest.map((argument) => (keepsNumbers && number.test(argument) ? escapeLiteral(argument) : generalise(argument))),
  ];
}

/**
 * The pieces of a generalised command. Free are words and the lower components of paths; never the program, an option, the first word that
 * follows no option (`get` of `redis-cli -n 2 get key`: it says what is done), a host, an address, or what a launcher is given.
 */
export function commandPieces([program = '', ...args]: readonly string[]): readonly Piece[] {
  const name = nameOf(program);
  if (launchers.has(name) || /^ld(?:-|\.so)/.test(name))
    return [program, ...args].map((text, at) => ({ text: at === 0 ? text : ` ${text}` }));
  const verb = args.findIndex((argument, at) => !argument.startsWith('-') && !isOption(args[at - 1]));
  return [
    { text: program },
    ...args.flatMap((argument, at): readonly Piece[] => [{ text: ' ' }, ...argumentPieces(argument, at === verb)]),
  ];
}

const isOption = (argument: string | undefined): boolean =>
  argument?.startsWith('-') === true && !argument.includes('=') && argument !== '--';

function argumentPieces(argument: string, isVerb: boolean): readonly Piece[] {
  const [, name, value] = assignment.exec(argument) ?? [];
  if (name !== undefined && value !== undefined) return [{ text: name }, ...valuePieces(value)];
  return isVerb && !argument.includes('/') ? [{ text: argument }] : valuePieces(argument);
}

function valuePieces(value: string): readonly Piece[] {
  if (value.includes('/')) return pathPieces(value);
  return [word.test(value) ? { text: value, free: true } : { text: value }];
}

/** `python` of `/usr/bin/python3.11`. */
const nameOf = (program: string): string =>
  program
    .slice(program.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[\d.-]{1,16}$/, '');
