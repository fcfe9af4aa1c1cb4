import { type Piece, pathPieces } from './fold-shape.ts';
import { generaliseAll, generaliseExecutable } from './generalise.ts';
import { isNamed, rightsOf } from './generalise-rights.ts';

/** What runs another program or a script that it is given: nothing of its arguments varies harmlessly. */
const launchers: ReadonlySet<string> = new Set(
  (
    'sh bash dash ash zsh ksh mksh fish csh tcsh busybox toybox env sudo su doas gosu su-exec setpriv runuser nsenter unshare chroot capsh ' +
    'xargs find nohup nice ionice chrt taskset timeout time watch setsid stdbuf flock script expect strace ltrace gdb perf make ' +
    'python perl ruby node nodejs deno bun php lua luajit tclsh java rscript awk gawk mawk sed ed vi vim emacs ssh scp rsync socat nc ncat ' +
    'docker podman nerdctl ctr crictl kubectl npx pnpx pipx uvx s6-setuidgid chpst tini dumb-init catatonit supervisorctl systemd-run at crontab parallel eval exec'
  ).split(' '),
);
/** No dot, colon or at: those are in the names of hosts. */
const word = /^(?!-)(?:[\w+-]|<[a-z]+>){1,255}$/;
const assignment = /^(--?[A-Za-z][\w.-]{0,255}=)(.*)$/s;

/** What an option that takes a path is given without a blank: `-I/srv/x`. */
const attached = /^(--?[A-Za-z][\w.-]{0,255})(\/.*)$/s;

/** A command's arguments, generalised: the program by its name, rights and hosts as they are. */
export const generaliseCommand = ([program = '', ...args]: readonly string[]): readonly string[] => [
  generaliseExecutable(program),
  ...generaliseAll(args, program),
];

/**
 * The pieces of a generalised command. Free are words and the lower components of paths; never the program, an option, the first word that
 * follows no option (`get` of `redis-cli -n 2 get key`: it says what is done), a host, an address, a user or another right, or what a launcher
 * is given, nor what is decoded. Of what gives rights or reaches hosts, no word is free.
 */
export function commandPieces(command: readonly string[]): readonly Piece[] {
  const [program = '', ...args] = command;
  const { gives, reaches, decodes } = rightsOf(command);
  if (decodes || command.some(launches)) return command.map((text, at) => ({ text: at === 0 ? text : ` ${text}` }));
  const verb = args.findIndex((argument, at) => !argument.startsWith('-') && !isOption(args[at - 1]));
  return [
    { text: program },
    ...args.flatMap((argument, at): readonly Piece[] => {
      const isKept = gives || reaches || at === verb || isNamed(args[at - 1] ?? '');
      return [{ text: ' ' }, ...argumentPieces(argument, isKept)];
    }),
  ];
}

const launches = (argument: string): boolean => {
  const name = nameOf(argument);
  return launchers.has(name) || /^ld(?:-|\.so)/.test(name);
};

const isOption = (argument: string | undefined): boolean =>
  argument?.startsWith('-') === true && !argument.includes('=') && argument !== '--';

function argumentPieces(argument: string, isKept: boolean): readonly Piece[] {
  const [, name, value] = assignment.exec(argument) ?? attached.exec(argument) ?? [];
  if (name === undefined || value === undefined) return valuePieces(argument, isKept);
  return [{ text: name }, ...valuePieces(value, isKept || isNamed(name))];
}

function valuePieces(text: string, isKept: boolean): readonly Piece[] {
  if (text.includes('/')) return pathPieces(text);
  return [!isKept && word.test(text) ? { text, free: true } : { text }];
}

/** `python` of `/usr/bin/python3.11`. */
const nameOf = (program: string): string =>
  program
    .slice(program.lastIndexOf('/') + 1)
    .toLowerCase()
    .replace(/[\d.-]{1,16}$/, '');
