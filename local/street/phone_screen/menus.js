import { el, icon } from './dom.js'
import { closeSheet, openSheet } from './sheet.js'

const EMOJIS = ['👍', '❤️', '😂', '😮', '😢', '🙏']
const EMOJI_NAMES = ['positivo', 'coração', 'risada', 'surpresa', 'tristeza', 'obrigado']

const SAMPLES = [
  { label: 'Foto', symbol: 'photo', message: { kind: 'image', caption: 'Essa é a Mel 🐶' } },
  { label: 'Áudio', symbol: 'mic', message: { kind: 'voice' } },
  {
    label: 'Localização',
    symbol: 'pin',
    message: { kind: 'location', latitude: -23.5614, longitude: -46.6559, name: 'Minha casa', address: 'Av. Paulista, 1578 - Bela Vista, São Paulo' },
  },
  { label: 'Documento', symbol: 'file', message: { kind: 'document', caption: 'Carteirinha da Mel' } },
  { label: 'Figurinha', symbol: 'sticker', message: { kind: 'sticker' } },
  { label: 'Contato', symbol: 'person', message: { kind: 'contacts' } },
]

const then = (action) => () => {
  closeSheet()
  action()
}

export function attachments(send) {
  const choices = SAMPLES.map(({ label, symbol, message }) =>
    el(
      'button',
      { type: 'button', class: `attachment of-${symbol}`, onclick: then(() => send(message)) },
      el('span', { class: 'attachment-icon' }, icon(symbol)),
      label,
    ),
  )
  openSheet('Enviar um exemplo', el('div', { class: 'attachments' }, choices))
}

export function messageMenu(message, { react, reply, edit, revoke }) {
  const own = message.sender === 'customer' && message.state !== 'failed'
  openSheet(
    'Mensagem',
    el(
      'div',
      { class: 'emojis' },
      EMOJIS.map((emoji, index) =>
        el(
          'button',
          {
            type: 'button',
            'aria-label': `Reagir com ${EMOJI_NAMES[index]}`,
            'aria-pressed': String(message.reactions.customer === emoji),
            onclick: then(() => react(message, emoji)),
          },
          emoji,
        ),
      ),
    ),
    el(
      'div',
      { class: 'menu' },
      entry('reply', 'Responder', () => reply(message)),
      own && message.kind === 'text' && entry('edit', 'Editar', () => edit(message)),
      own && entry('trash', 'Apagar para todos', () => revoke(message)),
    ),
  )
}

const entry = (symbol, label, action) =>
  el('button', { type: 'button', class: 'menu-entry', onclick: then(action) }, icon(symbol), label)

export function listOptions(message, choose) {
  const { button, sections } = message.content.action
  openSheet(
    button,
    el(
      'div',
      { class: 'options' },
      sections.map(({ title, rows }) => [
        title && el('h4', {}, title),
        ...rows.map((row) =>
          el(
            'button',
            { type: 'button', class: 'option', onclick: then(() => choose(row)) },
            el('b', {}, row.title),
            row.description && el('small', {}, row.description),
          ),
        ),
      ]).flat(),
    ),
  )
}
