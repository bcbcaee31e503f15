import {
  type KyselyPlugin,
  OperationNodeTransformer,
  type PluginTransformQueryArgs,
  type PluginTransformResultArgs,
  type QueryResult,
  type RootOperationNode,
  TableNode,
  type UnknownRow,
} from 'kysely'
import { DEFAULT_TABLE_PREFIX } from '../table-prefix.js'
import type { SqlContext } from './dialect.js'
import type { Tables } from './tables.js'

/** Our tables, by their default names. */
export const TABLE_NAMES = [
  'user_sessions',
  'user_session_users',
  'user_session_meta',
] as const satisfies (keyof Tables)[]
const DEFAULT_NAMES: ReadonlySet<string> = new Set(TABLE_NAMES)

class PrefixTransformer extends OperationNodeTransformer {
  readonly #prefix: string
  readonly #schema: string | undefined

  constructor(prefix: string, schema: string | undefined) {
    super()
    this.#prefix = prefix
    this.#schema = schema
  }

  protected override transformTable(node: TableNode): TableNode {
    // A subquery comes by twice: its tables have their names by then.
    const { name } = node.table.identifier
    if (!DEFAULT_NAMES.has(name)) return node
    const own = withPrefix(name, this.#prefix)
    return this.#schema === undefined ? TableNode.create(own) : TableNode.createWithSchema(this.#schema, own)
  }
}

/** Puts the app's table prefix in the place of the default one, and its schema before, so that queries are typed by one set of names. */
export class PrefixPlugin implements KyselyPlugin {
  readonly #transformer: PrefixTransformer

  constructor(prefix: string, schema?: string) {
    this.#transformer = new PrefixTransformer(prefix, schema)
  }

  transformQuery(args: PluginTransformQueryArgs): RootOperationNode {
    return this.#transformer.transformNode(args.node, args.queryId)
  }

  async transformResult(args: PluginTransformResultArgs): Promise<QueryResult<UnknownRow>> {
    return args.result
  }
}

/** A table's or index's default name under another prefix. */
export function withPrefix(name: string, prefix: string): string {
  return prefix + name.slice(DEFAULT_TABLE_PREFIX.length)
}

/** A table as SQL can find it, whatever the search path. Both parts have been checked: neither needs quotes. */
export function tableName({ tablePrefix, schema }: Pick<SqlContext, 'tablePrefix' | 'schema'>, name: string): string {
  return `${schema === undefined ? '' : `${schema}.`}${withPrefix(name, tablePrefix)}`
}
