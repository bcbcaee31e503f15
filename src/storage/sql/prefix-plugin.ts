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
import type { Tables } from './tables.js'

const NAMES = ['user_sessions', 'user_session_users', 'user_session_meta'] as const satisfies (keyof Tables)[]
const DEFAULT_NAMES: ReadonlySet<string> = new Set(NAMES)

class PrefixTransformer extends OperationNodeTransformer {
  readonly #prefix: string

  constructor(prefix: string) {
    super()
    this.#prefix = prefix
  }

  protected override transformTable(node: TableNode): TableNode {
    // A subquery comes by twice: its tables have their names by then.
    const { name } = node.table.identifier
    return DEFAULT_NAMES.has(name) ? TableNode.create(withPrefix(name, this.#prefix)) : node
  }
}

/** Puts the app's table prefix in the place of the default one, so that queries are typed by one set of names. */
export class PrefixPlugin implements KyselyPlugin {
  readonly #transformer: PrefixTransformer

  constructor(prefix: string) {
    this.#transformer = new PrefixTransformer(prefix)
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
