import { z } from 'zod';
import { secretFile } from '../fields.ts';
import { http } from './http.ts';

export const otel = z
  .strictObject({
    type: z.literal('otel'),
    ...http,
    protocol: z
      .enum(['grpc', 'http/protobuf', 'http/json'])
      .default('http/protobuf')
      .describe('how OTLP is spoken; mostly port 4317 for grpc and 4318 for http'),
    compression: z.enum(['gzip', 'none']).default('none').describe('of what otel sends'),
    headersFile: secretFile.optional().describe('file with one `Name: value` a line'),
  })
  .superRefine(({ protocol, proxy }, context) => {
    if (protocol === 'grpc' && proxy !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['proxy'],
        message: 'is not for gRPC, which goes straight to its receiver: take protocol http/protobuf',
      });
  });
