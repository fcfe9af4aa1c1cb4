type Labels = Readonly<Record<string, string>>;

/** Attributes that the engine gives its events, and that labels of a container are mixed with (catalogue L1). */
export const eventAttributes: ReadonlySet<string> = new Set([
  'execID',
  'exitCode',
  'signal',
  'oldName',
  'imageID',
  'imageRef',
  'comment',
  'container',
  'image',
  'name',
]);

/** EVA-01: those that labels of a container spell and its image does not set alike. A label of the image is its builder's word, not that of who made the container. */
export const forgedAttributes = (labels: Labels, ofImage: Labels): readonly string[] =>
  Object.keys(labels)
    .filter((key) => eventAttributes.has(key) && !(Object.hasOwn(ofImage, key) && ofImage[key] === labels[key]))
    .sort();
