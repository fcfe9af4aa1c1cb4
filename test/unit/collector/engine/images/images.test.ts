import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../../../collector/engine/event.ts';
import { createImages, type Images } from '../../../../../collector/engine/images/images.ts';
import { knownImageOf, normalRef } from '../../../../../collector/engine/images/known-image.ts';
import type { ImageInspect } from '../../../../../collector/engine/inspect-types.ts';
import type { ImageEventFacts } from '../../../../../shared/facts/image.ts';
import { known } from '../../../../support/collector/known.ts';

const idOf = (letter: string): string => `sha256:${letter.repeat(64)}`;
const [app, other, evil] = [idOf('a'), idOf('b'), idOf('e')];
const ref = 'docker.io/lab/app:1';

const imageFacts = (name: string, id: string) => ({ name, id, registry: 'docker.io', repository: 'docker.io/lab/app' });
const running = (name: string, image: string, id: string, state = 'running') =>
  known(name, { state, facts: { image: imageFacts(image, id) } });

let images: Images;
let containers = [running('web', 'lab/app:1', app)];
let at = 0;

const event = (action: string, actor: string, look: Partial<EngineEvent> = {}): EngineEvent => {
  at += 60_000;
  return { type: 'image', action, text: '', actor, attributes: {}, scope: 'local', nano: `${at}000000`, at, ...look };
};
const apply = (one: EngineEvent, inspect?: ImageInspect): ImageEventFacts | undefined =>
  images.apply(one, { inspect, containers });
const tag = (id: string, name: string, look: Partial<EngineEvent> = {}): ImageEventFacts | undefined =>
  apply(event('tag', id, { attributes: { name }, ...look }));

beforeEach(() => {
  at = 1_000_000;
  containers = [running('web', 'lab/app:1', app)];
  images = createImages({ images: [], registries: undefined });
  images.stock(
    [
      { Id: app, RepoTags: ['lab/app:1'] },
      { Id: other, RepoTags: null },
    ],
    { containers, at },
  );
});

describe('a name that moves', () => {
  it('under a running container says from what to what, and who uses it', () => {
    expect(tag(other, 'lab/app:1')).toEqual({
      ref,
      registry: 'docker.io',
      repository: 'docker.io/lab/app',
      registry_new: false,
      id: other,
      previous_id: app,
      known: true,
      origin: 'present',
      in_use_by: ['web'],
    });
  });

  it('to an image nobody has heard of is a build, and stays one under its other names', () => {
    expect(tag(evil, 'lab/app:1')).toMatchObject({
      previous_id: app,
      known: false,
      origin: 'build',
      in_use_by: ['web'],
    });
    expect(tag(evil, 'lab/app:latest')).toMatchObject({ known: true, origin: 'build' });
  });

  it('to the same image, or for the first time, moves nothing', () => {
    expect(tag(app, 'lab/app:1')).not.toHaveProperty('previous_id');
    expect(tag(app, 'lab/app:1')).not.toHaveProperty('in_use_by');
    expect(tag(other, 'lab/new:1')).not.toHaveProperty('previous_id');
  });

  it('is used by running containers alone, and not by those that were made by id', () => {
    containers = [running('stopped', 'lab/app:1', app, 'exited'), running('by-id', app, app)];
    expect(tag(other, 'lab/app:1')).not.toHaveProperty('in_use_by');
  });

  it('is the same name however it is spelled', () => {
    expect(['nginx', 'docker.io/library/nginx:latest', 'index.docker.io/library/nginx'].map(normalRef)).toEqual(
      Array(3).fill('docker.io/library/nginx:latest'),
    );
    expect(normalRef('reg.lab:5000/x@sha256:12')).toBe('reg.lab:5000/x@sha256:12');
    containers = [running('web', 'index.docker.io/lab/app:1', app)];
    expect(tag(other, 'docker.io/lab/app:1')).toMatchObject({ in_use_by: ['web'] });
  });

  it('by a load is told although the engine names only the id', () => {
    expect(apply(event('load', evil), { Id: evil, RepoTags: ['lab/other:1', 'lab/app:1'] })).toMatchObject({
      ref,
      previous_id: app,
      known: false,
      origin: 'load',
      in_use_by: ['web'],
    });
  });

  it('by an import or a commit is told with those: their tag comes first and looks like a build', () => {
    const moved = { previous_id: app, known: false, in_use_by: ['web'] };
    expect(tag(evil, 'lab/app:1')).toMatchObject({ ...moved, origin: 'build' });
    expect(apply(event('import', evil, { at: at + 1 }))).toMatchObject({ ...moved, origin: 'import' });
    expect(tag(evil, 'lab/x:1')).toMatchObject({ known: true, origin: 'import' });

    const committed = idOf('c');
    tag(committed, 'lab/c:1');
    const commit = event('commit', 'web', { type: 'container', attributes: { imageID: committed }, at: at + 1 });
    expect(apply(commit)).toMatchObject({ id: committed, known: false, origin: 'commit' });
  });

  it('by a pull has the id that the engine says the name has now', () => {
    expect(apply(event('pull', 'lab/app:1'), { Id: evil })).toMatchObject({ previous_id: app, origin: 'pull' });
    expect(apply(event('pull', 'ghcr.io/x/y:1'))).toEqual({
      ref: 'ghcr.io/x/y:1',
      registry: 'ghcr.io',
      repository: 'ghcr.io/x/y',
      registry_new: true,
    });
  });

  it('while nobody listened is told when the images are listed again', () => {
    expect(images.stock([{ Id: other, RepoTags: ['lab/app:1'] }], { containers, at })).toMatchObject([
      { ref, previous_id: app, id: other, known: true, origin: 'present', in_use_by: ['web'] },
    ]);
    expect(images.stock([{ Id: other, RepoTags: ['lab/app:1'] }], { containers, at })).toEqual([]);
    expect(images.stock([{ Id: evil, RepoTags: ['lab/app:1'] }], { containers, at })).toMatchObject([
      { known: false, origin: 'unseen' },
    ]);
  });
});

