/** One line of JSON in which nothing reaches a terminal that would steer it; it reads back as the same value. */
export const jsonLine = (value: unknown): string => steerless(JSON.stringify(value));

/** The same on several lines, for people. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, null, 2).split('\n').map(steerless).join('\n');

const steerless = (line: string): string =>
  line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => {
      const unit = character.charCodeAt(index).toString(16).padStart(4, '0');
      return `\\u${unit}`;
    }).join(''),
  );
