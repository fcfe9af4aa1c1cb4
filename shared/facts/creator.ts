/** A container from which the engine was probably asked to make another one, or to run something in it (API-02). */
export interface CreatorFacts {
  readonly container_id: string;
  readonly name: string;
  /** Config.Image as written. */
  readonly image: string;
  /**
   * `observed`: it is the only one that had begun a connection to the engine's API within five seconds before, and that was seen open at that moment.
   * `possible`: a connection that is older, or was over by then, or one of several; or a process was started in a container that can
   * reach the API. The engine does not say which client made a request.
   */
  readonly certainty: 'observed' | 'possible';
  readonly by: 'connection' | 'exec';
}
