import { describe, expect, it } from 'vitest';
import { impersonatedName } from '../../../../../collector/engine/facts/names.ts';

describe('a container that takes a known name', () => {
  it.each([
    ['watchtower', 'docker.io/library/alpine', 'watchtower'],
    ['watchtowerr', 'docker.io/acme/x', 'watchtower'],
    ['p0rtainer', 'docker.io/acme/x', 'portainer'],
    ['my-traef1k', 'docker.io/acme/x', 'traefik'],
    ['prometheus', 'docker.io/acme/x', 'prometheus'],
    // Cyrillic а
    ['grаfana', 'docker.io/acme/x', 'grafana'],
  ])('%s of %s poses as %s', (name, repository, known) => {
    expect(impersonatedName(name, repository)).toBe(known);
  });

  it.each([
    ['watchtower', 'ghcr.io/nicholas-fedor/watchtower'],
    ['fluentbit', 'docker.io/fluent/fluent-bit'],
    ['fluent-bit', 'docker.io/fluent/fluent-bit'],
    ['grafana-db', 'docker.io/library/postgres'],
    ['shop-vault-1', 'docker.io/acme/x'],
    ['my-container', 'docker.io/acme/x'],
    ['containers-1', 'docker.io/acme/x'],
    ['docker-mysql', 'docker.io/library/mysql'],
    ['jaeger-tracer', 'docker.io/acme/x'],
    ['fault-injector', 'docker.io/acme/x'],
    ['falcon-sensor', 'docker.io/acme/x'],
    ['node-exporter', 'docker.io/prom/node-exporter'],
    ['registry2', 'docker.io/library/registry'],
    ['web', 'docker.io/library/nginx'],
  ])('%s of %s does not', (name, repository) => {
    expect(impersonatedName(name, repository)).toBeUndefined();
  });

  it('may have it within when it is created, not when it is renamed', () => {
    expect(impersonatedName('lab-watchtower-r56', 'docker.io/lab/bb')).toBeUndefined();
    expect(impersonatedName('lab-watchtower-r56', 'docker.io/lab/bb', { within: true })).toBe('watchtower');
    expect(impersonatedName('0a1b_traefik', 'docker.io/library/traefik', { within: true })).toBeUndefined();
    expect(impersonatedName('my-container', 'docker.io/lab/bb', { within: true })).toBeUndefined();
  });
});
