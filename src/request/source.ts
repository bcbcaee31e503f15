/** What a binding hands over of a request, in web-standard shapes. */
export interface RequestSource {
  /** A header's value, names in lower case; repeated headers joined with `, `; undefined when absent. */
  header(name: string): string | undefined
  /** The address of the peer of the socket; undefined when the platform does not tell (a unix socket). */
  readonly remoteAddress: string | undefined
}
