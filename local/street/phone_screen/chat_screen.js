import * as line from './connection.js'
import * as store from './store.js'
import { bubble } from './bubble.js'
import { composer } from './composer.js'
import { avatar, el, icon } from './dom.js'
import { day, phoneNumber } from './format.js'
import { attachments, listOptions, messageMenu } from './menus.js'
import { closeSheet } from './sheet.js'

const GREETINGS = ['Oi! Quanto custa um banho?', 'Quero marcar um banho', 'Quais horários vocês têm amanhã?']
const OWNERS_GREETINGS = ['Oi, Aurora!', 'Como foi o dia?', 'Quem está esperando?']

let chatId = null
let screen
let header
let log
let toEnd
let problem
let writing
// Whether the newest message is in view, and should stay there as pictures load.
let following = true
const drawn = new Map()

export const isOpen = (id = chatId) => chatId !== null && chatId === id
export const draft = (text) => isOpen() && writing.draft(text)

export function mount(root, { back }) {
  screen = root
  header = el('div', { class: 'chat-head' })
  log = el('div', { class: 'log', role: 'group', tabindex: '0', 'aria-label': 'Mensagens', onscroll: scrolled })
  log.addEventListener('load', () => following && scrollToEnd(), true)
  toEnd = el('button', { type: 'button', class: 'to-end', 'aria-label': 'Ir para a última mensagem', hidden: true, onclick: scrollToEnd }, icon('down'))
  problem = el('p', { class: 'problem', role: 'alert', hidden: true })
  writing = composer({ onSend: send, onEdit: edit, onAttach: () => attachments(send) })
  root.append(
    el(
      'header',
      { class: 'bar chat-bar' },
      back && el('button', { type: 'button', class: 'round', 'aria-label': 'Voltar para as conversas', onclick: back }, icon('back')),
      header,
    ),
    el('div', { class: 'log-frame' }, log, toEnd),
    problem,
    writing.form,
  )
  root.addEventListener('keydown', (event) => event.key === 'Escape' && back?.())
  store.onChange(changed)
  document.addEventListener('visibilitychange', lookAtNews)
}

export function show(id) {
  if (id === chatId && id !== null) {
    drawAll()
    return
  }
  closeSheet()
  chatId = id
  drawn.clear()
  if (id === null) return
  problem.hidden = true
  writing.reset()
  drawAll()
  scrollToEnd()
  // A touch keyboard that opens by itself would hide the conversation.
  if (matchMedia('(hover: hover)').matches && window.top === window) writing.focus()
  lookAtNews()
}

function changed(change) {
  if (chatId === null || (change.chatId && change.chatId !== chatId)) return
  if (change.kind !== 'all') drawAll()
  lookAtNews()
}

function drawAll() {
  const focused = document.activeElement?.closest('.message')?.dataset.messageId
  drawHeader()
  const chat = store.chat(chatId)
  const messages = store.messagesIn(chatId)
  const parts = []
  let lastDay = null
  let lastSender = null
  for (const message of messages) {
    const today = day(message.at)
    if (today !== lastDay) parts.push(el('p', { class: 'day' }, today))
    const node = nodeOf(chat, message)
    node.classList.toggle('first', today !== lastDay || message.sender !== lastSender)
    parts.push(node)
    lastDay = today
    lastSender = message.sender
  }
  if (messages.length === 0) parts.push(welcome(chat))
  if (store.isTyping(chatId)) parts.push(typing(chat))
  place(parts)
  if (focused && document.activeElement === document.body) drawn.get(focused)?.node.querySelector('button')?.focus()
  if (following) scrollToEnd()
}

/** Put the parts in order and leave alone what stands right already: a moved node loses its focus. */
function place(parts) {
  const kept = new Set(parts)
  for (const node of [...log.children]) if (!kept.has(node)) node.remove()
  parts.forEach((part, index) => {
    if (log.children[index] !== part) log.insertBefore(part, log.children[index] ?? null)
  })
}

/** The bubble of a message, made again only when it changed: a voice message may be playing in it. */
function nodeOf(chat, message) {
  const answered = store.isAnswered(chat.id, message.id)
  const known = drawn.get(message.id)
  if (known && known.message === message && known.answered === answered) return known.node
  const node = bubble(chat, message, actions)
  drawn.set(message.id, { message, answered, node })
  return node
}

function drawHeader() {
  const chat = store.chat(chatId)
  const shop = store.shopOf(chat)
  const below = store.isTyping(chatId)
    ? el('span', { class: 'typing-words' }, 'digitando…')
    : el('span', { class: 'faint' }, `como ${chat.name} · ${phoneNumber(chat.shares_phone ? chat.phone : null)}`)
  header.replaceChildren(avatar(shop), el('div', { class: 'chat-head-text' }, el('h2', {}, shop), below))
  screen.setAttribute('aria-label', `Conversa de ${chat.name} com ${shop}`)
}

function welcome(chat) {
  return el(
    'div',
    { class: 'welcome' },
    el('p', {}, el('b', {}, 'Nenhuma mensagem por aqui')),
    el('p', {}, `Escreva para ${store.shopOf(chat)} como ${chat.name}, ou comece com:`),
    el(
      'div',
      { class: 'greetings' },
      (chat.is_owner ? OWNERS_GREETINGS : GREETINGS).map((text) => el('button', { type: 'button', onclick: () => send({ kind: 'text', text }) }, text)),
    ),
  )
}

function typing(chat) {
  return el(
    'div',
    { class: 'message theirs first typing' },
    el('div', { class: 'bubble', role: 'img', 'aria-label': `${store.shopOf(chat)} está digitando` }, el('i'), el('i'), el('i')),
  )
}

const actions = {
  menu: (message) => messageMenu(message, { react, reply: (it) => writing.reply(it), edit: (it) => writing.edit(it), revoke }),
  resend: (message) => attempt(() => line.resend(chatId, message.id)),
  reply: (message, answer) => send({ ...answer, quoted_id: message.id }),
  chooseFrom: (message) => listOptions(message, ({ id, ...row }) => send({ kind: 'list_reply', reply_id: id, ...row, quoted_id: message.id })),
  jumpTo,
}

const send = (message) => attempt(() => line.send(chatId, message), message.text)
const edit = (message, text) => send({ kind: 'edit', message_id: message.id, text })
const revoke = (message) => send({ kind: 'revoke', message_id: message.id })
const react = (message, emoji) =>
  send({ kind: 'reaction', message_id: message.id, emoji: message.reactions.customer === emoji ? '' : emoji })

async function attempt(request, text) {
  problem.hidden = true
  scrollToEnd()
  try {
    await request()
  } catch (error) {
    if (!(error instanceof line.Unsent)) throw error
    problem.textContent = error.message
    problem.hidden = false
    if (text) writing.restore(text)
  }
}

/** What is on the screen has been read. */
function lookAtNews() {
  if (chatId !== null && document.visibilityState === 'visible' && store.unseenIn(chatId) > 0) {
    line.seen(chatId).catch((error) => {
      if (!(error instanceof line.Unsent)) throw error
    })
  }
}

function jumpTo(messageId) {
  const node = drawn.get(messageId)?.node
  if (!node) return
  node.scrollIntoView({ block: 'center' })
  node.classList.remove('pointed-at')
  requestAnimationFrame(() => node.classList.add('pointed-at'))
}

const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80

function scrollToEnd() {
  log.scrollTop = log.scrollHeight
  scrolled()
}

function scrolled() {
  following = atEnd()
  toEnd.hidden = following
}
