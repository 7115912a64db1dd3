/** What the phone knows: chats and their messages, kept up to date by events. */

const shops = {}
const chats = new Map()
const messages = new Map()
const typingUntil = new Map()
const listeners = new Set()

export const onChange = (listener) => listeners.add(listener)

const tell = (change) => listeners.forEach((listener) => listener(change))

export function apply(event) {
  if (event.type === 'state') replaceAll(event)
  else if (event.type === 'chat') keepChat(event.chat)
  else if (event.type === 'message') keepMessage(event.message)
  else if (event.type === 'typing') keepTyping(event)
}

function replaceAll(state) {
  Object.assign(shops, state.shops)
  chats.clear()
  messages.clear()
  typingUntil.clear()
  state.chats.forEach((chat) => chats.set(chat.id, chat))
  state.messages.forEach((message) => messagesOf(message.chat_id).set(message.id, message))
  tell({ kind: 'all' })
}

function keepChat(chat) {
  chats.set(chat.id, chat)
  tell({ kind: 'chat', chatId: chat.id })
}

function keepMessage(message) {
  const known = messagesOf(message.chat_id)
  const isNew = !known.has(message.id)
  known.set(message.id, message)
  if (isNew && message.sender === 'shop') typingUntil.delete(message.chat_id)
  tell({ kind: 'message', chatId: message.chat_id, message, isNew })
}

function keepTyping({ chat_id: chatId, seconds }) {
  const until = Date.now() + seconds * 1000
  typingUntil.set(chatId, until)
  tell({ kind: 'typing', chatId })
  setTimeout(() => {
    if (typingUntil.get(chatId) !== until) return
    typingUntil.delete(chatId)
    tell({ kind: 'typing', chatId })
  }, seconds * 1000)
}

function messagesOf(chatId) {
  if (!messages.has(chatId)) messages.set(chatId, new Map())
  return messages.get(chatId)
}

export const chat = (chatId) => chats.get(chatId)
export const shopOf = (someChat) => shops[someChat.phone_number_id] ?? 'Loja'
export const shopIds = () => Object.keys(shops)
export const shopName = (id) => shops[id]
export const message = (chatId, messageId) => messagesOf(chatId).get(messageId)
export const isTyping = (chatId) => typingUntil.has(chatId)

// They change another message, or start a chat: no bubble of their own.
const WITHOUT_BUBBLE = new Set(['reaction', 'edit', 'revoke', 'request_welcome'])

/** What stands in the chat. A failed message of the shop never reached the phone. */
export const messagesIn = (chatId) =>
  [...messagesOf(chatId).values()].filter(
    (each) => !WITHOUT_BUBBLE.has(each.kind) && (each.sender === 'customer' || each.state !== 'failed'),
  )

export const unseenIn = (chatId) =>
  messagesIn(chatId).filter((each) => each.sender === 'shop' && each.state === 'delivered').length

/** The chats with the newest message first; those without any stay in their order, below. */
export function chatsByNews() {
  return [...chats.values()]
    .map((each) => ({ chat: each, last: messagesIn(each.id).at(-1) }))
    .sort((a, b) => (b.last?.at ?? 0) - (a.last?.at ?? 0))
}

/** Whether the customer has already pressed a button of this message. */
export const isAnswered = (chatId, messageId) =>
  messagesIn(chatId).some(
    (each) =>
      each.sender === 'customer' && each.quoted_id === messageId && (each.kind === 'button' || each.content.button_reply),
  )
