import { type Done, doneAlike } from '../shared/decision-done.ts';
import { escapeControl } from '../shared/escape.ts';

/** So many features are told in a sentence. */
const mostInSentence = 3;

/** What became of a decision, for a person: a sentence, and where it was about many features, under it which of them what happened to. */
export function answerLines(text: string, features: readonly Done[] = []): readonly string[] {
  const sentence = escapeControl(text, 1_000);
  if (features.length <= mostInSentence) return [sentence];
  return [
    sentence,
    ...doneAlike(features).flatMap(({ features: names, text: what }) => [
      `  ${escapeControl(what, 200)}`,
      `    ${names.map((name) => escapeControl(name, 80)).join(', ')}`,
    ]),
  ];
}
