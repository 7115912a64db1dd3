import * as chatScreen from './chat_screen.js'
import { isBeside } from './beside.js'
import { avatar, byId, el } from './dom.js'
import { preview } from './preview.js'

const STAYS_FOR = 8000

/** A message in another conversation, told at the top of the phone as phones do. */
export function notify(chat, message, open) {
  if (!chatScreen.isOpen() || chatScreen.isOpen(chat.id) || isBeside(chat)) return
  const leave = () => {
    clearTimeout(timer)
    node.remove()
  }
  const node = el(
    'button',
    {
      type: 'button',
      class: 'news',
      onclick: () => {
        leave()
        open(chat.id)
      },
    },
    avatar(chat.name),
    el('span', {}, el('b', {}, `Para ${chat.name}`), el('span', {}, preview(message))),
  )
  const timer = setTimeout(leave, STAYS_FOR)
  byId('notices').replaceChildren(node)
}
