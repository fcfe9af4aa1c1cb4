/**
 * Makes the index that the webhook sink posts to, before anything is posted: OpenSearch is told not to make it by itself, because it would
 * take times for plain numbers, and a message that is sent twice for two documents. Until it is there the sink is answered 404 and waits.
 */
const [base] = process.argv.slice(2);
const time = { type: 'date', format: 'epoch_millis' };
/** @type {[string, object][]} */
const parts = [
  // The id of a message becomes the id of its document.
  [
    '_ingest/pipeline/moorwatch-incidents',
    { processors: [{ copy: { source_field: 'id', target_field: '_id', override_target: true } }] },
  ],
  [
    'moorwatch-incidents',
    {
      settings: { number_of_shards: 1, number_of_replicas: 0, default_pipeline: 'moorwatch-incidents' },
      mappings: {
        properties: {
          at: time,
          incident: {
            properties: {
              openedAt: time,
              updatedAt: time,
              closedAt: time,
              findings: { properties: { firstAt: time, lastAt: time, endedAt: time } },
            },
          },
        },
      },
    },
  ],
];

for (const [path, body] of parts) {
  const response = await fetch(new URL(path, base), {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok && !text.includes('resource_already_exists_exception')) throw new Error(`PUT ${path}: ${text}`);
  process.stdout.write(`${path}: ${response.ok ? 'made' : 'is there already'}\n`);
}
