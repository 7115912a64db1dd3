/** The page's line to the simulator: events in, requests out. */

export function listen({ onEvent, onUp, onDown }) {
  const source = new EventSource('/phone/events')
  source.addEventListener('open', onUp)
  source.addEventListener('error', onDown)
  source.addEventListener('message', ({ data }) => onEvent(JSON.parse(data)))
}

export class Unsent extends Error {}

async function post(path, body) {
  let response
  try {
    response = await fetch(`/phone${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body ?? {}),
    })
  } catch {
    throw new Unsent('O telefone está sem conexão. A mensagem não saiu.')
  }
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Unsent(answer.error ?? 'O telefone não aceitou o pedido.')
  return answer
}

const chatPath = (chatId) => `/chats/${encodeURIComponent(chatId)}`

export const openChat = (person) => post('/chats', person)
export const send = (chatId, message) => post(`${chatPath(chatId)}/messages`, message)
export const resend = (chatId, messageId) =>
  post(`${chatPath(chatId)}/messages/${encodeURIComponent(messageId)}/resend`)
export const seen = (chatId) => post(`${chatPath(chatId)}/seen`)
