/** A marker is `<storage id>.<record id>`; it tells "never seen" from "ended and purged". */
export function writeMarker(storageId: string, recordId: string): string {
  return `${storageId}.${recordId}`
}

/** The record id, if the marker was written by this storage. */
export function readMarker(storageId: string, marker: string | undefined): string | undefined {
  return marker?.startsWith(`${storageId}.`) ? marker.slice(storageId.length + 1) : undefined
}
