import { describe, expect, it } from 'vitest';
import { forgedAttributes } from '../../../../../collector/engine/facts/event-attributes.ts';
import { factsOf, recorded } from '../../../../support/inspect.ts';

describe('labels named like the engine’s own attributes', () => {
  it('are those of whoever made the container, not of its image', () => {
    const labels = { team: 'a', name: 'ubi9', comment: 'mine', execID: 'x' };
    expect(forgedAttributes(labels, { name: 'ubi9', comment: 'theirs' })).toEqual(['comment', 'execID']);
    expect(forgedAttributes(labels, {})).toEqual(['comment', 'execID', 'name']);
    expect(forgedAttributes({ name: 'toString' }, Object.create({ name: 'toString' }))).toEqual(['name']);
  });

  it('have a case', () => expect(forgedAttributes({ execid: 'x', Name: 'y' }, {})).toEqual([]));

  it('are a fact of the container, only where there are any', () => {
    const { container } = recorded('plain');
    expect(factsOf(container)).not.toHaveProperty('forged_attributes');
    const labelled = { ...container, Config: { ...container.Config, Labels: { comment: 'c', signal: '9' } } };
    const image = { Config: { Labels: { comment: 'c' } } };
    expect(factsOf(labelled, image).forged_attributes).toEqual(['signal']);
  });
});
