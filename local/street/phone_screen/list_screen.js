import * as store from './store.js'
import { avatar, el, icon } from './dom.js'
import { listTime } from './format.js'
import { preview } from './preview.js'
import { ticks } from './ticks.js'

let root
let list
let openChat

export function mount(screen, { open, startNew }) {
  root = screen
  openChat = open
  list = el('ul', { class: 'chats' })
  root.append(
    el('header', { class: 'bar list-bar' }, el('h2', {}, 'Conversas')),
    list,
    el('button', { type: 'button', class: 'floating', onclick: startNew }, icon('write'), 'Nova conversa'),
  )
  store.onChange(() => !root.hidden && show())
}

export function show() {
  const focused = document.activeElement?.dataset?.chatId
  const several = store.shopIds().length > 1
  list.replaceChildren(...store.chatsByNews().map((entry) => row(entry, several)))
  if (list.childElementCount === 0) list.append(empty())
  if (focused) list.querySelector(`[data-chat-id="${CSS.escape(focused)}"]`)?.focus()
}

function row({ chat, last }, several) {
  const unseen = store.unseenIn(chat.id)
  return el(
    'li',
    {},
    el(
      'button',
      { type: 'button', class: `chat-row${unseen ? ' unread' : ''}`, dataset: { chatId: chat.id }, onclick: () => openChat(chat.id) },
      avatar(chat.name),
      el(
        'span',
        { class: 'chat-row-text' },
        el(
          'span',
          { class: 'chat-row-top' },
          el('span', { class: 'chat-name' }, chat.name, chat.is_owner && el('span', { class: 'tag' }, 'loja')),
          last && el('time', {}, listTime(last.at)),
        ),
        several && el('span', { class: 'chat-shop' }, store.shopOf(chat)),
        el(
          'span',
          { class: 'chat-row-bottom' },
          el('span', { class: 'chat-last' }, ...lastLine(chat, last)),
          unseen > 0 && el('span', { class: 'badge' }, String(unseen), el('span', { class: 'unseen' }, ' não lidas')),
        ),
      ),
    ),
  )
}

function lastLine(chat, last) {
  if (store.isTyping(chat.id)) return [el('span', { class: 'typing-words' }, 'digitando…')]
  if (!last) return [el('span', { class: 'faint' }, 'Toque para começar')]
  return [last.sender === 'customer' ? ticks(last) : null, preview(last)]
}

function empty() {
  return el(
    'li',
    { class: 'empty' },
    el('p', {}, 'Nenhuma conversa ainda.'),
    el('p', { class: 'faint' }, 'Crie uma com qualquer nome e número para falar com a loja.'),
  )
}
