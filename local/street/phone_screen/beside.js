import * as store from './store.js'
import { byId } from './dom.js'

// Two phones and the words about them.
const ROOM = matchMedia('(min-width: 1240px)')

/** The owner's phone next to the customer's, where the window has room for both. */
export function showBeside() {
  const owner = store.chatsByNews().find(({ chat }) => chat.is_owner)
  const isShown = ROOM.matches && owner !== undefined
  byId('beside').hidden = !isShown
  const frame = byId('beside-phone')
  // A frame that is not seen must not read the owner's messages for her.
  if (!isShown) frame.removeAttribute('src')
  else if (!frame.hasAttribute('src')) frame.src = `/phone?conversa=${encodeURIComponent(owner.chat.id)}`
}

export const isBeside = (chat) => chat.is_owner && !byId('beside').hidden

ROOM.addEventListener('change', showBeside)