describe('an image', () => {
  it('that is loaded is known if any name ever pointed to it', () => {
    expect(apply(event('load', evil), { Id: evil, RepoTags: [] })).toMatchObject({ known: false, origin: 'load' });
    expect(apply(event('load', evil), { Id: evil, RepoTags: [] })).toMatchObject({ known: true, origin: 'load' });
    expect(apply(event('load', other), { Id: other })).toMatchObject({ known: true });
  });

  it('before the images were listed is neither known nor unknown', () => {
    images = createImages({ images: [], registries: undefined });
    const facts = apply(event('load', evil), { Id: evil });
    expect(facts).not.toHaveProperty('known');
    expect(facts).not.toHaveProperty('registry_new');
    expect(tag(idOf('d'), 'x:1')).not.toHaveProperty('origin');
  });

  it('that loses the name of a running container is told with it, one that keeps it is not', () => {
    tag(app, 'lab/app:old');
    expect(apply(event('untag', app), { Id: app, RepoTags: ['lab/app:1'] })).toEqual({
      id: app,
      ref: 'docker.io/lab/app:old',
      registry: 'docker.io',
      repository: 'docker.io/lab/app',
      registry_new: false,
    });
    expect(apply(event('untag', app), { Id: app, RepoTags: [] })).toMatchObject({ ref, in_use_by: ['web'] });
    expect(apply(event('delete', app))).toEqual({ id: app, in_use_by: ['web'] });
    containers = [];
    expect(apply(event('delete', app))).toEqual({ id: app });
  });

  it('has at most eight users named', () => {
    containers = Array.from({ length: 20 }, (_, index) => running(`web-${index}`, 'lab/app:1', app));
    expect(tag(other, 'lab/app:1')?.in_use_by).toHaveLength(8);
  });
});

describe('a container', () => {
  it('whose name of an image points elsewhere today has moved', () => {
    const facts = { ...known('web').snapshot.container, image: imageFacts('lab/app:1', app) };
    expect(images.of(facts)).toEqual({ moved: false, registry_new: false });
    tag(other, 'lab/app:1');
    expect(images.of(facts)).toEqual({ moved: true, registry_new: false });
    expect(images.of({ ...facts, image: imageFacts(app, app) })).toEqual({ registry_new: false });
  });

  it('of a registry that was not there in the beginning says so, for ever', () => {
    const image = { name: 'reg.evil/x', id: evil, registry: 'reg.evil', repository: 'reg.evil/x' };
    const facts = { ...known('web').snapshot.container, image };
    expect(apply(event('pull', 'reg.evil/x'), { Id: evil })).toMatchObject({ registry_new: true });
    expect(apply(event('pull', 'reg.evil/x'), { Id: evil })).toMatchObject({ registry_new: false });
    expect(images.of(facts)).toEqual({ moved: false, registry_new: true });
  });
});

describe('what is written down', () => {
  const restored = (): Images => {
    const { images: changed, registries } = images.takeChanges();
    const kept = [...changed.values()].flatMap((image) => image ?? []);
    const read = kept.map((image) => knownImageOf(JSON.parse(JSON.stringify(image))));
    return createImages({ images: read, registries });
  };

  it('is what the next process goes on from', () => {
    tag(evil, 'reg.evil/x:1');
    images = restored();
    expect(tag(other, 'lab/app:1')).toMatchObject({ previous_id: app, known: true, origin: 'present' });
    expect(tag(evil, 'lab/x:1')).toMatchObject({ known: true, origin: 'build' });
    expect(apply(event('pull', 'reg.evil/x:1'), { Id: evil })).toMatchObject({ registry_new: false });
  });

  it('is only what changed', () => {
    images.takeChanges();
    tag(app, 'lab/app:1');
    expect(images.takeChanges()).toEqual({ images: new Map() });
    tag(other, 'lab/app:1');
    expect([...images.takeChanges().images.keys()]).toEqual([ref]);
  });

  it('has a bound, and says what was forgotten', () => {
    images.stock(
      Array.from({ length: 4_010 }, (_, index) => ({ Id: `sha256:${index}`, RepoTags: [`lab/many:${index}`] })),
      { containers, at },
    );
    expect(images.takeEvicted()).toBe(12);
    expect(images.takeEvicted()).toBe(0);
    expect([...images.takeChanges().images.values()].filter((image) => image === null)).toHaveLength(12);
    // Eight ids of one name at most.
    for (let index = 0; index < 20; index += 1) tag(`sha256:n${index}`, 'lab/app:1');
    expect(images.takeChanges().images.get(ref)?.ids).toHaveLength(8);
  });
});
