import { UsageError } from './command.js'

/**
 * `login=ada,password=a,b` as fields; a comma that no `name=` follows belongs to the value.
 *
 * @throws UsageError
 */
export function readFields(text: string): Record<string, string> {
  const fields: Record<string, string> = {}
  for (const part of text.split(/,(?=[\w.[\]-]+=)/)) {
    const [, name, value] = /^([\w.[\]-]+)=(.*)$/s.exec(part) ?? []
    if (name === undefined || value === undefined) {
      throw new UsageError('--fields is written like login=ada@example.com,password=….')
    }
    fields[name] = value
  }
  return fields
}
