export type { RevocationLagFigures } from './activity/revocation-lag.js'
export { BINDING_OPTIONS, Binding, type BindingOptions, type MountedCall } from './binding.js'
export { checkNames } from './checks.js'
export type {
  Claim,
  CurrentSession,
  RecordsEngine,
  SaveRuling,
  SessionEngine,
  StoreEngine,
  StoreRules,
} from './engine/engine.js'
export { ERROR_CODES, type ErrorCode, UserSessionsError } from './errors.js'
export type { Bus, BusOptions } from './events/bus.js'
export {
  EVENT_NAMES,
  type EventName,
  type FrameworkRequest,
  type FrameworkRequests,
  type Listener,
  type UserSessionsEvents,
} from './events/events.js'
export { type BusInput, openBus } from './events/open-bus.js'
export type { MailMessage, MailOptions, MailTransport } from './notices/mail-options.js'
export type { Notice } from './notices/notice.js'
export type { DataOption, UserIdOption, UserSessionsOptions } from './options.js'
export { placeText } from './request/place-text.js'
export type { PlaceSource, PlacesOption } from './request/places.js'
export { safeNext } from './request/safe-next.js'
export type { RequestSource } from './request/source.js'
export {
  CHANGE_GRADES,
  type ChangeGrade,
  type Client,
  type ClientChange,
  type Clock,
  type Device,
  END_REASONS,
  type Ending,
  type EndReason,
  type ListedSession,
  type Logger,
  type Place,
  type SessionData,
  type SessionPatch,
  type SessionRecord,
  type UserSession,
} from './session.js'
export { type AdapterParts, DefaultUserSessionsAdapter, type EndContext } from './sessions/adapter.js'
export type { Admitted } from './sessions/admission.js'
export type { CascadeHandler, EndedSession } from './sessions/cascade/handlers.js'
export type { RequestSessions } from './sessions/request-sessions.js'
export type { Resealed, ResealOptions } from './sessions/reseal-all.js'
export { SessionEndedError } from './sessions/session-ended-error.js'
export type { EndRequest, UserHandle } from './sessions/user-handle.js'
export { type OpenStorageOptions, openStorage, type StorageInput } from './storage/open-storage.js'
export type { Storage } from './storage/storage.js'
export { createUserSessions, type Everyone, UserSessions } from './user-sessions.js'
export type { ApiOptions } from './web/api.js'
export { isWebPath } from './web/is-web-path.js'
export type { PageOptions, PageSlots } from './web/page-options.js'
export type { PageView } from './web/page-view.js'
export { withNext } from './web/with-next.js'
