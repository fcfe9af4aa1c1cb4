import type { Admin } from 'kafkajs';
import { withAdmin } from './admin.ts';
import type { KafkaEndpoint } from './client.ts';
import type { Right } from './rights.ts';

/** Numbers of Kafka's protocol; kafkajs exports them where Node does not see them. */
const resources = { topic: 2, group: 3, cluster: 4, 'transactional-id': 5 } as const;
const operations = { READ: 3, WRITE: 4, DESCRIBE: 8, IDEMPOTENT_WRITE: 12 } as const;
const patterns = { literal: 3, prefixed: 4 } as const;
const allow = 3;

type Acls = Parameters<Admin['createAcls']>[0]['acl'];

/** Lets a user do these things, from any address. What it may do already stays; one transactional id stands for those of all partitions. */
export async function giveRights(endpoint: KafkaEndpoint, user: string, rights: readonly Right[]): Promise<void> {
  const acl = rights.map((right) => aclOf(user, right)) as Acls;
  await withAdmin(endpoint, (admin) => admin.createAcls({ acl }));
}

function aclOf(user: string, { on, name, operation }: Right) {
  const everyPartition = on === 'transactional-id';
  return {
    resourceType: resources[on],
    resourceName: everyPartition ? name.replace(/\d+$/, '') : name,
    resourcePatternType: everyPartition ? patterns.prefixed : patterns.literal,
    principal: `User:${user}`,
    host: '*',
    operation: operations[operation],
    permissionType: allow,
  };
}
