/** The environment variables of the command line, read in this one place. */
export type ClientEnvironment = { readonly baseUrl: string | undefined; readonly apiKey: string | undefined }

/** `LOMS_BASE_URL` and `LOMS_API_KEY`; an empty variable counts as not set. */
export function readClientEnvironment(): ClientEnvironment {
  return { baseUrl: process.env.LOMS_BASE_URL || undefined, apiKey: process.env.LOMS_API_KEY || undefined }
}
