/** The opaque place in a list where the next page starts. */

/** `after` = the id of the last position of a page. */
export const cursorAfter = (after: number): string => Buffer.from(`after:${after}`).toString('base64url')

export function parseCursor(text: string): number | undefined {
  const match = /^after:(\d{1,15})$/.exec(Buffer.from(text, 'base64url').toString('latin1'))
  return match ? Number(match[1]) : undefined
}
