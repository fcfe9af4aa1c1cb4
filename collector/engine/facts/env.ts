/** Where libraries are installed: what CUDA and ML images put into LD_LIBRARY_PATH. */
const installed = /^\/(usr|opt|lib|lib32|lib64)(\/|$)/;

const isSomething = (value: string): boolean => value.trim() !== '';

/** An empty part is the working directory. */
const isUnusualPath = (value: string): boolean =>
  isSomething(value) &&
  value.split(/[:;]/).some((part, at, all) => (part === '' ? at < all.length - 1 : !isInstalled(part)));

const isInstalled = (directory: string): boolean => installed.test(directory) && !directory.split('/').includes('..');

/** Variable → whether this value makes it load other code or speak to another engine. */
const dangerous: Readonly<Record<string, (value: string) => boolean>> = {
  LD_PRELOAD: isSomething,
  LD_AUDIT: isSomething,
  LD_LIBRARY_PATH: isUnusualPath,
  GLIBC_TUNABLES: isSomething,
  BASH_ENV: isSomething,
  NODE_OPTIONS: (value) => /(^|\s)(-r|--require|--import|--loader|--experimental-loader)([\s=]|$)/.test(value),
  DOCKER_HOST: (value) => /^\s*(tcp|https?):\/\//i.test(value),
};

/** Names of the variables of an environment (`NAME=value`) that CFG-42 and CFG-43 ask about, sorted. */
export function dangerousVariables(environment: readonly string[]): readonly string[] {
  const found = environment.flatMap((entry) => {
    const at = entry.indexOf('=');
    const name = at < 0 ? entry : entry.slice(0, at);
    return at >= 0 && Object.hasOwn(dangerous, name) && dangerous[name]?.(entry.slice(at + 1)) ? [name] : [];
  });
  return [...new Set(found)].sort();
}
