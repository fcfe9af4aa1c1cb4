import { describe, expect, it } from 'vitest';
import { createHostFiles } from '../../../../collector/engine/host-files.ts';
import type { ContainerInspect, VolumeInspect } from '../../../../collector/engine/inspect-types.ts';
import { createResolver, type ResolverOptions } from '../../../../collector/engine/resolve.ts';
import { MalformedError, UnavailableError } from '../../../../shared/errors.ts';
import { createRedactor } from '../../../../shared/redact.ts';
import { containerWith, recorded } from '../../../support/inspect.ts';

type Client = ResolverOptions['client'];
const nothing = async () => undefined;
const nobody: Client = {
  inspectContainer: nothing,
  inspectImage: nothing,
  inspectVolume: nothing,
  inspectNetwork: nothing,
};

function resolver(client: Partial<Client> = {}, refused: ResolverOptions['refused'] = () => undefined) {
  const files = createHostFiles({ rootfs: '', procfs: '' });
  const redactor = createRedactor('key');
  return createResolver({
    client: { ...nobody, ...client },
    files,
    info: {},
    hostId: 'h',
    enginePath: undefined,
    redactor,
    refused,
  });
}

const { container: hidden, volume } = recorded('hidden-root');
const forbidden = () =>
  Promise.reject(new UnavailableError('GET', { cause: Object.assign(new Error(), { statusCode: 403 }) }));

describe('the resolver', () => {
  it('works without the host’s files', async () => {
    const { objects, workload } = await resolver().snapshot(recorded('socket-bind').container);
    expect(objects).toHaveLength(1);
    expect(objects[0]).toMatchObject({
      key: 'mount:/var/run/docker.sock',
      mount: { is_runtime_socket: true, resolved: false },
    });
    expect(workload.name).toBe('lab/bb');
  });

  it('says of each network what the engine does: driver, internal; of one that it does not know neither', async () => {
    const known = { one: { Driver: 'macvlan', Internal: false }, two: { Driver: 7 as unknown as string } };
    const inspectNetwork = async (id: string) => (id === 'one' || id === 'two' ? known[id] : undefined);
    const Networks = { a: { NetworkID: 'one' }, b: { NetworkID: 'two' }, c: { NetworkID: 'three' } };
    const { container } = await resolver({ inspectNetwork }).snapshot(
      containerWith({}, { NetworkSettings: { Networks } }),
    );
    expect(container.networks).toEqual([
      { name: 'a', id: 'one', internal: false, driver: 'macvlan' },
      { name: 'b', id: 'two' },
      { name: 'c', id: 'three' },
    ]);
  });

  it('gives each object a key: mounts, devices, ports, joins', async () => {
    const target = recorded('join-target').container;
    const inspect = containerWith(
      {
        Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/x' }],
        PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] },
        PidMode: `container:${target.Id}`,
      },
      { Mounts: [{ Type: 'bind', Source: '/etc', Destination: '/e' }] },
    );
    const asked: string[] = [];
    const inspectContainer = async (id: string): Promise<ContainerInspect> => {
      asked.push(id);
      return target;
    };
    const { objects } = await resolver({ inspectContainer }).snapshot(inspect);
    expect(objects.map(({ key }) => key)).toEqual([
      'mount:/e',
      'device:/dev/x',
      'port:80/tcp@0.0.0.0:8080',
      'join:pid',
    ]);
    expect(objects[3]?.namespace_join?.target.name).toBe('lab-r17a');
    expect(asked).toEqual([target.Id]);
  });

  it('keeps the facts that it has when a proxy holds the volume back, and says so', async () => {
    const told: string[] = [];
    const { objects, container } = await resolver({ inspectVolume: forbidden }, (request) =>
      told.push(request),
    ).snapshot(hidden);
    expect(container.name).toBe('lab-r08');
    expect(objects[0]?.mount).toMatchObject({ volume: 'lab-v8' });
    expect(told).toEqual(['inspect of volume lab-v8']);
  });

  it('does not take an engine that is away for a volume without options', async () => {
    const inspectVolume = () => Promise.reject(new UnavailableError('GET /volumes: timeout'));
    await expect(resolver({ inspectVolume }).snapshot(hidden)).rejects.toThrow(UnavailableError);
  });

  it('refuses a body of a wrong shape by name', async () => {
    const body = { ...hidden, HostConfig: { CapAdd: 'ALL' } } as unknown as ContainerInspect;
    await expect(resolver().snapshot(body)).rejects.toThrow(MalformedError);
    await expect(resolver().snapshot(body)).rejects.toThrow('HostConfig.CapAdd');
  });

  it('keeps what a volume hid when the volume is gone, until told to forget it', async () => {
    const answers: (VolumeInspect | undefined)[] = [volume];
    const watching = resolver({ inspectVolume: async () => answers.shift() });
    await watching.warmVolume('lab-v8');
    expect((await watching.snapshot(hidden)).objects[0]?.mount?.hidden_source).toBe('/');
    watching.forgetVolume('lab-v8');
    expect((await watching.snapshot(hidden)).objects[0]?.mount?.hidden_source).toBeUndefined();
  });

  it('lets no secret into the facts, and hashes what is redacted', async () => {
    const secret = containerWith(
      {},
      { Path: 'run', Args: ['--password', 'hunter2'], Config: { Env: ['API_TOKEN=hunter2'] } },
    );
    const snapshot = await resolver().snapshot(secret);
    expect(JSON.stringify(snapshot)).not.toContain('hunter2');
    expect(snapshot.container.command?.slice(0, 2)).toEqual(['run', '--password']);
    const other = { ...secret, Config: { Env: ['API_TOKEN=hunter3'] } };
    expect((await resolver().snapshot(other)).container.config_hash).not.toBe(snapshot.container.config_hash);
    expect((await resolver().snapshot(secret)).hash).toBe(snapshot.hash);
  });
});
