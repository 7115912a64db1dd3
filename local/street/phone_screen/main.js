import * as chatScreen from './chat_screen.js'
import * as listScreen from './list_screen.js'
import * as newScreen from './new_screen.js'
import * as store from './store.js'
import { showBeside } from './beside.js'
import { listen } from './connection.js'
import { byId, el } from './dom.js'
import { notify } from './notices.js'
import { preview } from './preview.js'

const IDEAS = [
  'Quero cadastrar a minha cachorra, ela se chama Lola',
  'Quero marcar banho com corte de unhas para sábado de manhã',
  'Preciso mudar o horário que eu marquei',
  'Quero reservar o hotel para o feriado',
  'Vocês fazem festa de aniversário para cachorro?',
  'Tem ração para filhote?',
]

// A phone that belongs to one conversation alone, as the one beside this does.
const only = new URLSearchParams(location.search).get('conversa')
document.body.classList.toggle('only', only !== null)

const screens = { list: byId('list-screen'), chat: byId('chat-screen'), new: byId('new-screen') }

listScreen.mount(screens.list, { open, startNew: () => (location.hash = '#/nova') })
chatScreen.mount(screens.chat, { back: only ? null : () => (location.hash = '#/') })
newScreen.mount(screens.new, { back: () => (location.hash = '#/'), opened: (chat) => open(chat.id) })

function open(chatId) {
  location.hash = `#/conversa/${encodeURIComponent(chatId)}`
}

/** The address says which screen is shown, so a reload or the back button does what it should. */
function route() {
  const path = location.hash.slice(2)
  const chatId = only ?? (path.startsWith('conversa/') ? decodeURIComponent(path.slice('conversa/'.length)) : null)
  const shown = chatId && store.chat(chatId) ? 'chat' : path === 'nova' ? 'new' : 'list'
  for (const [name, screen] of Object.entries(screens)) screen.hidden = name !== shown
  chatScreen.show(shown === 'chat' ? chatId : null)
  if (shown === 'list') listScreen.show()
  if (shown === 'new') newScreen.show()
}

let ready = false

store.onChange((change) => {
  if (change.kind === 'all') {
    ready = true
    route()
    if (!only) showBeside()
  }
  if (change.kind === 'message' && change.isNew && change.message.sender === 'shop') announce(change)
})

addEventListener('hashchange', () => ready && route())

function announce({ chatId, message }) {
  const chat = store.chat(chatId)
  if (!only) notify(chat, message, open)
  byId('announcer').append(el('p', {}, `${store.shopOf(chat)} para ${chat.name}: ${preview(message)}`))
  while (byId('announcer').childElementCount > 5) byId('announcer').firstElementChild.remove()
}

const offline = byId('offline')
listen({
  onEvent: store.apply,
  onUp: () => (offline.hidden = true),
  onDown: () => (offline.hidden = false),
})

byId('ideas').append(
  ...IDEAS.map((idea) => el('li', {}, el('button', { type: 'button', onclick: () => suggest(idea) }, idea))),
)

function suggest(idea) {
  if (!chatScreen.isOpen()) {
    const someone = store.chatsByNews().find(({ chat }) => !chat.is_owner) ?? store.chatsByNews()[0]
    if (!someone) return
    open(someone.chat.id)
    // The hash changes the screen in a later task; the draft must wait for it.
    addEventListener('hashchange', () => chatScreen.draft(idea), { once: true })
    return
  }
  chatScreen.draft(idea)
}

function tickClock() {
  byId('clock').textContent = new Date().toLocaleTimeString('pt-BR', { hour: '2-digit', minute: '2-digit' })
}
tickClock()
setInterval(tickClock, 10_000)
