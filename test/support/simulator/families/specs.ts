import type { Spec } from '../box.ts';
import { mebibyte } from '../load.ts';

/** Services that others connect to. */
export const databaseSpec: Spec = {
  project: 'shop',
  service: 'db',
  image: 'postgres',
  command: ['docker-entrypoint.sh', 'postgres'],
  cpus: 4,
  memoryBytes: 4_096 * mebibyte,
  healthcheck: ['pg_isready', '-U', 'postgres'],
  ports: { '5432/tcp': undefined },
  mounts: { '/var/lib/postgresql/data': '/srv/shop/db', '/backup': '/srv/shop/backup' },
};

export const queueSpec: Spec = {
  project: 'shop',
  service: 'queue',
  image: 'redis',
  command: ['redis-server'],
  cpus: 1,
  memoryBytes: 512 * mebibyte,
  healthcheck: ['redis-cli', 'ping'],
  ports: { '6379/tcp': undefined },
};
