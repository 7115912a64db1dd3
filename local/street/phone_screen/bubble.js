import * as store from './store.js'
import { el, icon } from './dom.js'
import { clock, rich } from './format.js'
import { preview } from './preview.js'
import { ticks } from './ticks.js'
import { voicePlayer } from './voice.js'

const mediaAddress = ({ id }) => `/phone/media/${encodeURIComponent(id)}`

/**
 * One message as the phone shows it. `actions` are what its buttons do:
 * menu, resend, reply, chooseFrom, jumpTo.
 */
export function bubble(chat, message, actions) {
  if (message.kind === 'system') return el('p', { class: 'notice' }, message.content.body)
  const mine = message.sender === 'customer'
  return el(
    'div',
    {
      class: `message ${mine ? 'mine' : 'theirs'} ${message.kind}${hasReaction(message) ? ' reacted' : ''}`,
      dataset: { messageId: message.id },
    },
    el(
      'div',
      { class: 'bubble' },
      el('span', { class: 'unseen' }, mine ? `${chat.name}: ` : `${store.shopOf(chat)}: `),
      quote(chat, message, actions),
      ...body(message),
      el(
        'span',
        { class: 'meta' },
        message.edited && el('span', {}, 'editada'),
        el('time', {}, clock(message.at)),
        mine && ticks(message),
      ),
      message.kind !== 'revoked' &&
        el(
          'button',
          { type: 'button', class: 'menu-button', 'aria-label': 'Opções da mensagem', onclick: () => actions.menu(message) },
          icon('down'),
        ),
      reactions(message),
    ),
    ...buttons(chat, message, actions),
    message.state === 'failed' &&
      el(
        'button',
        { type: 'button', class: 'resend', title: `Resposta do AuZap: ${message.failure}`, onclick: () => actions.resend(message) },
        icon('alert', 'icon small'),
        'não entregue — tocar para reenviar',
      ),
  )
}

const hasReaction = ({ reactions }) => Object.values(reactions).some(Boolean)

function reactions(message) {
  if (!hasReaction(message)) return null
  const emojis = [...new Set(Object.values(message.reactions).filter(Boolean))]
  return el('span', { class: 'reactions', role: 'img', 'aria-label': `Reações: ${emojis.join(' ')}` }, emojis.join(''))
}

function quote(chat, message, actions) {
  const quoted = message.quoted_id && store.message(chat.id, message.quoted_id)
  if (!quoted) return null
  const author = quoted.sender === 'customer' ? 'Você' : store.shopOf(chat)
  return el(
    'button',
    { type: 'button', class: `quote ${quoted.sender}`, onclick: () => actions.jumpTo(quoted.id) },
    el('b', {}, author),
    el('span', {}, preview(quoted)),
  )
}

const words = (text) => el('span', { class: 'words' }, ...rich(text ?? ''))

function body(message) {
  const { kind, content } = message
  switch (kind) {
    case 'text':
      return [words(content.body)]
    case 'image':
      return [photo(content, content.caption || 'Foto'), content.caption && words(content.caption)]
    case 'sticker':
      return [photo(content, 'Figurinha')]
    case 'video':
      return [el('video', { src: mediaAddress(content), controls: true, preload: 'metadata', 'aria-label': 'Vídeo' }), content.caption && words(content.caption)]
    case 'audio':
      return [voicePlayer(mediaAddress(content), message.id)]
    case 'document':
      return [documentCard(content), content.caption && words(content.caption)]
    case 'location':
      return [place(content)]
    case 'contacts':
      return content.contacts.map(contactCard)
    case 'interactive':
      return interactive(content)
    case 'template':
      return [words(content.body)]
    case 'button':
      return [words(content.text)]
    case 'revoked':
      return [el('span', { class: 'gone' }, icon('blocked', 'icon small'), 'Mensagem apagada')]
    default:
      return [el('span', { class: 'gone' }, icon('alert', 'icon small'), preview(message))]
  }
}

function photo(content, description) {
  const address = mediaAddress(content)
  return el('a', { class: 'photo', href: address, target: '_blank', rel: 'noopener' }, el('img', { src: address, alt: description }))
}

function documentCard(content) {
  const name = content.filename ?? 'Documento'
  return el(
    'a',
    { class: 'card', href: mediaAddress(content), target: '_blank', rel: 'noopener' },
    el('span', { class: 'card-icon' }, icon('file')),
    el('span', {}, el('b', {}, name), el('small', {}, (content.mime_type ?? '').split('/').at(-1).toUpperCase())),
  )
}

function place({ latitude, longitude, name, address }) {
  return el(
    'span',
    { class: 'place' },
    el('img', { src: '/phone/screen/map.svg', alt: '' }),
    el('span', { class: 'place-words' }, el('b', {}, name ?? 'Localização'), el('small', {}, address ?? `${latitude}, ${longitude}`)),
  )
}

function contactCard({ name, phones }) {
  return el(
    'span',
    { class: 'card' },
    el('span', { class: 'card-icon' }, icon('person')),
    el('span', {}, el('b', {}, name.formatted_name), el('small', {}, phones?.[0]?.phone ?? '')),
  )
}

function interactive(content) {
  if (content.button_reply) return [words(content.button_reply.title)]
  if (content.list_reply) return [words(content.list_reply.title), content.list_reply.description && el('small', { class: 'footer' }, content.list_reply.description)]
  if (content.nfm_reply) return [words('Formulário enviado')]
  return [
    content.header?.text && el('b', { class: 'header' }, content.header.text),
    words(content.body.text),
    content.footer?.text && el('small', { class: 'footer' }, content.footer.text),
  ]
}

function buttons(chat, message, actions) {
  if (message.sender !== 'shop') return []
  const { kind, content } = message
  const answered = store.isAnswered(chat.id, message.id)
  const choice = (label, onclick, symbol = 'reply', disabled = answered) =>
    el('button', { type: 'button', class: 'choice', disabled, onclick }, icon(symbol, 'icon small'), label)

  if (kind === 'template') {
    return content.buttons.map(({ text, payload }) =>
      choice(text, () => actions.reply(message, { kind: 'button', text, payload })),
    )
  }
  if (kind !== 'interactive') return []
  if (content.type === 'button') {
    return content.action.buttons.map(({ reply }) =>
      choice(reply.title, () => actions.reply(message, { kind: 'button_reply', reply_id: reply.id, title: reply.title })),
    )
  }
  if (content.type === 'list') return [choice(content.action.button, () => actions.chooseFrom(message), 'list', false)]
  const { display_text: label, url } = content.action.parameters
  return [el('a', { class: 'choice', href: url, target: '_blank', rel: 'noopener noreferrer' }, icon('link', 'icon small'), label)]
}
