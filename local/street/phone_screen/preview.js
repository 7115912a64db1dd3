/** A message in one line, for the chat list, quotes and announcements. */

const WORDS = {
  image: '📷 Foto',
  video: '🎥 Vídeo',
  sticker: 'Figurinha',
  location: '📍 Localização',
  contacts: '👤 Contato',
  order: '🛒 Pedido',
  unsupported: 'Mensagem não suportada',
  revoked: 'Mensagem apagada',
}

export const preview = (message) => plain(inWords(message))

/** Without WhatsApp's own marks, which a single line does not draw. */
const plain = (text) => text.replace(/([*_~])(?=\S)([^*_~\n]+?)(?<=\S)\1/g, '$2').replace(/\s+/g, ' ')

function inWords({ kind, content }) {
  switch (kind) {
    case 'text':
      return content.body
    case 'image':
    case 'video':
      return content.caption ? `${WORDS[kind].split(' ')[0]} ${content.caption}` : WORDS[kind]
    case 'audio':
      return content.voice ? '🎤 Mensagem de voz' : '🎵 Áudio'
    case 'document':
      return `📄 ${content.filename ?? 'Documento'}`
    case 'interactive':
      return interactivePreview(content)
    case 'template':
      return content.body
    case 'button':
      return content.text
    case 'system':
      return 'Número alterado'
    default:
      return WORDS[kind] ?? 'Mensagem'
  }
}

function interactivePreview(content) {
  if (content.button_reply) return content.button_reply.title
  if (content.list_reply) return content.list_reply.title
  if (content.nfm_reply) return 'Formulário enviado'
  return content.body.text
}
