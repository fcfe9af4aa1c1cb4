import { describe, expect, it } from 'vitest';
import { claimedInVain } from '../../../../../collector/engine/facts/claims.ts';
import { hasControlCharacters } from '../../../../../collector/engine/facts/control-characters.ts';

const project = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
const hash = { 'com.docker.compose.config-hash': 'a'.repeat(64) };
const swarm = {
  'com.docker.swarm.task.id': 'm1k2n3b4v5c6x7z8l9k0j1h2g',
  'com.docker.swarm.service.id': 'q1w2e3r4t5y6u7i8o9p0a1s2d',
};

describe('what labels claim', () => {
  it.each([
    ['nothing', {}, []],
    ['Compose', { ...project, ...hash }, ['none']],
    ['Compose without a hash, on its network', project, ['shop_default']],
    ['Swarm', { ...swarm, 'com.docker.swarm.node.id': 'n' }, []],
    ['Kubernetes', { 'io.kubernetes.pod.name': 'p', 'io.kubernetes.pod.uid': 'u' }, []],
    ['something else', { maintainer: 'me' }, []],
  ])('is borne out: %s', (_, labels, networks) => {
    expect(claimedInVain(labels, networks)).toBeUndefined();
  });

  it.each([
    ['compose', project, ['bridge', 'shopping_default']],
    ['compose', { 'com.docker.compose.service': 'web' }, ['_default']],
    ['compose', { ...project, 'com.docker.compose.config-hash': 'x' }, []],
    ['swarm', { 'com.docker.swarm.service.name': 's' }, []],
    ['swarm', { ...swarm, 'com.docker.swarm.task.id': '1' }, []],
    ['kubernetes', { 'io.kubernetes.pod.name': 'p' }, []],
  ])('is in vain: %s', (kind, labels, networks) => {
    expect(claimedInVain(labels, networks)).toBe(kind);
  });
});

describe('control characters', () => {
  it.each(['', 'echo a\n\tb', 'dir\r\ncd', 'grüße 👍🏽', '\u200e'])('are none: %j', (text) => {
    expect(hasControlCharacters(text)).toBe(false);
  });

  it.each(['\u001b[2K', 'a\rb', '\u0000', '\u007f', '\u009b2K', '\u202egpj', '\u2066'])('are some: %j', (text) => {
    expect(hasControlCharacters(text)).toBe(true);
  });
});
