import { InvalidArgumentError, Option } from 'commander';
import { type Evidence, evidenceSchema } from '../../shared/evidence.ts';
import type { Api } from '../client/api.ts';
import { incidentCalled } from './find.ts';

export const minutesOption = (): Option =>
  new Option('--minutes <n>', 'so much before the incident opened and after its last change')
    .default(10)
    .argParser((text) => {
      const minutes = Number(text);
      if (!Number.isInteger(minutes) || minutes < 1 || minutes > 120)
        throw new InvalidArgumentError('1 to 120 minutes');
      return minutes;
    });

export async function evidenceOf(api: Api, called: string, minutes: number): Promise<Evidence> {
  const { id } = await incidentCalled(api, called);
  return evidenceSchema.parse(await api.get(`/api/v1/incidents/${encodeURIComponent(id)}/evidence?minutes=${minutes}`));
}
