import { type Finding, fail, ok, warn } from './check.ts';

/** Versions of Node: 20.19 is the oldest that all libraries run on; the 20 line got its last fixes in April 2026. */
export function checkNode(version: string): readonly Finding[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    return [fail('node', `Node ${version} is too old`, 'install Node 22 or newer (at least 20.19)')];
  if (major === 20)
    return [
      warn('node', `Node ${version} works, but Node 20 gets no security fixes any more`, 'move to Node 22 or 24'),
    ];
  return [ok('node', `Node ${version}`)];
}
