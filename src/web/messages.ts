/** One text for each plural category of a language (CLDR); `{n}` stands for the number. */
export type PluralText = { readonly other: string } & { readonly [Rule in Intl.LDMLPluralRule]?: string }

/** Every text of the sessions page in one language. Plain text, no markup. */
export interface Messages {
  readonly direction: 'ltr' | 'rtl'
  readonly title: string
  readonly intro: string
  readonly browser: string
  readonly ipAddress: string
  /** Heads where an address is. */
  readonly location: string
  /** Shown below the address, with `{place}`: a database of addresses is often wrong. */
  readonly approximately: string
  readonly startedAt: string
  readonly lastSeen: string
  /** Heads the column of buttons; heard, not seen. */
  readonly actions: string
  /** The badge of the session that asks. */
  readonly current: string
  /** Ends one session. */
  readonly endSession: string
  /** The same for those who hear the page, with `{device}`. */
  readonly endSessionOf: string
  /** Ends all sessions but this one. */
  readonly signOutOthers: string
  /** Said beside that button. */
  readonly signOutOthersHint: string
  /** Ends this session, the only one. */
  readonly signOut: string
  readonly unknown: string
  readonly noSessions: string
  readonly onlineNow: string
  readonly justNow: string
  readonly ended: PluralText
  readonly endedOthers: string
  readonly loggedOut: PluralText
  readonly notFound: string
  readonly endCurrent: string
  /** Opens what else is known of a session. */
  readonly details: string
  /** The same for those who hear the page, with `{device}`. */
  readonly detailsOf: string
  readonly userAgent: string
  readonly recentlyEnded: string
  /** Said below that heading. */
  readonly recentlyEndedHint: string
  /** Opens the rest of the ended sessions. */
  readonly showMore: PluralText
  readonly endedAt: string
  /** In place of the ended sessions when they could not be read. */
  readonly historyUnavailable: string
  readonly reasonUser: string
  readonly reasonOtherSession: string
  readonly reasonAdmin: string
  readonly reasonApp: string
  readonly reasonLimit: string
  readonly reasonExpired: string
  readonly reasonIdle: string
  readonly reasonSwitched: string
  readonly reasonCredentialsChanged: string
  readonly reasonBlocked: string
  readonly reasonNotMe: string
  readonly reasonTokenReused: string
  /** When it is not known why. */
  readonly reasonUnknown: string
}

/** Texts by language tag (`en`, `pt-BR`): changes to a built-in language, or a whole new one. What is missing is English. */
export type MessageCatalogues = Readonly<Record<string, Partial<Messages>>>
