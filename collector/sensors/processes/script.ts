import { baseName } from '../../engine/facts/host-path.ts';
import { isManyInOne } from './names.ts';

/** Programs whose first argument is a file to be run, and the options behind which the code stands itself, or none is named. */
const interpreters: readonly { readonly names: RegExp; readonly code: RegExp }[] = [
  { names: /^-?(sh|ash|bash|dash|zsh|ksh|mksh|fish|csh|tcsh)$/, code: /^-\w*[cs]\w*$/ },
  { names: /^(python|pypy)[\d.]*$/, code: /^-\w*[cm]$/ },
  { names: /^(perl|ruby|php|lua|node|nodejs|tclsh)[\d.]*$/, code: /^(-\w*[eErp]|--eval|--print)$/ },
  // The dynamic loader: `ld-linux-x86-64.so.2 ./program`.
  { names: /^ld[\w.-]*\.so(\.\d+)*$/, code: /^(?!)/ },
];

const interpreterOf = (executable: string, args: readonly string[]) => {
  const said = args[0] ?? '';
  const names = (isManyInOne(executable) ? [said] : [executable, said]).map(baseName);
  return interpreters.find((interpreter) => names.some((name) => interpreter.names.test(name)));
};

export const isInterpreter = (executable: string, args: readonly string[]): boolean =>
  interpreterOf(executable, args) !== undefined;

/**
 * The argument that names a script, as it was given: the first of an interpreter that is no option. undefined: it is no interpreter, or what it
 * runs is no file.
 */
export function scriptArgument(executable: string, args: readonly string[]): string | undefined {
  const interpreter = interpreterOf(executable, args);
  if (interpreter === undefined) return undefined;
  for (const arg of args.slice(1)) {
    if (interpreter.code.test(arg)) return undefined;
    if (!arg.startsWith('-')) return arg === '' ? undefined : arg;
  }
  return undefined;
}
