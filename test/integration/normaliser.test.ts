import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectEngine, type EngineClient } from '../../collector/engine/client.ts';
import { execFacts } from '../../collector/engine/facts/exec.ts';
import type { ContainerSnapshot } from '../../collector/engine/facts/snapshot.ts';
import { createHostFiles } from '../../collector/engine/host-files.ts';
import { createResolver, type Resolver } from '../../collector/engine/resolve.ts';
import { createRedactor } from '../../shared/redact.ts';
import { type Lab, startLab } from '../support/lab.ts';

/** The reproductions of the catalogue that are a matter of configuration, seen through the real engine and the real file system. */
let lab: Lab;
let client: EngineClient;
let resolver: Resolver;

beforeAll(async () => {
  lab = startLab();
  client = await connectEngine({ kind: 'socket', path: lab.socket });
  resolver = createResolver({
    client,
    files: createHostFiles({ rootfs: '/', procfs: '/proc' }),
    info: await client.info(),
    hostId: 'lab',
    enginePath: lab.socket,
    redactor: createRedactor('key'),
  });
});
afterAll(async () => {
  client.close();
  await lab.clean();
  lab.stop();
});

async function snapshot(command: string): Promise<ContainerSnapshot> {
  const id = (await lab.sh(`${command} | tail -n 1`)).trim();
  const inspect = await client.inspectContainer(id);
  if (inspect === undefined) throw new Error(`${command}: ${id} is not there`);
  return resolver.snapshot(inspect);
}
const created = (options: string) => snapshot(`docker create --network none ${options} $B`);
const mountOf = async (options: string) => (await created(options)).objects[0]?.mount;

describe('containers', () => {
  it('R01, R02, R11, R12, R15, R16', async () => {
    expect((await created('--privileged')).container).toMatchObject({ privileged: true, selinux: 'implied' });
    expect((await created('--cap-add SYS_ADMIN')).container.caps?.added).toEqual(['CAP_SYS_ADMIN']);
    expect((await created('--pid host')).container.namespaces?.pid).toBe('host');
    expect(
      (await created('--security-opt seccomp=unconfined --security-opt systempaths=unconfined')).container,
    ).toMatchObject({ seccomp: 'unconfined', masked_paths_removed: true });
    expect((await created("--device-cgroup-rule 'b *:* rwm'")).container.device_cgroup_dangerous).toBe(true);
    const { container } = await snapshot('docker create --network host --ipc host --uts host $B');
    expect(container.namespaces).toMatchObject({ net: 'host', ipc: 'host', uts: 'host' });
    const plain = (await created('')).container;
    expect(plain).toMatchObject({ privileged: false, seccomp: 'default', masked_paths_removed: false });
  });

  it('capabilities are those that the engine gives', async () => {
    for (const options of [
      '',
      '--cap-add SYS_PTRACE --cap-drop SYS_PTRACE',
      '--cap-drop ALL --cap-add SYS_PTRACE',
      '--cap-drop ALL',
      '--cap-drop MKNOD --cap-drop net_raw',
    ]) {
      const { container } = await snapshot(`docker run -d --network none ${options} $B`);
      const shown = await lab.sh(`docker exec ${container.id} grep CapEff /proc/1/status`);
      const mask = BigInt(`0x${shown.split(/\s+/)[1] ?? '0'}`);
      expect(container.caps?.effective, options).toHaveLength(mask.toString(2).replaceAll('0', '').length);
    }
  });

  it('R17: a join names the other', async () => {
    const other = await snapshot('docker run -d --name target --network none --privileged $B');
    const { objects } = await created('--pid container:target --cap-add SYS_PTRACE');
    expect(objects).toEqual([
      {
        key: 'join:pid',
        namespace_join: {
          type: 'pid',
          target: { id: other.container.id, name: 'target', image: 'lab/bb:1' },
          target_more_privileged: true,
          other_project: false,
        },
      },
    ]);
  });

  it('R21: users are numbers, looked up in the container', async () => {
    const { container } = await snapshot('docker run -d --name app -u app --network none $B');
    expect(container).toMatchObject({ user: 'app', user_uid: 1000, runs_as_root: false });
    await lab.sh('docker exec -d -u admin app sleep 60');
    const inspect = await client.inspectContainer(container.id);
    const exec = await client.inspectExec(inspect?.ExecIDs?.[0] ?? '');
    const passwd = await resolver.passwdOf(inspect);
    expect(execFacts(exec, { id: 'e', text: '', container, passwd })).toMatchObject({ user: 'admin', uid: 0 });
  });
});

