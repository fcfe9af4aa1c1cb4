import { didYouMean } from '../language/source.ts';
import type { LintCheck, Odd } from './check.ts';
import type { Path } from './document.ts';

/** What a document says of itself. */

export const ids: LintCheck = {
  id: 'missing-id',
  about:
    'Without an id of its own a rule gets another one whenever its title or detection changes, and suppressions of it are lost.',
  look: missing('id', 'has no id: give it a new random UUID, which never changes'),
};

export const descriptions: LintCheck = {
  id: 'missing-description',
  about: 'Whoever gets a finding of the rule is to know what it looks for.',
  look: missing('description', 'has no description of what it looks for'),
};

export const levels: LintCheck = {
  id: 'missing-level',
  about: 'Without a level a rule is taken as medium.',
  look: (document) =>
    document.kind === 'filter' ? [] : missing('level', 'has no level: it is taken as medium')(document),
};

function missing(member: string, message: string): LintCheck['look'] {
  return ({ kind, attributes, keyAt }) =>
    attributes[member] === undefined || attributes[member] === null
      ? [{ ...keyAt(['title']), message: `this ${kind} ${message}` }]
      : [];
}

export const tags: LintCheck = {
  id: 'attack-tag',
  about:
    'A tag of MITRE ATT&CK is attack. with a technique, a tactic, a group or a software behind it; others are read by nobody.',
  look: ({ attributes, valueAt }) =>
    (Array.isArray(attributes.tags) ? attributes.tags : []).flatMap((tag: unknown, index): readonly Odd[] => {
      if (typeof tag !== 'string' || !/^attack\./i.test(tag)) return [];
      const wrong = wrongTag(tag.slice('attack.'.length));
      const path: Path = ['tags', index];
      return wrong === undefined ? [] : [{ ...valueAt(path), message: `tag ${tag} ${wrong}` }];
    }),
};

/** Of the enterprise matrix, with the names that its tactics had before. */
const tactics = [
  'reconnaissance',
  'resource-development',
  'initial-access',
  'execution',
  'persistence',
  'privilege-escalation',
  'defense-evasion',
  'stealth',
  'defense-impairment',
  'credential-access',
  'discovery',
  'lateral-movement',
  'collection',
  'command-and-control',
  'exfiltration',
  'impact',
];

function wrongTag(name: string): string | undefined {
  if (/^(t\d{4}(\.\d{3})?|ta\d{4}|[gscm]\d{4}|ds\d{4})$/.test(name) || tactics.includes(name)) return undefined;
  if (/[A-Z]/.test(name)) return 'is written in lower case';
  if (tactics.includes(name.replaceAll('_', '-'))) return `is written attack.${name.replaceAll('_', '-')} since 2024`;
  if (/^t?\d/.test(name)) return 'is no technique: those are t1059 or t1059.004';
  return `is no tactic of ATT&CK${didYouMean(name, tactics)}`;
}
