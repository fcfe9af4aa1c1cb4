/** A tactic of ATT&CK's enterprise matrix. */
export interface Tactic {
  readonly id: string;
  readonly name: string;
}

/** ATT&CK 19 (2026), with the name that Stealth had before; by the names that Sigma's tags and findings have. */
const tactics: Readonly<Record<string, Tactic>> = {
  reconnaissance: { id: 'TA0043', name: 'Reconnaissance' },
  'resource-development': { id: 'TA0042', name: 'Resource Development' },
  'initial-access': { id: 'TA0001', name: 'Initial Access' },
  execution: { id: 'TA0002', name: 'Execution' },
  persistence: { id: 'TA0003', name: 'Persistence' },
  'privilege-escalation': { id: 'TA0004', name: 'Privilege Escalation' },
  stealth: { id: 'TA0005', name: 'Stealth' },
  'defense-evasion': { id: 'TA0005', name: 'Defense Evasion' },
  'defense-impairment': { id: 'TA0112', name: 'Defense Impairment' },
  'credential-access': { id: 'TA0006', name: 'Credential Access' },
  discovery: { id: 'TA0007', name: 'Discovery' },
  'lateral-movement': { id: 'TA0008', name: 'Lateral Movement' },
  collection: { id: 'TA0009', name: 'Collection' },
  'command-and-control': { id: 'TA0011', name: 'Command and Control' },
  exfiltration: { id: 'TA0010', name: 'Exfiltration' },
  impact: { id: 'TA0040', name: 'Impact' },
};

/** The tactics that ATT&CK has, each once by its name; what it has not is left out. */
export function tacticsOf(names: readonly string[]): readonly Tactic[] {
  return [...new Set(names)].flatMap((name) => (Object.hasOwn(tactics, name) ? (tactics[name] ?? []) : []));
}

/** Technique ids (`T1611`, `T1059.004`) as ATT&CK nests them: the techniques, and the sub-techniques under their full ids. Others are left out. */
export function techniquesOf(ids: readonly string[]): {
  readonly techniques: readonly string[];
  readonly subtechniques: readonly string[];
} {
  const known = ids.filter((id) => /^T\d{4}(\.\d{3})?$/.test(id));
  return {
    techniques: [...new Set(known.map((id) => id.slice(0, 5)))],
    subtechniques: [...new Set(known.filter((id) => id.includes('.')))],
  };
}
