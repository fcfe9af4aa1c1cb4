import { escapeControl, escapeLines } from '../../shared/escape.ts';
import type { Terminal } from '../terminal.ts';
import type { Finding } from './check.ts';

/**
 * One line a finding, and below what is not ok what to do. Texts quote paths and answers of others, so they are escaped; what to do is ours, may
 * be commands of several lines, and stays whole. Whatever has several lines is indented, so that none looks like a finding.
 */
export function reportLines(findings: readonly Finding[], colors: Terminal['colors']): readonly string[] {
  const width = Math.max(...findings.map(({ about }) => about.length), 0);
  const paint = { ok: colors.green, warn: colors.yellow, fail: colors.red };
  return findings.flatMap((finding) => {
    const head = `${paint[finding.status](finding.status.padEnd(4))}  ${finding.about.padEnd(width)}  `;
    const indent = ' '.repeat(width + 8);
    const details = (finding.details ?? []).map((line) => `${indent}${escapeControl(line)}`);
    const text = [`${head}${escapeControl(finding.text, 1_000)}`, ...details];
    if (finding.status === 'ok') return text;
    const [fix = '', ...commands] = escapeLines(finding.fix);
    return [...text, `${indent}${colors.dim('fix:')} ${fix}`, ...commands.map((line) => `${indent}${line}`)];
  });
}
