import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseReference } from '../../../collector/engine/facts/image.ts';
import { hostWorkload, isHostWorkload, subjectName, workloadOf } from '../../../shared/workload.ts';

const image = { name: 'nginx:1.27', id: 'sha256:1', registry: 'docker.io', repository: 'docker.io/library/nginx' };

test('a replacement with a newer image version is the same workload', () => {
  const next = { ...image, name: 'nginx:1.28', id: 'sha256:2', tag: '1.28' };
  expect(workloadOf('host', { image: next })).toEqual(workloadOf('host', { image }));
});

test('another host, repository, project or service is another workload', () => {
  const other = { ...image, repository: 'registry.example:5000/nginx' };
  const ids = [
    workloadOf('host', { image }),
    workloadOf('elsewhere', { image }),
    workloadOf('host', { image: other }),
    workloadOf('host', { image, project: 'shop', service: 'web' }),
    workloadOf('host', { image, project: 'blog', service: 'web' }),
    workloadOf('host', { image, project: 'shop', service: 'api' }),
  ].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('labels alone do not join the workload of another image', () => {
  const evil = { ...image, repository: 'docker.io/evil/nginx' };
  const claim = { project: 'shop', service: 'web' };
  expect(workloadOf('host', { image: evil, ...claim }).id).not.toBe(workloadOf('host', { image, ...claim }).id);
});

test('people read the service, or the image without its defaults', () => {
  expect(workloadOf('host', { image }).name).toBe('nginx');
  expect(workloadOf('host', { image: { ...image, repository: 'docker.io/acme/app' } }).name).toBe('acme/app');
  expect(workloadOf('host', { image: { ...image, repository: 'ghcr.io/acme/app' } }).name).toBe('ghcr.io/acme/app');
  expect(workloadOf('host', { image, project: 'shop', service: 'web' }).name).toBe('shop/web');
  // A project without a service says nothing.
  expect(workloadOf('host', { image, project: 'shop' })).toEqual(workloadOf('host', { image }));
});

const host = { id: 'H1', name: 'anchor' };

test('no image and no claim makes a container’s workload that of its host', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('@host', '', 'docker.io/@host', '@host@host:1', '/@host'));
  fc.assert(
    fc.property(
      text,
      fc.option(text, { nil: undefined }),
      fc.option(text, { nil: undefined }),
      (name, project, service) => {
        const image = { name, id: 'sha256:1', ...parseReference(name) };
        const claims = { ...(project === undefined ? {} : { project }), ...(service === undefined ? {} : { service }) };
        const workload = workloadOf(host.id, { image, ...claims });
        expect(isHostWorkload(workload)).toBe(false);
        expect(workload.id).not.toBe(hostWorkload(host).id);
      },
    ),
  );
});

test('a host is one workload of its own, and a sentence calls it by its name', () => {
  expect(hostWorkload(host)).toEqual(hostWorkload({ id: 'H1' }));
  expect(hostWorkload(host).id).not.toBe(hostWorkload({ id: 'H2' }).id);
  expect(subjectName({ host, workload: hostWorkload(host) })).toBe('host anchor');
  expect(subjectName({ host, workload: { name: 'shop/web' } })).toBe('shop/web');
});
