import { z } from 'zod';
import { secretFile } from '../fields.ts';
import { http } from './http.ts';

/** What Elasticsearch and OpenSearch take for the name of an index or a data stream. */
const indexName = z
  .string()
  .refine(
    (name) =>
      /^[^-_+.\s\p{Lu}\p{Cc}\\/*?"<>|,#:][^\s\p{Lu}\p{Cc}\\/*?"<>|,#:]*$/u.test(name) && Buffer.byteLength(name) <= 255,
    'must be the name of an index or a data stream: small letters, no spaces, none of \\ / * ? " < > | , # : and no - _ + . in front',
  );

export const elasticsearch = z
  .strictObject({
    type: z.literal('elasticsearch'),
    ...http,
    dataStream: indexName
      .default('logs-moorwatch.incidents-default')
      .describe('data stream or index of elasticsearch; its template: compose/elasticsearch-template.json'),
    user: z.string().min(1).optional().describe('for the login at the receiver (elasticsearch, email)'),
    passwordFile: secretFile.optional(),
    apiKeyFile: secretFile.optional().describe('file with an API key of Elasticsearch, as it is encoded (Base64)'),
  })
  .superRefine(({ user, passwordFile, apiKeyFile }, context) => {
    if ((user === undefined) !== (passwordFile === undefined)) {
      const path = [user === undefined ? 'user' : 'passwordFile'];
      context.addIssue({ code: 'custom', path, message: 'user and passwordFile go together: one is missing' });
    }
    if (apiKeyFile !== undefined && user !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['apiKeyFile'],
        message: 'either apiKeyFile, or user and passwordFile',
      });
  });
