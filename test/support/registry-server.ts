// A registry with one image, whatever its name and tag: what `docker save` wrote into the directory `image` of the one that is given. Listens on
// 127.0.0.1:5000 of the network that it is started in.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const directory = join(process.argv[2] ?? '', 'image');
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const docker = (kind: string): string => `application/vnd.docker.${kind}`;
const described = (mediaType: string, bytes: Buffer) => ({ mediaType, size: bytes.length, digest: digestOf(bytes) });

function saved() {
  const read = (name: string): Buffer => readFileSync(join(directory, name));
  const [first] = JSON.parse(read('manifest.json').toString()) as { Config: string; Layers: string[] }[];
  if (first === undefined) throw new Error('no image was saved');
  const { Config, Layers } = first;
  const config = read(Config);
  const layers = Layers.map((name) => gzipSync(read(name)));
  const mediaType = docker('distribution.manifest.v2+json');
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: described(docker('container.image.v1+json'), config),
      layers: layers.map((layer) => described(docker('image.rootfs.diff.tar.gzip'), layer)),
    }),
  );
  return { manifest, mediaType, blobs: new Map([config, ...layers].map((bytes) => [digestOf(bytes), bytes])) };
}

createServer(({ url = '', method }, response) => {
  if (url === '/v2/') return response.writeHead(200, { 'docker-distribution-api-version': 'registry/2.0' }).end('{}');
  const { manifest, mediaType, blobs } = saved();
  const isManifest = url.includes('/manifests/');
  const bytes = isManifest ? manifest : blobs.get(url.split('/').at(-1) ?? '');
  if (bytes === undefined) return response.writeHead(404).end();
  const type = isManifest ? { 'content-type': mediaType, 'docker-content-digest': digestOf(manifest) } : {};
  return response.writeHead(200, { ...type, 'content-length': bytes.length }).end(method === 'HEAD' ? '' : bytes);
}).listen(5000, '127.0.0.1', () => process.stdout.write('listening\n'));
