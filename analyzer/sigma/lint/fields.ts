import { isRecord } from '../../../shared/observation.ts';
import { nearest } from '../language/source.ts';
import type { LintCheck } from './check.ts';
import { fieldNames, isFieldName } from './field-names.ts';
import { searchOf } from './search.ts';

/** Fields that no observation has. Only of our own log sources: what others may have is not known here. */

export const unknownFields: LintCheck = {
  id: 'unknown-field',
  about: 'No observation has the field, so a test of it is never true.',
  look: (document) => {
    if (!isOurs(document.attributes.logsource)) return [];
    return (searchOf(document)?.items ?? []).flatMap(({ path, field, modifiers, values }) => {
      const key = wrongField(field);
      const others = modifiers.includes('fieldref') ? values : [];
      return [
        ...(key === undefined ? [] : [{ ...document.keyAt(path), message: key }]),
        ...others.flatMap(({ path: at, value }) => {
          const other = typeof value === 'string' ? wrongField(value) : undefined;
          return other === undefined ? [] : [{ ...document.valueAt(at), message: other }];
        }),
      ];
    });
  },
};

export const summaryFields: LintCheck = {
  id: 'summary-field',
  about: 'No observation has the field, so its place in the summary stays empty.',
  look: ({ attributes: { summary, logsource }, valueAt }) => {
    if (typeof summary !== 'string' || !isOurs(logsource)) return [];
    return [...summary.matchAll(/\{([A-Za-z0-9_.]+)\}/g)].flatMap(([, name = '']) => {
      const wrong = wrongField(name);
      return wrong === undefined ? [] : [{ ...valueAt(['summary']), message: `summary: ${wrong}` }];
    });
  },
};

const isOurs = (logsource: unknown): boolean =>
  isRecord(logsource) && typeof logsource.product === 'string' && logsource.product.toLowerCase() === 'docker';

function wrongField(name: string): string | undefined {
  // Keywords have no name.
  if (name === '' || isFieldName(name)) return undefined;
  const all = fieldNames();
  const last = name.split('.').at(-1);
  const alike = nearest(name, all) ?? all.find((known) => known.split('.').at(-1) === last);
  return `no observation has a field ${name}${alike === undefined ? '' : `; did you mean ${alike}?`}`;
}