describe('mounts', () => {
  it('R04: the socket, by name, link, hard link, and the directory above', async () => {
    expect(await mountOf('-v $S:/var/run/docker.sock')).toMatchObject({ is_runtime_socket: true, socket_alias: false });
    await lab.sh(`ln -s $S ${lab.dir}/app.sock; ln $S ${lab.dir}/run/hard.sock`);
    expect(await mountOf(`-v ${lab.dir}/app.sock:/s`)).toMatchObject({ is_runtime_socket: true, socket_alias: true });
    expect(await mountOf(`-v ${lab.dir}/run/hard.sock:/s`)).toMatchObject({ socket_alias: true, socket: lab.socket });
    expect(await mountOf(`-v ${lab.dir}/run:/s:ro`)).toMatchObject({ covers_socket: true, is_runtime_socket: false });
    expect(await mountOf(`-v ${lab.dir}/bin:/s`)).toMatchObject({ covers_socket: false, is_runtime_socket: false });
  });

  it('R07: the root, however it is written', async () => {
    await lab.sh(
      `ln -s / ${lab.dir}/up; mkdir -p ${lab.dir}/a/b; ln -s ${lab.dir}/a/b ${lab.dir}/x; ln -s x/.. ${lab.dir}/y`,
    );
    for (const source of ['/', '//', '/tmp/..', '/proc/self/root', `${lab.dir}/up`])
      expect(await mountOf(`-v ${source}:/h`), source).toMatchObject({ source_real: '/', resolved: true, rw: true });
    expect(await mountOf(`-v ${lab.dir}/y:/h`)).toMatchObject({ source_real: `${lab.dir}/a`, resolved: true });
  });

  it('R08: what volumes hide, as the kernel mounts it', async () => {
    const hidden = async (options: string) => {
      await lab.sh(`docker volume create hidden ${options}`);
      const { objects, container } = await created('-v hidden:/data');
      await lab.sh(`docker rm ${container.id}; docker volume rm hidden`);
      resolver.forgetVolume('hidden');
      return objects[0]?.mount;
    };
    const root = { hidden_source: '/', hidden_severity: 'critical' };
    expect(await hidden('-o type=none -o o=bind -o device=/')).toMatchObject(root);
    expect(await hidden('-o type=tmpfs -o o=bind -o device=//')).toMatchObject(root);
    expect(await hidden('-o type=nfs -o o=rbind,ro -o device=/proc/self/root')).toMatchObject(root);
    expect(await hidden('-o type=proc -o device=x')).toMatchObject({ hidden_source: '/proc' });
    expect(await hidden(`-o type=none -o o=bind -o device=${lab.dir}/a`)).toMatchObject({ hidden_severity: 'low' });
    expect(await hidden('-o type=tmpfs -o device=tmpfs')).not.toHaveProperty('hidden_source');
    const inline = 'type=volume,target=/x,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/etc';
    expect(await mountOf(`--mount ${inline}`)).toMatchObject({ hidden_source: '/etc', hidden_severity: 'critical' });
  });

  it('inherited ones name their container', async () => {
    const donor = await snapshot('docker create --name donor --network none -v /etc:/e:ro $B');
    expect(await mountOf('--volumes-from donor')).toMatchObject({
      source_real: '/etc',
      rw: false,
      inherited_from: donor.container.id,
    });
  });

  it('R14: devices by number, also under an innocent name and in a directory', async () => {
    execFileSync('mknod', [join(lab.dir, 'innocent'), 'b', '7', '99']);
    await lab.sh(`mkdir ${lab.dir}/some; mknod ${lab.dir}/some/null c 1 3; mknod ${lab.dir}/some/disk b 7 98`);
    const { objects } = await created(
      `--device ${lab.dir}/innocent:/dev/x:r --device /dev/null:/dev/x --device ${lab.dir}/some:/dev/d`,
    );
    expect(objects.map(({ key, device }) => [key, device?.class, device?.resolved])).toEqual([
      ['device:/dev/x', 'disk', true],
      ['device:/dev/x#2', 'other', true],
      ['device:/dev/d', 'disk', true],
    ]);
  });
});

describe('the configuration hash', () => {
  it('is the same when the same command is run again, another when it asks for more', async () => {
    const command = `docker run -d --name web -m 32m -e A=1 -v data:/data -v /anonymous --label a=$(date +%N)
      --health-cmd true -p 127.0.0.1:0:80`;
    const first = await snapshot(`${command.replaceAll('\n', ' ')} $B`);
    const again = await snapshot(`docker rm -f web >/dev/null; ${command.replaceAll('\n', ' ')} $B`);
    expect(again.container.id).not.toBe(first.container.id);
    expect(again.container.config_hash).toBe(first.container.config_hash);
    const wider = await snapshot(
      `docker rm -f web >/dev/null; ${command.replaceAll('\n', ' ')} --cap-add NET_ADMIN $B`,
    );
    expect(wider.container.config_hash).not.toBe(first.container.config_hash);
  });

  it('does not change when a newer version of the image is run, nor when the container that is joined is replaced', async () => {
    const build = (number: number) =>
      `docker rm -f base >/dev/null 2>&1; docker create --name base $B >/dev/null; docker commit -c 'ENV VERSION=${number}' base app:1 >/dev/null`;
    const run = 'docker run -d --network container:vpn -e MINE=1 app:1';
    const first = await snapshot(`${build(1)}; docker run -d --name vpn $B >/dev/null; ${run}`);
    const next = await snapshot(
      `docker rm -f vpn >/dev/null; ${build(2)}; docker run -d --name vpn $B >/dev/null; ${run}`,
    );
    expect(next.container.image.id).not.toBe(first.container.image.id);
    expect(next.container.config_hash).toBe(first.container.config_hash);
  });

  it('and the snapshot’s hash stay while a container starts, stops and starts', async () => {
    const before = await created('--name steady -v /etc:/e');
    await lab.sh('docker start steady');
    const inspected = async () => {
      const inspect = await client.inspectContainer(before.container.id);
      return inspect === undefined ? undefined : (await resolver.snapshot(inspect)).hash;
    };
    expect(await inspected()).toBe(before.hash);
    await lab.sh('docker kill steady');
    expect(await inspected()).toBe(before.hash);
  });
});
