import type { TableFacts } from './drizzle-module.js'

/** Reads the models of a Prisma schema, as far as they are of the form that we print; what is not is an error. */
export function prismaFacts(
  text: string,
  types: Readonly<Record<string, string>>,
): (TableFacts & { schema?: string })[] {
  const blocks = text
    .replace(/^\/\/.*\n/gm, '')
    .trim()
    .split(/\n\n(?=model )/)
  return blocks.map((block) => {
    const [, model = '', body = ''] = /^model ([a-zA-Z]\w*) \{\n(.*)\n\}$/s.exec(block) ?? fail(block)
    const lines = body.split('\n').filter((line) => line !== '')
    const fields = lines.filter((line) => !line.startsWith('  @@')).map(field(types))
    const attributes = lines.filter((line) => line.startsWith('  @@')).map(attribute)
    const of = (kind: string) => attributes.filter((each) => each.kind === kind)
    const named = (kind: string) =>
      of(kind)
        .map(({ name, columns }) => `${name} (${columns})`)
        .sort()
    const [schema] = of('schema')
    return {
      name: of('map')[0]?.name ?? model,
      columns: fields.map(({ text }) => text),
      primaryKey: [
        ...fields.filter(({ isId }) => isId).map(({ name }) => name),
        ...of('id').flatMap(({ columns }) => columns.split(', ')),
      ],
      uniques: named('unique'),
      indexes: named('index'),
      ...(schema && { schema: schema.name }),
    }
  })
}

function field(types: Readonly<Record<string, string>>) {
  return (line: string) => {
    const [, name = '', type = '', optional, native = '', rest = ''] =
      /^ {2}(\w+) +(String|Bytes|BigInt)(\?)? *(@db\.\w+(?:\(\d+\))?)? *(.*)$/.exec(
        line.replace(/ (@id|@default\(0\)) (@db\.\w+(?:\(\d+\))?)/, ' $2 $1'),
      ) ?? fail(line)
    const sqlType = types[`${type}${native}`] ?? fail(line)
    if (!/^(@id|@default\(\d+\))?$/.test(rest)) fail(line)
    const [, standard] = /^@default\((\d+)\)$/.exec(rest) ?? []
    const words = [name, sqlType, optional === undefined && 'not null', standard !== undefined && `default ${standard}`]
    return { name, isId: rest === '@id', text: words.filter(Boolean).join(' ') }
  }
}

function attribute(line: string): { kind: string; name: string; columns: string } {
  const [, kind = '', columns = '', map, single] =
    /^ {2}@@(\w+)\((?:\[([\w, ]+)\](?:, map: "(\w+)")?|"(\w+)")\)$/.exec(line) ?? fail(line)
  return { kind, columns, name: map ?? single ?? '' }
}

function fail(text: string): never {
  throw new Error(`Not of the form of a Prisma schema: ${text}`)
}
